// The operator's listener.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const TOKEN = 'an admin token';

async function ask(relay, method, path, token) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(relay.admin + path, { method, headers });
  return { status: response.status, ...(await response.json()) };
}

test('/admin asks for the token where one is set, and the rest does not', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ RELAY_ADMIN_TOKEN: TOKEN });
  for (const token of [undefined, '', 'an admin toke', `${TOKEN}!`]) {
    const answer = await ask(relay, 'POST', '/admin/worker/pause', token);
    assert.deepEqual([answer.status, answer.error.code], [401, 'unauthorized']);
    assert.equal((await ask(relay, 'GET', '/admin/jobs', token)).status, 401);
  }
  assert.equal((await ask(relay, 'GET', '/admin/jobs', TOKEN)).status, 200);
  assert.equal((await fetch(`${relay.admin}/metrics`)).status, 200);
  assert.equal((await fetch(`${relay.admin}/health/live`)).status, 200);
  assert.ok(!relay.output.includes(TOKEN));
});

test('a paused worker claims nothing until it is resumed, and health says so', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  assert.equal((await ask(relay, 'POST', '/admin/worker/pause')).data.worker, 'paused');
  const body = makeBody();
  const id = await relay.accept(body);
  assert.equal((await relay.status(id, 1)).status, 'queued');
  const health = (await relay.get('/health')).data;
  assert.deepEqual([health.status, health.worker.reason], ['degraded', 'paused by the operator']);
  const counts = (await ask(relay, 'GET', '/admin/jobs')).data;
  assert.deepEqual([counts.queued, counts.processing], [1, 0]);
  assert.equal((await ask(relay, 'POST', '/admin/worker/resume')).data.worker, 'running');
  await world.assertPaidOnce(body, await relay.outcome(id));

  const api = await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  assert.equal((await ask(api, 'POST', '/admin/worker/pause')).status, 409);
  await relay.becomes('ok');
});
