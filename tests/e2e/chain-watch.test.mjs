// What a client hears at the door, by what the chain says at that moment; and withdraws that wait for a
// root that comes, or does not.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { GENESIS_ROOT } from '../localnet/src/shield-pool.mjs';
import { Database } from '../harness/database.mjs';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { setFaults } from './support.mjs';

const pushRoot = (world, root) => rpc(world.url, 'localnet_pushRoot', root.toString('hex'));

/** Another relay's withdraw of this nullifier, on a ledger of its own, lands. */
async function spendElsewhere(t, world, nullifier) {
  const database = await Database.make('e2e_elsewhere');
  const { name, url } = database;
  const relay = await world.relay({ RELAY_DATABASE_URL: url, RELAY_REDIS_PREFIX: name });
  t.after(async () => {
    await relay.kill();
    await database.drop();
    await world.redis.ask('del', `{${name}}:scheduled`, `{${name}}:dead`);
  });
  const job = await relay.outcome(await relay.accept(makeBody({ nullifier })));
  assert.equal(job.status, 'completed', JSON.stringify(job));
}

const rows = async (world) => Number((await world.query('SELECT count(*) FROM jobs'))[0]);

/** A relay that has read the pool. */
async function watchingRelay(world, settings = {}) {
  const relay = await world.relay(settings);
  await until('the pool is read', async () => (await relay.metrics()).has('relay_shard_capacity'));
  return relay;
}

/** While it is idle the relay looks every five seconds; what comes before that, the chain judges. */
const knowsSpent = (relay, count) =>
  until('the relay has read it', async () => (await relay.metric('relay_shard_used')) === count, 10);

const waitsForRoot = (relay, id) =>
  until('it waits for its root', async () => {
    const job = await relay.status(id);
    return job.waiting_for === 'root' && job;
  });

describe('at the door', { concurrency: true }, () => {
  for (const nodes of [1, 3]) {
    test(`a nullifier that another spent is refused without a row, by ${nodes} nodes`, async (t) => {
      const world = await World.start(t, { nodes });
      const relay = await watchingRelay(world);
      const nullifier = randomBytes(32);
      await spendElsewhere(t, world, nullifier);
      await knowsSpent(relay, 1);
      const answer = await relay.post(makeBody({ nullifier }));
      const { code, field } = answer.error ?? {};
      assert.deepEqual([answer.status, code, field], [409, 'nullifier_spent', 'public_inputs.nf'], JSON.stringify(answer));
      assert.ok(answer.error.hint);
      assert.equal(await relay.metric('relay_withdraws_refused_total', { code: 'nullifier_spent' }), 1);
      assert.equal(await relay.metric('relay_dead_letters'), 0);
      assert.equal(await rows(world), 0);
    });
  }

  test('our own withdraw is told as the first time, before and after it has landed', async (t) => {
    const world = await World.start(t);
    const relay = await watchingRelay(world);
    const body = makeBody();
    const id = await relay.accept(body);
    for (let turn = 0; turn < 40; ++turn) {
      const { status, data } = await relay.post(body);
      assert.deepEqual([status, data?.request_id], [200, id]);
    }
    await world.assertPaidOnce(body, await relay.outcome(id));
    const again = await relay.post(body);
    assert.deepEqual([again.status, again.data.request_id, again.data.status], [200, id, 'completed']);
    const other = makeBody({ nullifier: Buffer.from(body.public_inputs.nf, 'hex') });
    assert.equal((await relay.post(other)).error.code, 'nullifier_conflict');
  });

  test('a lone voice, of two nodes, refuses nobody', async (t) => {
    const world = await World.start(t, { nodes: 2 });
    const relay = await watchingRelay(world);
    const nullifier = randomBytes(32);
    await spendElsewhere(t, world, nullifier);
    await knowsSpent(relay, 1);
    await setFaults(world, { node: 1, fault: 'refuses', code: -32601, methods: ['getMultipleAccounts'] });
    const job = await relay.outcome(await relay.accept(makeBody({ nullifier })));
    assert.deepEqual([job.status, job.error_code], ['failed', 'double_spend']);
  });

  test('a new account must hold the minimum, as it is at that moment', async (t) => {
    const world = await World.start(t);
    const relay = await watchingRelay(world);
    const poor = makeBody({ amount: 3_000_000n }); // pays 485,000
    const answer = await relay.post(poor);
    assert.deepEqual([answer.status, answer.error?.code, answer.error?.field], [400, 'recipient_below_rent', 'outputs[0].amount']);
    assert.match(answer.error.message, /890880/);
    assert.equal(await rows(world), 0);
    await rpc(world.url, 'requestAirdrop', poor.outputs[0].recipient, 890_880);
    const job = await relay.outcome(await relay.accept(poor));
    assert.equal(job.status, 'completed', JSON.stringify(job));

    const second = makeBody({ amount: 3_000_000n });
    await rpc(world.url, 'localnet_setRent', 696);
    const later = await until('the minimum has fallen', async () => {
      const told = await relay.post(second);
      return told.status === 202 && told;
    }, 20);
    await world.assertPaidOnce(second, await relay.outcome(later.data.request_id));
  });

  test('a node that is away, or silent, refuses nobody', async (t) => {
    const world = await World.start(t);
    const relay = await watchingRelay(world);
    const poor = makeBody({ amount: 3_000_000n });
    await setFaults(world, { node: 'all', fault: 'hang', methods: ['getMultipleAccounts'] });
    const began = Date.now();
    await relay.accept(poor);
    assert.ok(Date.now() - began < 3000, `${Date.now() - began} ms`);
    await setFaults(world, { node: 'all', fault: 'refuse' });
    await relay.accept(makeBody({ amount: 3_100_000n }));
    await setFaults(world);
  });
});

