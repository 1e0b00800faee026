// Jobs that are over leave the ledger when their time is; what must be known of them for ever stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unchecked } from '../harness/proofs.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const rowsOf = async (world, table, id) =>
  Number(await world.query(`SELECT count(*) FROM ${table} WHERE request_id = '${id}'`));

const gone = (world, id) =>
  until(`${id} is removed`, async () => (await rowsOf(world, 'jobs', id)) === 0, 40, 200);

const isDeadLetter = async (world, id) => Boolean(await world.redis.ask('zscore', world.key('dead'), id));

async function askAdmin(relay, path, method = 'POST') {
  const response = await fetch(relay.admin + path, { method });
  return { status: response.status, ...(await response.json()) };
}

test('a completed job keeps its receipt, and its nullifier is never paid again', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ RELAY_RETENTION_COMPLETED: '1s' });
  const body = makeBody();
  const id = await relay.accept(body);
  const before = await relay.outcome(id);
  await world.assertPaidOnce(body, before);
  await gone(world, id);
  for (const table of ['withdraws', 'transactions']) assert.equal(await rowsOf(world, table, id), 0, table);
  assert.deepEqual(await relay.status(id), before);

  const again = await relay.post(body);
  assert.deepEqual([again.status, again.data.request_id, again.data.status], [200, id, 'completed']);
  const other = makeBody({ nullifier: Buffer.from(body.public_inputs.nf, 'hex') });
  const conflict = await relay.post(other);
  assert.deepEqual([conflict.status, conflict.error.code], [409, 'nullifier_conflict']);

  const record = await askAdmin(relay, `/admin/jobs/${id}?payload=true`, 'GET');
  assert.deepEqual([record.status, record.data.status, record.data.tx_id], [200, 'completed', before.tx_id]);
  assert.deepEqual([record.data.nullifier, record.data.payload], [body.public_inputs.nf, null]);
  assert.deepEqual([record.data.transactions, record.data.history], [[], []]);
  const retried = await askAdmin(relay, `/admin/dead-letters/${id}/retry`);
  assert.deepEqual([retried.status, retried.error.code], [409, 'not_failed']);
  assert.equal(await relay.metric('relay_retention_removed_total', { kind: 'completed' }), 1);
  assert.match(relay.output, /jobs_removed/);
  await world.assertPaidOnce(body, await relay.status(id));
});

test('a failed job goes whole, and its nullifier may be posted anew', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ ...unchecked, RELAY_RETENTION_FAILED: '1s', RELAY_RETRY_MAX: '0' });
  const spoilt = makeBody({ spoil: true });
  const [id, discarded] = [await relay.accept(spoilt), await relay.accept(makeBody({ spoil: true }))];
  for (const one of [id, discarded]) assert.equal((await relay.outcome(one)).status, 'failed');
  assert.equal((await askAdmin(relay, `/admin/dead-letters/${discarded}/discard`)).status, 200);
  for (const one of [id, discarded]) {
    await gone(world, one);
    assert.equal((await relay.get(`/status/${one}`)).status, 404);
    assert.equal((await askAdmin(relay, `/admin/jobs/${one}`, 'GET')).status, 404);
    await until('it has left the dead letters', async () => !(await isDeadLetter(world, one)));
  }
  assert.equal((await askAdmin(relay, `/admin/dead-letters/${id}/retry`)).status, 404);
  const { changes } = (await askAdmin(relay, '/admin/audit', 'GET')).data;
  assert.deepEqual(changes.map((one) => [one.action, one.request_id]), [['discard', discarded]]);
  const body = makeBody({ nullifier: Buffer.from(spoilt.public_inputs.nf, 'hex') });
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
});

test('a retry or discard leaves the dead letters in Redis at once', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ ...unchecked, RELAY_RETRY_MAX: '0', RELAY_RECONCILE_INTERVAL: '1m' });
  for (const [word, action] of [['discard', 'discarded'], ['retry', 'queued again']]) {
    const id = await relay.accept(makeBody({ spoil: true }));
    await relay.outcome(id);
    await until('it is a dead letter', () => isDeadLetter(world, id));
    if (word === 'retry') await askAdmin(relay, '/admin/worker/pause');
    assert.equal((await askAdmin(relay, `/admin/dead-letters/${id}/${word}`)).status, 200);
    await until(`it is ${action}`, async () => !(await isDeadLetter(world, id)), 2);
  }
});
