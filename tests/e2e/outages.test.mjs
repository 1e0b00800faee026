// What breaks beside the relay, and what it then does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World, makeBody, rpc, until } from './support.mjs';

test('without Redis jobs flow on from Postgres, and the schedule is whole when it is back', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ RELAY_REDIS_URL: 'unix:///nowhere/redis.sock' });
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
  const health = await relay.get('/health');
  assert.deepEqual([health.status, health.data.status], [200, 'degraded']);
  assert.equal(health.data.redis.state, 'unavailable');
});

test('a flushed schedule is restored from Postgres', async (t) => {
  const world = await World.start(t);
  const api = await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  const bodies = Array.from({ length: 20 }, () => makeBody());
  const ids = await Promise.all(bodies.map((body) => api.accept(body)));
  await until('all are scheduled', () => world.redis('zcard', world.key('scheduled')) === '20');
  world.redis('del', world.key('scheduled'));
  await until('all are scheduled again', () => world.redis('zcard', world.key('scheduled')) === '20');
  await world.relay();
  for (const [index, id] of ids.entries()) {
    await world.assertPaidOnce(bodies[index], await api.outcome(id));
  }
});

test('without Postgres a POST is answered 503, never 202, and later all is well', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  world.psql(`ALTER DATABASE ${world.name} ALLOW_CONNECTIONS false`);
  world.psql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${world.name}'`);
  const body = makeBody();
  const refused = await relay.post(body);
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  await until('health says unavailable', async () => (await relay.get('/health')).status === 503);
  world.psql(`ALTER DATABASE ${world.name} ALLOW_CONNECTIONS true`);
  await until('health says ok', async () => (await relay.get('/health')).data.status === 'ok');
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
});

test('an RPC outage costs no retry', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  for (const fault of ['refuse', 'http500', 'http429', 'behind', 'garbage']) {
    await rpc(world.network.control.url, 'localnet_faults', [{ node: 0, fault }]);
    const body = makeBody();
    const id = await relay.accept(body);
    await until('health says degraded', async () => (await relay.get('/health')).data.status === 'degraded');
    await rpc(world.network.control.url, 'localnet_faults', []);
    const job = await relay.outcome(id);
    assert.equal(job.retry_count, 0, fault);
    await world.assertPaidOnce(body, job);
  }
});

test('an answer lost after the node took the transaction pays once', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  await rpc(world.network.control.url, 'localnet_faults', [{ node: 0, fault: 'lose_answer', times: 3 }]);
  const body = makeBody();
  const job = await relay.outcome(await relay.accept(body));
  assert.equal(job.retry_count, 0);
  await world.assertPaidOnce(body, job);
});

test('a payer that is low pauses the worker until it is funded', async (t) => {
  const world = await World.start(t);
  await rpc(world.url, 'localnet_setBalance', world.payer, 5_000_000);
  const relay = await world.relay();
  await until('health says why', async () => {
    const { data } = await relay.get('/health');
    return data.status === 'degraded' && data.solana.reason?.includes('fund');
  });
  const body = makeBody();
  const id = await relay.accept(body);
  assert.equal((await relay.status(id, 1)).status, 'queued');
  await rpc(world.url, 'localnet_setBalance', world.payer, 1_000_000_000);
  await world.assertPaidOnce(body, await relay.outcome(id));
});
