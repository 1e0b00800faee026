// Pause, resume and drain: told to one relay, obeyed by all of its ledger.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

async function tell(relay, word, body) {
  const response = await fetch(`${relay.admin}/admin/worker/${word}`, { method: 'POST', body: body && JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
}

const stateOf = async (relay) => (await relay.get('/')).data.worker.state;

/** Within the second that a relay has to obey. */
const obeys = (relay, state) => until(`the relay is ${state}`, async () => (await stateOf(relay)) === state, 1);

test('a pause is obeyed by every relay, kept over a restart, and ends with a resume', async (t) => {
  const world = await World.start(t);
  const [first, second] = [await world.relay(), await world.relay()];
  const paused = await tell(first, 'pause', { reason: 'an upgrade' });
  assert.deepEqual(
    [paused.status, paused.data.worker, paused.data.reason, paused.data.until],
    [200, 'paused', 'an upgrade', null],
  );
  await obeys(second, 'paused');
  assert.equal(await second.metric('relay_worker_paused'), 1);
  assert.equal(await second.metric('relay_worker_draining'), 0);
  const body = makeBody();
  const id = await second.accept(body);
  const job = await second.status(id, 1);
  assert.deepEqual([job.status, job.waiting_for], ['queued', 'paused']);
  assert.equal((await first.status(id)).waiting_for, 'paused');
  const health = (await second.get('/health')).data;
  assert.deepEqual([health.status, health.worker.state, health.worker.reason], ['degraded', 'paused', 'paused by the operator']);
  assert.ok(!JSON.stringify(health).includes('an upgrade'), 'strangers hear no reasons');
  const ready = (await second.get('/health/ready', second.admin)).data;
  assert.equal(ready.worker.operator_reason, 'an upgrade');

  const third = await world.relay();
  assert.equal(await stateOf(third), 'paused');
  assert.equal((await third.status(id)).status, 'queued');
  assert.equal((await tell(third, 'resume')).data.worker, 'running');
  await world.assertPaidOnce(body, await first.outcome(id));
  await obeys(first, 'running');
  const { changes } = (await first.get('/admin/audit', first.admin)).data;
  assert.deepEqual(changes.map((one) => [one.action, one.reason]), [['resume', null], ['pause', 'an upgrade']]);
});

test('a draining relay accepts nothing and pays what it has', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const api = await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  await tell(relay, 'pause');
  const body = makeBody();
  const id = await relay.accept(body);
  await tell(api, 'drain');
  await obeys(relay, 'draining');
  for (const one of [relay, api]) {
    const refused = await one.post(makeBody());
    assert.deepEqual([refused.status, refused.error.code], [503, 'draining']);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    const health = await one.get('/health');
    assert.deepEqual([health.status, health.data.status, health.data.worker.state], [503, 'unavailable', 'draining']);
    assert.equal((await one.get('/health/ready', one.admin)).status, 503);
    assert.equal(await one.metric('relay_worker_draining'), 1);
  }
  await world.assertPaidOnce(body, await relay.outcome(id));
  await tell(relay, 'resume');
  await relay.accept(makeBody());
  await obeys(api, 'running');
  assert.equal((await api.get('/health')).status, 200);
});

test('a state with an end ends by itself', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const until = (ms) => new Date(Date.now() + ms).toISOString();
  assert.equal((await tell(relay, 'pause', { until: until(1500) })).data.worker, 'paused');
  await obeys(relay, 'paused');
  const id = await relay.accept(makeBody());
  assert.equal((await relay.outcome(id, 10)).status, 'completed');
  assert.equal((await tell(relay, 'drain', { until: until(-1000) })).data.worker, 'running');
  for (const [word, body] of [
    ['pause', { until: 'tomorrow' }],
    ['pause', { reason: 7 }],
    ['pause', { why: 'x' }],
    ['pause', { reason: 'x'.repeat(201) }],
    ['resume', { until: until(1000) }],
  ]) {
    const answer = await tell(relay, word, body);
    assert.deepEqual([answer.status, answer.error.code], [400, 'invalid_field'], JSON.stringify(body));
  }
  assert.equal((await tell(relay, 'pause', { reason: null, until: null })).status, 200);
});