describe('a root that the chain does not know', { concurrency: true }, () => {
  test('is waited for, and the withdraw goes as it comes', async (t) => {
    const world = await World.start(t);
    const relay = await watchingRelay(world);
    const root = randomBytes(32);
    const body = makeBody({ root });
    const id = await relay.accept(body);
    const waiting = await waitsForRoot(relay, id);
    assert.deepEqual([waiting.status, waiting.error_code, waiting.error], ['queued', 'root_not_found', null]);
    await new Promise((resolve) => setTimeout(resolve, 4000)); // it looks for itself meanwhile
    const sends = await relay.metric('relay_sends_total', { kind: 'first' });
    assert.equal(sends, 0);
    await pushRoot(world, root);
    const began = Date.now();
    const job = await relay.outcome(id);
    assert.ok(Date.now() - began < 2000, `${Date.now() - began} ms after its root`);
    assert.equal(job.retry_count, 0);
    assert.equal((await world.transactionsOf(body)).length, 1);
    await world.assertPaidOnce(body, job);
  });

  test('fails the withdraw when patience is over, unsent', async (t) => {
    const world = await World.start(t);
    const relay = await watchingRelay(world, { RELAY_ROOT_PATIENCE: '3s' });
    const body = makeBody({ root: randomBytes(32) });
    const began = Date.now();
    const id = await relay.accept(body);
    await waitsForRoot(relay, id);
    const job = await relay.outcome(id);
    assert.deepEqual([job.status, job.error_code, job.retry_count, job.retryable], ['failed', 'root_not_found', 0, true]);
    assert.match(job.error, /^withdraw failed: /);
    assert.match(job.hint, /fresh root/);
    const taken = Date.now() - began;
    assert.ok(taken >= 2900 && taken < 6000, `${taken} ms`);
    await world.assertNotPaid(body);
  });

  test('is waited for over a restart, and by two relays', async (t) => {
    const world = await World.start(t);
    const first = await watchingRelay(world);
    const root = randomBytes(32);
    const bodies = [makeBody({ root }), makeBody({ root }), makeBody({ root })];
    const ids = [];
    for (const body of bodies) ids.push(await first.accept(body));
    for (const id of ids) await waitsForRoot(first, id);
    await first.kill();
    const relays = [await watchingRelay(world), await watchingRelay(world)];
    for (const id of ids) await waitsForRoot(relays[0], id);
    await pushRoot(world, root);
    for (const [index, id] of ids.entries()) {
      const job = await relays[1].outcome(id);
      assert.equal(job.retry_count, 0);
      await world.assertPaidOnce(bodies[index], job);
    }
  });

  test('does not hold up others, nor raise an alarm', async (t) => {
    const world = await World.start(t);
    const relay = await watchingRelay(world, { RELAY_WORKER_MAX_CONCURRENT_JOBS: '2', RELAY_LANDING_ALARM: '3s' });
    for (let turn = 0; turn < 20; ++turn) await relay.accept(makeBody({ root: randomBytes(32) }));
    const body = makeBody();
    const job = await relay.outcome(await relay.accept(body), 5);
    await world.assertPaidOnce(body, job);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    assert.equal((await relay.get('/health')).data.status, 'ok');
    assert.ok(!/event=jobs_not_landing/.test(relay.output));
    assert.ok((await relay.metric('relay_job_age_max_seconds')) > 3);
  });
});

test('a pool without lamports is waited for', async (t) => {
  const world = await World.start(t);
  const relay = await watchingRelay(world);
  const { pool } = await rpc(world.url, 'localnet_info');
  await rpc(world.url, 'localnet_setBalance', pool, 900_000_000);
  await until('the relay knows', async () => (await relay.metric('relay_pool_balance_lamports')) === 900_000_000, 10);
  const body = makeBody();
  const id = await relay.accept(body);
  await until('it waits', async () => (await relay.status(id)).error_code === 'pool_short_of_lamports');
  await rpc(world.url, 'localnet_setBalance', pool, 5_000_000_000);
  const job = await relay.outcome(id);
  assert.equal(job.retry_count, 0);
  await world.assertPaidOnce(body, job);
});

test('a shard with little room is told of, and a full one calls a person', async (t) => {
  const world = await World.start(t, { shardCapacity: 11 });
  const relay = await watchingRelay(world);
  const pay = async () => relay.outcome(await relay.accept(makeBody({ root: GENESIS_ROOT })));
  for (let turn = 0; turn < 10; ++turn) assert.equal((await pay()).status, 'completed');
  await until('a warning', () => /event=shard_nearly_full/.test(relay.output), 10);
  assert.equal(await relay.metric('relay_shard_capacity'), 11);
  assert.ok(!/event=shard_full/.test(relay.output));
  assert.equal((await pay()).status, 'completed');
  await until('an error', () => /event=shard_full/.test(relay.output), 10);
  assert.equal(await relay.metric('relay_shard_used'), 11);
});
