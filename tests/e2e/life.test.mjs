// The life of the process: commands, bad settings, shutdown, and a sudden death at any moment.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { manage } from '../harness/database.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { untilSent } from './support.mjs';

test('bad settings stop the start with one line that names them', async (t) => {
  const world = await World.start(t);
  const cases = [
    [{ RELAY_WORKER_LEASE: 'soon' }, 'RELAY_WORKER_LEASE'],
    [{ RELAY_HTTP_PORT: '70000' }, 'RELAY_HTTP_PORT'],
    [{ RELAY_SOLANA_PROGRAM_ID: 'nonsense' }, 'RELAY_SOLANA_PROGRAM_ID'],
    [{ RELAY_REDIS_URL: 'http://127.0.0.1' }, 'RELAY_REDIS_URL'],
    [{ RELAY_ADMIN_HOST: '0.0.0.0' }, 'RELAY_ADMIN_HOST'],
    [{ RELAY_SOLANA_KEYPAIR: '' }, 'RELAY_SOLANA_KEYPAIR'],
  ];
  for (const [environment, name] of cases) {
    const { code, output } = await World.command(['serve'], { RELAY_SOLANA_KEYPAIR: world.keypair, ...environment });
    assert.equal(code, 2, output);
    assert.equal(output.trim().split('\n').length, 1, output);
    assert.ok(output.includes(name), output);
  }
  const flag = await World.command(['--worker-lease', '1x'], { RELAY_SOLANA_KEYPAIR: world.keypair });
  assert.equal(flag.code, 2);
  assert.match(flag.output, /--worker-lease/);
  chmodSync(world.keypair, 0o644);
  const open = await World.command(['address'], { RELAY_SOLANA_KEYPAIR: world.keypair });
  assert.notEqual(open.code, 0);
});

test('address, migrate and check', async (t) => {
  const world = await World.start(t);
  const environment = {
    RELAY_SOLANA_KEYPAIR: world.keypair,
    RELAY_DATABASE_URL: world.database.url,
    RELAY_REDIS_URL: world.redis.url,
    RELAY_SOLANA_RPC_URLS: world.url,
  };
  assert.deepEqual(await World.command(['address'], environment), { code: 0, output: `${world.payer}\n` });
  assert.equal((await World.command(['check'], environment)).code, 1, 'no schema yet');
  assert.equal((await World.command(['migrate'], environment)).code, 0);
  assert.match((await World.command(['migrate'], environment)).output, /up to date/);
  const check = await World.command(['check'], environment);
  assert.equal(check.code, 0, check.output);
  for (const what of ['settings', 'postgres', 'redis', 'keypair', 'rpc']) {
    assert.match(check.output, new RegExp(`^ok +${what}`, 'm'));
  }
});

test('SIGTERM under load ends cleanly, and the next relay goes on', async (t) => {
  const world = await World.start(t);
  const first = await world.relay({ RELAY_SHUTDOWN_TIMEOUT: '300ms' });
  const bodies = Array.from({ length: 40 }, () => makeBody());
  const ids = await Promise.all(bodies.map((body) => first.accept(body)));
  const { code } = await first.kill('SIGTERM');
  assert.equal(code, 0, first.output);
  const second = await world.relay();
  for (const [index, id] of ids.entries()) {
    await world.assertPaidOnce(bodies[index], await second.outcome(id));
  }
});

test('SIGTERM waits for the jobs in flight; a second one does not', async (t) => {
  const world = await World.start(t, { slotMs: 0 }); // no block is made: nothing confirms
  const relay = await world.relay();
  const body = makeBody();
  const id = await relay.accept(body);
  await untilSent(world, body);
  relay.signal('SIGTERM');
  await until('health says so', async () => {
    const ready = await relay.get('/health/ready', relay.admin);
    return ready.status === 503 && ready.data.status === 'unavailable';
  });
  assert.ok(!relay.ended);
  const started = Date.now();
  await relay.kill('SIGTERM');
  assert.ok(Date.now() - started < 2000);
  assert.deepEqual(await world.query(`SELECT status FROM jobs WHERE request_id = '${id}'`), ['processing']);
});

