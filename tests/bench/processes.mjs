// The programs of a benchmark: the relay, the stub of a Solana node, the load on them, and what the
// system says of them.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TICKS_A_SECOND = Number(execFileSync('getconf', ['CLK_TCK']));

export function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this with ./dev bench`);
  return value;
}

const build = required('RELAY_BENCH_BUILD');
const postgres = required('RELAY_TEST_POSTGRES_URL');
const redis = required('RELAY_TEST_REDIS_URL');

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

export async function until(what, holds, seconds = 300) {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`no ${what} within ${seconds} s`);
    await pause(100);
  }
}

/** As proc(5) numbers them, from the third on: state, parent, ... */
function statusOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** User and system time of a process since its start, in seconds. */
function cpuSecondsOf(pid) {
  const [user, system] = statusOf(pid).slice(11, 13).map(Number);
  return (user + system) / TICKS_A_SECOND;
}

/** Of its children that have ended. */
function endedCpuSecondsOf(pid) {
  const [user, system] = statusOf(pid).slice(13, 15).map(Number);
  return (user + system) / TICKS_A_SECOND;
}

/** Rows of the statement's answer, columns split by |. */
export async function psql(database, statement) {
  const { stdout } = await run('psql', ['-qXtA', '-v', 'ON_ERROR_STOP=1', database, '-c', statement]);
  return stdout.trim().split('\n').filter(Boolean);
}

/** A database of its own; gone with drop(). */
export class Database {
  name = `bench_${process.pid}_${randomBytes(4).toString('hex')}`;

  static async make() {
    const database = new Database();
    await psql(postgres, `CREATE DATABASE ${database.name}`);
    return database;
  }

  get url() {
    return postgres.replace('/postgres?', `/${this.name}?`);
  }

  query(statement) {
    return psql(this.url, statement);
  }

  /** What Postgres spent on the connections that are open, and on what has ended, as parallel workers do soon. */
  async cpuSeconds() {
    const pids = await this.query(
      'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    const server = statusOf(pids[0])[1];
    return pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), endedCpuSecondsOf(server));
  }

  /** Also writes out what earlier runs left to write, so that the next does not pay for it. */
  async drop() {
    await psql(postgres, `DROP DATABASE ${this.name} WITH (FORCE)`);
    await psql(postgres, 'CHECKPOINT');
  }
}

/** bench_node, which confirms what is sent to it after so many milliseconds, and is so many away. */
export class StubNode {
  static async start(confirmMs, awayMs = 0) {
    const node = new StubNode();
    node.process = spawn(`${build}/bench/bench_node`, [String(confirmMs), String(awayMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    [node.url] = await once(createInterface({ input: node.process.stdout }), 'line');
    return node;
  }

  async counts() {
    return (await fetch(`${this.url}/counts`)).json();
  }

  /** Nullifier to the nanosecond, of the machine's steady clock, in which its withdraw came. */
  async sends() {
    const text = await (await fetch(`${this.url}/sends`)).text();
    const lines = text.trim().split('\n').filter(Boolean);
    return new Map(lines.map((line) => line.split(' ')).map(([nullifier, at]) => [nullifier, BigInt(at)]));
  }

  stop() {
    return end(this.process, 'SIGKILL');
  }
}

export class Relay {
  static async start(database, node, settings = {}) {
    const relay = new Relay();
    relay.port = await freePort();
    relay.adminPort = await freePort();
    relay.process = spawn(`${build}/relayd`, ['serve'], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        RELAY_HTTP_PORT: String(relay.port),
        RELAY_ADMIN_PORT: String(relay.adminPort),
        RELAY_DATABASE_URL: database.url,
        RELAY_REDIS_URL: redis,
        RELAY_REDIS_PREFIX: database.name,
        RELAY_SOLANA_RPC_URLS: node.url,
        RELAY_SOLANA_KEYPAIR: required('RELAY_BENCH_KEYPAIR'),
        RELAY_MAX_BACKLOG: '10000000',
        RELAY_LOG_LEVEL: 'warn',
        RELAY_SHUTDOWN_TIMEOUT: '0ms',
        ...settings,
      },
    });
    await relay.#serving();
    return relay;
  }

  async #serving() {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/health`).catch(() => null);
      if (answer && (await answer.json()).data?.status === 'ok') return;
      if (Date.now() > deadline) throw new Error('relayd was not well within 30 s');
      await pause(20);
    }
  }

  /** The sum of a metric's series. */
  async metric(name) {
    const text = await (await fetch(`http://127.0.0.1:${this.adminPort}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Until the metric is at least so much. */
  reaches(name, least) {
    return until(`${name} of ${least}`, async () => (await this.metric(name)) >= least);
  }

  /** User and system time since its start, in seconds. */
  cpuSeconds() {
    return cpuSecondsOf(this.process.pid);
  }

  residentMib() {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) / 1024;
  }

  stop() {
    return end(this.process, 'SIGTERM');
  }
}

/** Runs bench_load and gives its report; `options` are its flags. */
export async function load(options) {
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await run(`${build}/bench/bench_load`, flags);
  return JSON.parse(stdout);
}
