// What the machine and the servers can do without a relay, measured in the same run.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { required } from '../harness/environment.mjs';
import { Redis } from '../harness/redis.mjs';
import { Database, StubNode, load, startRelay } from './processes.mjs';

const run = promisify(execFile);

/** The relay's own tables and indexes; an instruction of two outputs takes 478 bytes. */
const insert = (rows) => `WITH jobs AS (INSERT INTO jobs (request_id, nullifier)
    SELECT gen_random_uuid(), sha256(gen_random_uuid()::text::bytea) FROM generate_series(1, ${rows})
    RETURNING request_id)
  INSERT INTO withdraws SELECT request_id, decode(repeat('5a', 478), 'hex') FROM jobs;\n`;

/** Rows a second that so many clients insert, so many a commit. */
export async function insertRate(database, { clients, rows, seconds }) {
  const directory = mkdtempSync(join(tmpdir(), 'relay-bench-'));
  try {
    const script = join(directory, 'insert.sql');
    writeFileSync(script, insert(rows));
    // Connecting is part of pgbench's time, though not of its rate.
    const time = seconds + Math.ceil(clients / 16);
    const { stdout } = await run(`${required('RELAY_BENCH_POSTGRES_BIN')}/pgbench`, [
      '-n', '-M', 'prepared', '-f', script, '-c', clients, '-j', 1, '-T', time, database.url,
    ].map(String));
    return Number(/^tps = ([\d.]+)/m.exec(stdout)[1]) * rows;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function redisRate(requests) {
  const { socket } = Redis.shared();
  const text = execFileSync('redis-benchmark', ['-s', socket, '-t', 'set', '-n', String(requests), '--csv']);
  return Number(/^"SET","([\d.]+)"/m.exec(text.toString())[1]);
}

async function bareHttp(relay, count) {
  const report = await load({ port: relay.adminPort, get: '/health/live', count, connections: 64 });
  return report.per_second;
}

export async function measureLimits({ seconds, count }) {
  const database = await Database.make();
  const node = await StubNode.start(400);
  const relay = await startRelay(database, node, { RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  try {
    const bare = await bareHttp(relay, count * 2);
    await relay.kill('SIGTERM');
    return {
      single_inserts: await insertRate(database, { clients: 64, rows: 1, seconds }),
      lone_inserts: await insertRate(database, { clients: 1, rows: 1, seconds }),
      batched_inserts: await insertRate(database, { clients: 4, rows: 64, seconds }),
      redis_sets: redisRate(count * 2),
      bare_http: bare,
    };
  } finally {
    await relay.kill('SIGTERM');
    await node.kill();
    await database.drop();
  }
}