test('after SIGTERM it accepts for a set time, while health sends balancers away', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ RELAY_SHUTDOWN_DELAY: '2s' });
  relay.signal('SIGTERM');
  await until('health says so', async () => {
    const [health, ready] = [await relay.get('/health'), await relay.get('/health/ready', relay.admin)];
    return health.status === 503 && ready.status === 503 && ready.data.reason === 'shutting down';
  });
  const body = makeBody();
  const id = await relay.accept(body);
  assert.equal((await relay.exit()).code, 0, relay.output);
  await world.assertPaidOnce(body, await (await world.relay()).outcome(id));
});

test('killed at many moments, a withdraw is paid exactly once', async (t) => {
  const world = await World.start(t);
  const bodies = [];
  const ids = [];
  for (let round = 0; round < 12; ++round) {
    const relay = await world.relay({ RELAY_WORKER_LEASE: '1s' });
    for (let count = 0; count < 3; ++count) {
      const body = makeBody();
      bodies.push(body);
      ids.push(await relay.accept(body));
    }
    await pause(round * 8); // the moment is the point of the test
    await relay.kill('SIGKILL');
  }
  const last = await world.relay({ RELAY_WORKER_LEASE: '1s' });
  for (const [index, id] of ids.entries()) {
    await world.assertPaidOnce(bodies[index], await last.outcome(id));
  }
});

test('SIGTERM while a claim is under way ends cleanly, and the job is left for others', async (t) => {
  const world = await World.start(t);
  const api = await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  const body = makeBody();
  const id = await api.accept(body);
  await api.kill();
  const lock = spawn('psql', ['-qX', world.database.url, '-c', 'BEGIN; LOCK TABLE jobs; SELECT pg_sleep(60); COMMIT']);
  const unlocked = once(lock, 'close');
  const waiting = async (what) => (await world.query(`SELECT 1 FROM pg_stat_activity WHERE ${what}`)).length;
  await until('the table is locked', async () => (await waiting(`wait_event = 'PgSleep'`)) > 0);
  const relay = await world.relay({ RELAY_SHUTDOWN_TIMEOUT: '0ms' });
  // Its count, its sweep and its claim: they cannot be told apart where they wait to be prepared.
  await until('all its calls wait', async () => (await waiting(`wait_event_type = 'Lock'`)) >= 3);
  relay.signal('SIGTERM');
  const isEnding = () => relay.get('/health/ready', relay.admin).then(({ status }) => status === 503, () => true);
  await until('it says that it ends, or nothing any more', isEnding);
  await world.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`);
  const end = await Promise.race([relay.exit(), pause(15_000, 'it hangs', { ref: false })]);
  assert.deepEqual(end, { code: 0, signal: null }, relay.output);
  await unlocked;
  const [status] = await world.query(`SELECT status FROM jobs WHERE request_id = '${id}'`);
  assert.equal(status, 'queued');
  const next = await world.relay();
  await world.assertPaidOnce(body, await next.outcome(id));
});

test('serve waits for a Postgres that is not there yet, unavailable meanwhile', async (t) => {
  const world = await World.start(t);
  await manage(`ALTER DATABASE ${world.name} ALLOW_CONNECTIONS false`);
  const relay = await world.relay();
  const health = await relay.get('/health');
  assert.deepEqual([health.status, health.data.status, health.data.postgres.state], [503, 'unavailable', 'unavailable']);
  assert.equal((await relay.get('/health/live', relay.admin)).status, 200);
  assert.equal((await relay.post(makeBody())).status, 503);
  assert.match(relay.output, /event=database_awaited/);
  await manage(`ALTER DATABASE ${world.name} ALLOW_CONNECTIONS true`);
  await until('withdraws are accepted', async () => (await relay.post(makeBody())).status === 202);
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
  await relay.kill();

  await world.query(`UPDATE schema_migrations SET version = version + 1000`);
  const older = await world.launch().exit();
  assert.equal(older.code, 1);
});

test('SIGTERM ends a relay that still waits for Postgres', async (t) => {
  const world = await World.start(t);
  await manage(`ALTER DATABASE ${world.name} ALLOW_CONNECTIONS false`);
  const relay = await world.relay();
  assert.equal((await relay.kill('SIGTERM')).code, 0);
});
