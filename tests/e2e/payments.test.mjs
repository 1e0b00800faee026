// Withdraws that are paid, and what a client sees of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rpc } from '../harness/rpc.mjs';
import { makeBody, proveAnew } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

test('one to five outputs are paid to the lamport, once each', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const treasury = (await rpc(world.url, 'localnet_info')).treasury;
  const before = await world.balance(treasury);
  let fees = 0;
  for (let count = 1; count <= 5; ++count) {
    const body = makeBody({ count, amount: 1_000_000_007n + BigInt(count) });
    const job = await relay.outcome(await relay.accept(body));
    await world.assertPaidOnce(body, job);
    assert.equal(job.error, null);
    assert.equal(job.retry_count, 0);
    assert.ok(job.created_at <= job.started_at && job.started_at <= job.completed_at);
    const nullifier = await world.query(
      `SELECT request_id, signature FROM nullifiers WHERE nullifier = '\\x${body.public_inputs.nf}'`,
    );
    assert.deepEqual(nullifier, [`${job.request_id}|${job.tx_id}`]);
    fees += body.public_inputs.amount - body.outputs.reduce((sum, one) => sum + one.amount, 0);
  }
  assert.equal((await world.balance(treasury)) - before, fees);
});

test('the same withdraw again gives the first request, another with its nullifier a conflict', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const body = makeBody();
  const id = await relay.accept(body);
  const live = await relay.post(proveAnew(body));
  assert.equal(live.status, 200);
  assert.equal(live.data.request_id, id);
  const other = makeBody({ nullifier: Buffer.from(body.public_inputs.nf, 'hex') });
  const conflict = await relay.post(other);
  assert.equal(conflict.status, 409);
  assert.equal(conflict.error.code, 'nullifier_conflict');

  const job = await relay.outcome(id);
  const again = await relay.post(body);
  assert.deepEqual([again.status, again.data.request_id, again.data.status], [200, id, 'completed']);
  assert.equal((await relay.post(other)).status, 409);
  await world.assertPaidOnce(body, job);
});

test('two hundred withdraws through two relays at once are paid once each', async (t) => {
  const world = await World.start(t, { shardCapacity: 1000 });
  const relays = [await world.relay(), await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '40' })];
  const bodies = Array.from({ length: 200 }, () => makeBody());
  const ids = await Promise.all(bodies.map((body, index) => relays[index % 2].accept(body)));
  for (const [index, id] of ids.entries()) {
    await world.assertPaidOnce(bodies[index], await relays[(index + 1) % 2].outcome(id, 120));
  }
  const completed = await Promise.all(relays.map((relay) => relay.metric('relay_jobs_completed_total')));
  assert.equal(completed[0] + completed[1], 200);
  assert.ok(completed[0] > 0 && completed[1] > 0, `shared: ${completed}`);
});

test('an API-only relay accepts, a worker-only one pays', async (t) => {
  const world = await World.start(t);
  const api = await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  const body = makeBody();
  const id = await api.accept(body);
  assert.equal((await api.get('/health')).data.worker.state, 'disabled');
  assert.equal((await api.status(id)).status, 'queued');
  await world.relay();
  await world.assertPaidOnce(body, await api.outcome(id));
});
