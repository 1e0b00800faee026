// What one relay does under load, on a database of its own.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSecondsOf, residentMib } from '../harness/processes.mjs';
import { Database, StubNode, load, reach, startRelay } from './processes.mjs';

export const CONFIRM_MS = 400;
export const CONNECTIONS = 64;
const IN_FLIGHT = 10_000;
const IDLE_RATE = 10;
const PACED_RATE = 200;
export const worker = { RELAY_WORKER_MAX_CONCURRENT_JOBS: '8000', RELAY_DATABASE_CONNECTIONS: '4' };

export async function withRelay(confirmMs, settings, measure, awayMs = 0) {
  const database = await Database.make();
  const node = await StubNode.start(confirmMs, awayMs);
  const relay = await startRelay(database, node, settings);
  try {
    return await measure({ database, node, relay });
  } finally {
    await relay.kill('SIGTERM');
    await node.kill();
    await database.drop();
  }
}

const othersThan202 = ({ answers, broken }) =>
  broken + Object.entries(answers).reduce((sum, [status, count]) => sum + (status === '202' ? 0 : count), 0);

/** By the ledger's own clock: from the first accept to the last completion, and between completions. */
export async function completionTimes(database) {
  const [row] = await database.query(
    `SELECT extract(epoch FROM max(completed_at) - min(created_at)),
            extract(epoch FROM max(completed_at) - min(completed_at)) FROM jobs WHERE status = 'completed'`,
  );
  const [whole, between] = row.split('|').map(Number);
  return { whole, between };
}

/** As many as so many connections can post, at once; until all are completed. */
export async function atFullSpeed({ database, node, relay }, count) {
  const cpuBefore = cpuSecondsOf(relay.pid);
  const posted = await load({ port: relay.port, count, connections: CONNECTIONS });
  await reach([relay], 'relay_jobs_completed_total', count);
  const cpu = cpuSecondsOf(relay.pid) - cpuBefore;
  const { whole } = await completionTimes(database);
  const calls = await node.counts();
  return {
    accepts: posted.per_second,
    full_p50_ms: posted.p50_ms,
    full_p99_ms: posted.p99_ms,
    full_max_ms: posted.max_ms,
    others_than_202: othersThan202(posted),
    completed: count / whole,
    cpu_ms: (cpu * 1000) / count,
    sends: calls.sendTransaction / count,
    polls: calls.getSignatureStatuses / count,
    blockhashes: calls.getLatestBlockhash / count,
  };
}

/** Of an idle relay: from the post, and from its answer, to the transaction's arrival at the node. */
async function idleAcceptToSent({ node, relay }, seconds) {
  const directory = mkdtempSync(join(tmpdir(), 'relay-bench-'));
  try {
    const times = join(directory, 'times');
    await load({ port: relay.port, count: IDLE_RATE * seconds, connections: 4, rate: IDLE_RATE, times });
    await pause(1000);
    const sends = await node.sends();
    const taken = readFileSync(times, 'utf8').trim().split('\n').map((line) => {
      const [nullifier, posted] = line.split(' ');
      return Number(sends.get(nullifier) - BigInt(posted)) / 1e6;
    });
    return taken.sort((left, right) => left - right)[taken.length >> 1];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function measureSpeed({ count, seconds }) {
  return withRelay(CONFIRM_MS, worker, async (world) => {
    const { relay } = world;
    await pause(1000);
    const rss_idle = residentMib(relay.pid);
    const idle_sent_p50_ms = await idleAcceptToSent(world, seconds);
    const paced = await load({
      port: relay.port,
      count: PACED_RATE * seconds,
      connections: CONNECTIONS,
      rate: PACED_RATE,
    });
    return { rss_idle, idle_sent_p50_ms, paced_p50_ms: paced.p50_ms, paced_p99_ms: paced.p99_ms };
  });
}

/** Memory with so many jobs between claim and outcome: a node that confirms nothing for an hour. */
function measureMemory() {
  const settings = { ...worker, RELAY_WORKER_MAX_CONCURRENT_JOBS: String(IN_FLIGHT) };
  return withRelay(3_600_000, settings, async ({ relay }) => {
    await load({ port: relay.port, count: IN_FLIGHT, connections: CONNECTIONS });
    await reach([relay], 'relay_accept_to_sent_seconds_count', IN_FLIGHT);
    return { rss_in_flight: residentMib(relay.pid) };
  });
}

export async function measureRelay(options) {
  return {
    ...(await measureSpeed(options)),
    ...(await withRelay(CONFIRM_MS, worker, (world) => atFullSpeed(world, options.count))),
    ...(await measureMemory()),
  };
}

/** One point of the chart: what becomes of so many withdraws offered a second. */
export function measureOffered(rate, seconds) {
  return withRelay(CONFIRM_MS, worker, async ({ database, relay }) => {
    const count = rate * seconds;
    const posted = await load({ port: relay.port, count, connections: 256, rate });
    await reach([relay], 'relay_jobs_completed_total', count);
    const { between } = await completionTimes(database);
    return { offered: rate, completed: count / between, p50_ms: posted.p50_ms, p99_ms: posted.p99_ms };
  });
}

/** At full speed with a node so many milliseconds away. */
export function measureFar(awayMs, count) {
  return withRelay(CONFIRM_MS, worker, (world) => atFullSpeed(world, count), awayMs);
}
