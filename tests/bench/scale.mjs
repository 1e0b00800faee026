// What changes with a ledger of many queued jobs, and with a second relay on the same stores.
import { cpuSecondsOf } from '../harness/processes.mjs';
import { CONFIRM_MS, CONNECTIONS, completionTimes, withRelay, worker } from './measures.mjs';
import { Database, StubNode, load, reach, startRelay } from './processes.mjs';

const FEW_ROWS = 1_000;

/**
 * So many withdraws that are not due for an hour. No autovacuum from then on: it costs as much a changed row
 * over any ledger, but comes in lumps that a short run has or has not.
 */
const fill = (rows) => `
  ALTER TABLE jobs SET (autovacuum_enabled = off);
  ALTER TABLE withdraws SET (autovacuum_enabled = off);
  ALTER TABLE transactions SET (autovacuum_enabled = off);
  ALTER TABLE nullifiers SET (autovacuum_enabled = off);
  WITH filled AS (
    INSERT INTO jobs (request_id, nullifier, due_at)
    SELECT lpad(to_hex(number), 32, '0')::uuid, sha256(int4send(number)),
           now() + interval '1 hour' + number * interval '1 millisecond'
    FROM generate_series(1, ${rows}) number
    RETURNING request_id)
  INSERT INTO withdraws SELECT request_id, decode(repeat('5a', 478), 'hex') FROM filled`;

/** A relay whose ledger holds so many queued jobs, all of them in the schedule. */
class FilledRelay {
  cpu = 0;

  static async start(node, rows) {
    const filled = new FilledRelay();
    filled.database = await Database.make();
    filled.relay = await startRelay(filled.database, node, worker);
    await filled.database.query(fill(rows));
    await filled.database.query('VACUUM ANALYZE');
    await filled.database.query('CHECKPOINT');
    await reach([filled.relay], 'relay_schedule_depth', rows);
    return filled;
  }

  async #cpuSeconds() {
    return cpuSecondsOf(this.relay.pid) + (await this.database.cpuSeconds());
  }

  /** Seconds of the relay and of Postgres for so many jobs at full speed, from accept to completed. */
  async work(count) {
    const before = await this.#cpuSeconds();
    const done = (await this.relay.metric('relay_jobs_completed_total')) + count;
    await load({ port: this.relay.port, count, connections: CONNECTIONS });
    await reach([this.relay], 'relay_jobs_completed_total', done);
    return (await this.#cpuSeconds()) - before;
  }

  async stop() {
    await this.relay.kill('SIGTERM');
    await this.database.drop();
  }
}

/**
 * The cost of a job with so many queued against that with a thousand, turn about, at full speed: what the relay
 * does at its own interval is then a small part of either. The first turn does not count: after the checkpoint
 * the first change of each page writes all of it, and the larger ledger has more of them.
 */
export async function measureGrowth({ rows, count, turns }) {
  const node = await StubNode.start(CONFIRM_MS);
  const relays = [];
  try {
    for (const size of [FEW_ROWS, rows]) relays.push(await FilledRelay.start(node, size));
    const spent = [0, 0];
    for (let turn = 0; turn <= turns; turn += 1) {
      for (const [index, relay] of relays.entries()) {
        const seconds = await relay.work(count);
        if (turn > 0) spent[index] += seconds;
      }
    }
    const [few, many] = spent.map((seconds) => (seconds * 1000) / (count * turns));
    return { queued_jobs: rows, few_queued_cpu_ms: few, many_queued_cpu_ms: many };
  } finally {
    for (const relay of relays) await relay.stop();
    await node.kill();
  }
}

/** Two relays, half of the load on each. Amiss: not sent exactly once, or not completed in the ledger. */
export function measurePair(count) {
  return withRelay(CONFIRM_MS, worker, async ({ database, node, relay }) => {
    const other = await startRelay(database, node, worker);
    try {
      const pair = [relay, other];
      const post = ({ port }) => load({ port, count: count / 2, connections: CONNECTIONS / 2 });
      await Promise.all(pair.map(post));
      await reach(pair, 'relay_jobs_completed_total', count);
      const { whole } = await completionTimes(database);
      const { sendTransaction } = await node.counts();
      const sent = (await node.sends()).size;
      const [completed] = await database.query("SELECT count(*) FROM jobs WHERE status = 'completed'");
      const pair_amiss = Math.max(Math.abs(sendTransaction - count), count - sent, count - Number(completed));
      return { pair_completed: count / whole, pair_amiss };
    } finally {
      await other.kill('SIGTERM');
    }
  });
}
