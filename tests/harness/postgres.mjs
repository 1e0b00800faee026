// A Postgres of a test's own, with a standby where one is wanted, and a pooler before any: what ./dev
// started is not the test's to break.
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { psql } from './database.mjs';
import { Program } from './processes.mjs';
import { until } from './waiting.mjs';

const run = promisify(execFile);
const isRoot = process.getuid() === 0;
const LIBRARY = '/usr/lib/postgresql';

/** Postgres and pgbouncer do not run as root. */
const asPostgres = (path, words) => (isRoot ? ['runuser', ['-u', 'postgres', '--', path, ...words]] : [path, words]);

const postgresBin = (name) => {
  const newest = readdirSync(LIBRARY).sort((a, b) => Number(a) - Number(b)).at(-1);
  return join(LIBRARY, newest, 'bin', name);
};

/** A directory that the servers' user may write. */
function makeDirectory(test) {
  const directory = mkdtempSync(join(tmpdir(), 'shield-relay-pg-'));
  chmodSync(directory, 0o755);
  test.after(() => rmSync(directory, { recursive: true }));
  const shared = join(directory, 'shared');
  mkdirSync(shared);
  if (isRoot) execFileSync('chown', ['postgres', shared]);
  return shared;
}

export class PrivatePostgres {
  /** Sockets tell servers on one host apart by their ports. */
  static #lastPort = 5_432;

  #test;
  #port = ++PrivatePostgres.#lastPort;

  constructor(test, directory = makeDirectory(test)) {
    this.#test = test;
    this.directory = directory;
    this.data = join(directory, `data${this.#port}`);
  }

  static async start(test) {
    const server = new this(test);
    await server.#run('initdb', ['-D', server.data, '-U', 'relay', '-A', 'trust', '-E', 'UTF8', '--no-sync']);
    await server.#begin();
    return server;
  }

  /** A streaming standby of this server. */
  async standby() {
    const standby = new PrivatePostgres(this.#test, this.directory);
    const words = ['-h', this.directory, '-p', String(this.#port), '-U', 'relay'];
    await this.#run('pg_basebackup', [...words, '-D', standby.data, '-R', '-c', 'fast', '--no-sync']);
    await standby.#begin();
    return standby;
  }

  async #begin() {
    const options = `-p ${this.#port} -c listen_addresses='' -c unix_socket_directories='${this.directory}' -c fsync=off`;
    const log = join(this.directory, `log${this.#port}`);
    this.#test.after(() => this.stop());
    await this.#run('pg_ctl', ['-D', this.data, '-l', log, '-w', '-t', '60', '-o', options, 'start']);
  }

  #run(name, words) {
    const [path, all] = asPostgres(postgresBin(name), words);
    return run(path, all, { cwd: '/', stdio: 'ignore' });
  }

  stop(mode = 'immediate') {
    return this.#run('pg_ctl', ['-D', this.data, '-m', mode, '-w', 'stop']).catch(() => null); // it has ended
  }

  promote() {
    return this.#run('pg_ctl', ['-D', this.data, '-w', 'promote']);
  }

  /** The address of a database on the first of these servers that will do. */
  static url(servers, name = 'postgres') {
    const list = (one) => servers.map(one).join(',');
    return `postgresql://relay@/${name}?host=${list((each) => each.directory)}&port=${list((each) => each.#port)}`;
  }

  query(statement) {
    return psql(PrivatePostgres.url([this]), statement);
  }
}

/** pgbouncer before the server of that address. */
export class Pooler {
  /** `mode`: session, transaction or statement. `settings`: more lines of its file. */
  static async start(test, url, mode, settings = []) {
    const directory = makeDirectory(test);
    const host = new URL(url.replace('@/', '@h/')).searchParams.get('host');
    const file = join(directory, 'pgbouncer.ini');
    const lines = [
      '[databases]', `* = host=${host} user=relay`, '[pgbouncer]', 'auth_type = any', 'listen_addr =', 'listen_port = 6543',
      `unix_socket_dir = ${directory}`, `pool_mode = ${mode}`, 'max_client_conn = 200', 'default_pool_size = 50',
      'ignore_startup_parameters = extra_float_digits,options', ...settings,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    chmodSync(file, 0o644);
    const [path, words] = asPostgres('/usr/sbin/pgbouncer', [file]);
    const program = new Program(path, words);
    test.after(() => program.kill('SIGTERM'));
    const name = /\/(\w+)\?/.exec(url)[1];
    const pooled = `postgresql://relay@/${name}?host=${directory}&port=6543`;
    await until(`pgbouncer answers: ${program.output}`, () => psql(pooled, 'SELECT 1').catch(() => null));
    return pooled;
  }
}
