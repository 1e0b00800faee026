// Withdraws that the chain refuses: at once, for a while, or for good.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { unchecked } from '../harness/proofs.mjs';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { setFaults, unwatched } from './support.mjs';

const quickRetries = { RELAY_RETRY_BASE_DELAY: '200ms', RELAY_RETRY_MAX: '3' };

function isDeadLettered(world, id) {
  return until('the job is in the dead-letter queue', () => world.redis.ask('zscore', world.key('dead'), id), 5);
}

test('a broken proof fails at once, and its nullifier may be posted anew', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(unchecked);
  const nullifier = randomBytes(32);
  const broken = makeBody({ nullifier, spoil: true });
  const id = await relay.accept(broken);
  const job = await relay.outcome(id, 10);
  assert.deepEqual([job.status, job.error_code, job.retry_count], ['failed', 'proof_invalid', 0]);
  assert.equal(job.tx_id, null);
  await isDeadLettered(world, id);
  await world.assertNotPaid(broken);

  const good = makeBody({ nullifier });
  const second = await relay.accept(good);
  assert.notEqual(second, id);
  await world.assertPaidOnce(good, await relay.outcome(second));
});

test('an unknown root that nobody watches for is retried on schedule, and pays once it is there', async (t) => {
  const world = await World.start(t);
  await setFaults(world, unwatched);
  const relay = await world.relay({ RELAY_RETRY_BASE_DELAY: '1s' });
  const root = randomBytes(32);
  const body = makeBody({ root });
  const id = await relay.accept(body);
  const waiting = await until('a retry is scheduled', async () => {
    const job = await relay.status(id);
    return job.status === 'queued' && job.retry_count === 1 && job;
  });
  assert.equal(waiting.error_code, 'root_not_found');
  const wait = Date.parse(waiting.next_attempt_at) - Date.parse(waiting.updated_at);
  assert.ok(Math.abs(wait - 1000) < 50, `the first delay is the base delay: ${wait} ms`);
  await rpc(world.url, 'localnet_pushRoot', root.toString('hex'));
  const job = await relay.outcome(id);
  assert.equal(job.retry_count, 1);
  await world.assertPaidOnce(body, job);
});

test('retries used up end in failure and the dead-letter queue', async (t) => {
  const world = await World.start(t);
  await setFaults(world, unwatched);
  const relay = await world.relay(quickRetries);
  const body = makeBody({ root: randomBytes(32) });
  const id = await relay.accept(body);
  const job = await relay.outcome(id);
  assert.deepEqual([job.status, job.error_code, job.retry_count], ['failed', 'root_not_found', 3]);
  await isDeadLettered(world, id);
  await world.assertNotPaid(body);
  const [history] = await world.query(`SELECT errors FROM jobs WHERE request_id = '${id}'`);
  assert.deepEqual(
    JSON.parse(history).map((one) => [one.attempt, one.code]),
    [1, 2, 3, 4].map((attempt) => [attempt, 'root_not_found']),
  );
});

test('a nullifier that the chain knows as spent fails as a double spend', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(quickRetries);
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
  // Another relay's ledger knows nothing of it, nor what the shard holds.
  await setFaults(world, unwatched);
  await new Promise((resolve) => setTimeout(resolve, 10_500));
  await world.query('TRUNCATE jobs, nullifiers');
  const other = makeBody({ nullifier: Buffer.from(body.public_inputs.nf, 'hex') });
  const job = await relay.outcome(await relay.accept(other));
  assert.deepEqual([job.status, job.error_code], ['failed', 'double_spend']);
  assert.equal(await world.balance(other.outputs[0].recipient), 0);
});
