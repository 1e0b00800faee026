// The Redis of a run, which ./dev started, and a server of a test's own.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { required } from './environment.mjs';
import { Program } from './processes.mjs';
import { until } from './waiting.mjs';

const run = promisify(execFile);

/** A server by its socket, wherever it comes from. */
export class Redis {
  constructor(socket) {
    this.socket = socket;
  }

  static shared() {
    return new Redis(required('RELAY_TEST_REDIS_URL').replace('unix://', ''));
  }

  get url() {
    return `unix://${this.socket}`;
  }

  async ask(...words) {
    const { stdout } = await run('redis-cli', ['-s', this.socket, ...words]);
    return stdout.trim();
  }

  /** Null where it does not answer. */
  tryAsk(...words) {
    return this.ask(...words).catch(() => null);
  }
}

/** One that a test may break: it lives in that directory, and is killed when the test ends. */
export class PrivateRedis extends Redis {
  #directory;
  #server;

  constructor(test, directory) {
    super(join(directory, 'redis.sock'));
    this.#directory = directory;
    test.after(() => this.kill());
  }

  async start() {
    const options = ['--port', '0', '--unixsocket', this.socket, '--dir', this.#directory, '--save', ''];
    this.#server = new Program('redis-server', options);
    await until('Redis answers', async () => (await this.tryAsk('ping')) === 'PONG');
    return this;
  }

  kill() {
    return this.#server?.kill();
  }

  signal(name) {
    this.#server.signal(name);
  }

  /** Lets it listen on a loopback port as well; which one. */
  async listen() {
    for (let port = 20_000 + (process.pid % 20_000); ; ++port)
      if ((await this.tryAsk('config', 'set', 'port', String(port))) === 'OK') return port;
  }
}
