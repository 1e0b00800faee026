// What breaks beside the relay, and what it then does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manage } from '../harness/database.mjs';
import { PrivateRedis } from '../harness/redis.mjs';
import { unchecked } from '../harness/proofs.mjs';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

test('without Redis jobs flow on from Postgres, and the schedule is whole when it is back', async (t) => {
  const world = await World.start(t);
  const redis = new PrivateRedis(t, world.directory);
  const relay = await world.relay({ RELAY_REDIS_URL: redis.url });
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
  const health = await relay.get('/health');
  assert.deepEqual([health.status, health.data.status], [200, 'degraded']);
  assert.equal(health.data.redis.state, 'unavailable');
  await relay.kill();

  const api = await world.relay({ RELAY_REDIS_URL: redis.url, RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  const ids = [];
  for (let count = 0; count < 5; ++count) ids.push(await api.accept(makeBody()));
  await redis.start();
  await until('the schedule is whole', async () => (await redis.ask('zcard', world.key('scheduled'))) === '5');
  const scheduled = await redis.ask('zrange', world.key('scheduled'), '0', '-1');
  assert.deepEqual(scheduled.split('\n').sort(), ids.sort());
  assert.equal((await api.becomes('ok')).redis.state, 'ok');
});

test('a flushed schedule is restored from Postgres', async (t) => {
  const world = await World.start(t);
  const api = await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  const bodies = Array.from({ length: 20 }, () => makeBody());
  const ids = await Promise.all(bodies.map((body) => api.accept(body)));
  const isWhole = async () => (await world.redis.ask('zcard', world.key('scheduled'))) === '20';
  await until('all are scheduled', isWhole);
  await world.redis.ask('del', world.key('scheduled'));
  await until('all are scheduled again', isWhole);
  await world.relay();
  for (const [index, id] of ids.entries()) {
    await world.assertPaidOnce(bodies[index], await api.outcome(id));
  }
});

test('flushed dead letters are restored from Postgres, which alone tells how many there are', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(unchecked);
  const id = await relay.accept(makeBody({ spoil: true }));
  assert.equal((await relay.outcome(id)).status, 'failed');
  const isDead = async () => (await world.redis.ask('zscore', world.key('dead'), id)) !== '';
  await until('it is dead-lettered', isDead);
  await until('it is told', async () => (await relay.metric('relay_dead_letters')) === 1);
  await world.redis.ask('del', world.key('dead'));
  await until('it is dead-lettered again', isDead);
  assert.equal(await relay.metric('relay_dead_letters'), 1);
});

test('without Postgres a POST is answered 503, never 202, and later all is well', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  await manage(`ALTER DATABASE ${world.name} ALLOW_CONNECTIONS false`);
  await manage(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${world.name}'`);
  const body = makeBody();
  const refused = await relay.post(body);
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  await relay.becomes('unavailable');
  assert.equal((await relay.get('/health')).status, 503);
  await manage(`ALTER DATABASE ${world.name} ALLOW_CONNECTIONS true`);
  await relay.becomes('ok');
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
});

test('an RPC outage costs no retry', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  for (const fault of ['refuse', 'http500', 'http429', 'behind', 'garbage']) {
    await rpc(world.network.control.url, 'localnet_faults', [{ node: 0, fault }]);
    const body = makeBody();
    const id = await relay.accept(body);
    await relay.becomes('degraded');
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
