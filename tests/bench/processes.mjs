// The programs of a benchmark: the relay, the stub of a Solana node, the load on them, and what the
// system says of them.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Database as OwnDatabase, manage } from '../harness/database.mjs';
import { required } from '../harness/environment.mjs';
import { Program, cpuSecondsOf, endedCpuSecondsOf, statusOf } from '../harness/processes.mjs';
import { Redis } from '../harness/redis.mjs';
import { Relay } from '../harness/relay.mjs';
import { until } from '../harness/waiting.mjs';

const run = promisify(execFile);
const build = required('RELAY_BENCH_BUILD');

export class Database extends OwnDatabase {
  static make() {
    return super.make('bench');
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
    await super.drop();
    await manage('CHECKPOINT');
  }
}

/** bench_node, which confirms what is sent to it after so many milliseconds, and is so many away. */
export class StubNode extends Program {
  static async start(confirmMs, awayMs = 0) {
    const node = new StubNode(`${build}/bench/bench_node`, [String(confirmMs), String(awayMs)]);
    node.url = await until('bench_node serves', () => /^(.+)\n/.exec(node.output)?.[1]);
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
}

/** A relay that is well; `settings` are RELAY_... variables. */
export async function startRelay(database, node, settings = {}) {
  const placed = {
    RELAY_DATABASE_URL: database.url,
    RELAY_REDIS_URL: Redis.shared().url,
    RELAY_REDIS_PREFIX: database.name,
    RELAY_SOLANA_RPC_URLS: node.url,
    RELAY_SOLANA_KEYPAIR: required('RELAY_BENCH_KEYPAIR'),
    RELAY_MAX_BACKLOG: '10000000',
    RELAY_LOG_LEVEL: 'warn',
    RELAY_SHUTDOWN_TIMEOUT: '0ms',
  };
  const relay = await new Relay(`${build}/relayd`, { ...placed, ...settings }, { shown: true }).ready();
  await relay.becomes('ok');
  return relay;
}

/** Until what these relays measured comes to so much together. */
export function reach(relays, name, least) {
  const sum = async () => (await Promise.all(relays.map((relay) => relay.metric(name)))).reduce((a, b) => a + b);
  return until(`${name} of ${least}`, async () => (await sum()) >= least, 300, 100);
}

/** Runs bench_load and gives its report; `options` are its flags. */
export async function load(options) {
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await run(`${build}/bench/bench_load`, flags);
  return JSON.parse(stdout);
}
