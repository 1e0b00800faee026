// Redis and Postgres failing in the ways a server can, one at a time; what each role needs at least.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { manage } from '../harness/database.mjs';
import { PrivateRedis } from '../harness/redis.mjs';
import { unchecked } from '../harness/proofs.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { setFaults, unwatched } from './support.mjs';

const apiOnly = { RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' };

/** A Redis of this test's own, and the settings that lead to it. */
async function startRedis(t, world) {
  const redis = await new PrivateRedis(t, world.directory).start();
  return { redis, settings: { RELAY_REDIS_URL: redis.url } };
}

async function payOne(world, relay) {
  const body = makeBody();
  const began = Date.now();
  const id = await relay.accept(body);
  assert.ok(Date.now() - began < 1_000, `POST took ${Date.now() - began} ms`);
  await world.assertPaidOnce(body, await relay.outcome(id));
}

for (const [what, fail, heal] of [
  ['killed', (redis) => redis.kill(), (redis) => redis.start()],
  ['frozen', (redis) => redis.signal('SIGSTOP'), (redis) => redis.signal('SIGCONT')],
  ['demoted to read-only', (redis) => redis.ask('replicaof', '127.0.0.1', '1'), (redis) => redis.ask('replicaof', 'no', 'one')],
]) {
  test(`Redis ${what}: POST is as quick, jobs flow on, and the schedule is whole afterwards`, async (t) => {
    const world = await World.start(t);
    const { redis, settings } = await startRedis(t, world);
    const relay = await world.relay(settings);
    await payOne(world, relay);
    await fail(redis);
    await payOne(world, relay);
    await payOne(world, relay);
    await relay.kill();

    const api = await world.relay({ ...settings, ...apiOnly });
    const ids = [];
    for (let count = 0; count < 5; ++count) ids.push(await api.accept(makeBody()));
    await heal(redis);
    const scheduled = (id) => redis.tryAsk('zscore', world.key('scheduled'), id);
    const isWhole = async () => (await Promise.all(ids.map(scheduled))).every(Boolean);
    await until('the schedule is whole', isWhole);
    assert.equal((await api.becomes('ok')).redis.state, 'ok');
  });
}

const waitsForItsRetry = { RELAY_RETRY_BASE_DELAY: '1s', RELAY_RECONCILE_INTERVAL: '1h', RELAY_LOG_LEVEL: 'info' };

for (const [what, fail] of [
  ['out of memory', (redis) => redis.ask('config', 'set', 'maxmemory', '1')],
  ['demoted to read-only', (redis) => redis.ask('replicaof', '127.0.0.1', '1')],
  ['without its replicas', (redis) => redis.ask('config', 'set', 'min-replicas-to-write', '1')],
  ['with another thing at its key', async (redis, key) => {
    await redis.ask('del', key);
    await redis.ask('set', key, 'no set');
  }],
  ['that cannot save', async (redis, key, directory) => {
    mkdirSync(join(directory, 'dump.rdb')); // no file takes its place
    await redis.ask('config', 'set', 'save', '900 1');
    await redis.ask('bgsave');
    await until('it has failed to', async () => /rdb_last_bgsave_status:err/.test(await redis.ask('info', 'persistence')));
  }],
  ['without a right', (redis) => redis.ask('acl', 'setuser', 'default', '-zadd')],
]) {
  test(`Redis ${what}: it reads, and counts as away; retries come at their time from Postgres`, async (t) => {
    const world = await World.start(t);
    await setFaults(world, unwatched); // its root costs a retry
    const { redis, settings } = await startRedis(t, world);
    const relay = await world.relay({ ...settings, ...waitsForItsRetry, RELAY_RETRY_MAX: '1' });
    await relay.becomes('ok');
    await fail(redis, world.key('scheduled'), world.directory);
    const health = await until('health knows', async () => {
      const { data } = await relay.get('/health');
      return data.redis.state !== 'ok' && data;
    }, 3);
    assert.equal(health.status, 'degraded');
    const began = Date.now();
    const job = await relay.outcome(await relay.accept(makeBody({ root: randomBytes(32) }))); // nobody's root
    assert.equal(job.retry_count, 1, JSON.stringify(job));
    assert.ok(Date.now() - began < 4_000, `its retry, due after 1 s, took ${Date.now() - began} ms`);
    assert.equal(await relay.metric('relay_redis_up'), 0);
    assert.equal(relay.output.match(/event=schedule_away/g).length, 1);
  });
}

test('a Redis replica takes the place of its master, and the schedule is whole on it', async (t) => {
  const world = await World.start(t);
  const [master, replica] = await Promise.all(
    ['master', 'replica'].map(async (name) => {
      const directory = join(world.directory, name);
      mkdirSync(directory);
      return new PrivateRedis(t, directory).start();
    }),
  );
  const port = await master.listen();
  await replica.ask('replicaof', '127.0.0.1', port);
  await until('the replica follows', async () => /master_link_status:up/.test(await replica.ask('info', 'replication')));
  const api = await world.relay({ RELAY_REDIS_URL: `redis://127.0.0.1:${port}/0`, ...apiOnly });
  await api.becomes('ok');
  const ids = [await api.accept(makeBody())];
  await master.kill();
  ids.push(await api.accept(makeBody())); // while there is none
  await api.becomes('degraded');
  await replica.ask('replicaof', 'no', 'one');
  await replica.ask('config', 'set', 'port', port);
  await api.becomes('ok');
  const isWhole = async () => {
    const scores = await Promise.all(ids.map((id) => replica.tryAsk('zscore', world.key('scheduled'), id)));
    return scores.every(Boolean);
  };
  await until('the schedule is whole', isWhole);
});

test('a Redis that evicts loses no job', async (t) => {
  const world = await World.start(t);
  const { redis, settings } = await startRedis(t, world);
  const relay = await world.relay(settings);
  await redis.ask('config', 'set', 'maxmemory-policy', 'allkeys-random');
  await redis.ask('config', 'set', 'maxmemory', '1');
  await payOne(world, relay);
  await redis.ask('config', 'set', 'maxmemory', '0');
  await payOne(world, relay);
});

test('a Redis user with the few rights the documentation names is enough', async (t) => {
  const world = await World.start(t);
  const { redis } = await startRedis(t, world);
  const rights = ['+eval', '+time', '+zadd', '+zrem', '+zrangebyscore', '+zcard', '+select'];
  await redis.ask('acl', 'setuser', 'relay', 'on', '>pass word', `~{${world.name}}:*`, ...rights);
  const port = await redis.listen();
  const relay = await world.relay({ ...unchecked, RELAY_REDIS_URL: `redis://relay:pass%20word@127.0.0.1:${port}/0` });
  await payOne(world, relay);
  const failed = await relay.accept(makeBody({ spoil: true }));
  assert.equal((await relay.outcome(failed)).status, 'failed');
  await until('it is dead-lettered', () => redis.tryAsk('zscore', world.key('dead'), failed));
  assert.equal((await relay.get('/health')).data.redis.state, 'ok');
  const wrong = await world.relay({ RELAY_REDIS_URL: `redis://relay:secretword@127.0.0.1:${port}/0` });
  const health = await until('health knows', async () => {
    const { data } = await wrong.get('/health');
    return data.redis.state !== 'ok' && data;
  });
  assert.match(health.redis.reason, /WRONGPASS/);
  assert.ok(!wrong.output.includes('secretword'));
});

test('a database role with the few rights the documentation names is enough', async (t) => {
  const world = await World.start(t);
  const owner = await world.relay(apiOnly); // makes the schema, as `relayd migrate` does
  await owner.kill();
  const role = `${world.name}_role`;
  await manage(`CREATE ROLE ${role} LOGIN`);
  t.after(() => manage(`DROP ROLE ${role}`)); // after its database
  await world.query(`GRANT SELECT, INSERT, UPDATE ON jobs, withdraws, transactions, nullifiers TO ${role}`);
  await world.query(`GRANT SELECT ON schema_migrations TO ${role}`);
  await world.query(`GRANT SELECT, INSERT ON operator_changes TO ${role}`);
  await world.query(`GRANT SELECT, INSERT, UPDATE ON fleet TO ${role}`);
  const settings = { ...unchecked, RELAY_DATABASE_URL: world.database.urlAs(role) };
  const relay = await world.relay(settings);
  await payOne(world, relay);
  const failed = await relay.accept(makeBody({ spoil: true }));
  assert.equal((await relay.outcome(failed)).status, 'failed');

  // Out of connections: the role may open no more, and those it has are cut.
  await manage(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
  await manage(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
  const refused = await until('POST is refused', async () => {
    const answer = await relay.post(makeBody());
    return answer.status !== 202 && answer;
  });
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  await manage(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
  await until('POST is accepted again', async () => (await relay.post(makeBody())).status === 202);
  await payOne(world, relay);
});

test('where the ledger refuses the outcome of a payment that landed, the job completes once it takes it', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  await world.query(`ALTER TABLE jobs ADD CONSTRAINT refuse CHECK (status <> 'completed') NOT VALID`);
  const body = makeBody();
  const id = await relay.accept(body);
  await until('it has landed', async () =>
    (await world.transactionsOf(body)).some((one) => one.outcome === 'landed'),
  );
  await until('the ledger has refused it', () => relay.output.includes('event=outcomes_refused'));
  assert.ok(['queued', 'processing'].includes((await relay.status(id)).status));
  await world.query('ALTER TABLE jobs DROP CONSTRAINT refuse');
  const job = await relay.outcome(id);
  assert.equal(job.retry_count, 0);
  await world.assertPaidOnce(body, job);
  assert.equal((await world.transactionsOf(body)).length, 1);
});
