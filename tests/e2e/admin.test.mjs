// The operator's listener: who may ask, and what is told of jobs.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { test } from 'node:test';
import { unchecked } from '../harness/proofs.mjs';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const TOKEN = 'an admin token';
const NO_RETRIES = { ...unchecked, RELAY_RETRY_MAX: '0', RELAY_ROOT_PATIENCE: '0s' };

/** `body`: sent as JSON, where there is one. */
async function ask(relay, method, path, { token, headers = {}, body } = {}) {
  const all = { ...headers };
  if (token !== undefined) all.authorization = `Bearer ${token}`;
  const response = await fetch(relay.admin + path, { method, headers: all, body: body && JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
}

/** fetch() lets nobody choose the Host. */
function statusFor(relay, path, headers, method = 'GET') {
  return new Promise((resolve, reject) => {
    const asked = request(relay.admin + path, { method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** A withdraw whose root the chain does not know. */
const rootless = () => makeBody({ root: randomBytes(32) });

async function failedJob(relay, body) {
  const id = await relay.accept(body);
  assert.equal((await relay.outcome(id)).status, 'failed');
  return id;
}

test('/admin asks for the token where one is set, and the rest does not', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ RELAY_ADMIN_TOKEN: TOKEN });
  for (const token of [undefined, '', 'an admin toke', `${TOKEN}!`]) {
    const answer = await ask(relay, 'POST', '/admin/worker/pause', { token });
    assert.deepEqual([answer.status, answer.error.code], [401, 'unauthorized']);
    for (const path of ['/admin/jobs', '/admin/dead-letters', '/admin/audit']) {
      assert.equal((await ask(relay, 'GET', path, { token })).status, 401);
    }
  }
  assert.equal((await ask(relay, 'GET', '/admin/jobs', { token: TOKEN })).status, 200);
  assert.equal((await ask(relay, 'GET', '/admin/jobs', { headers: { authorization: `bEARER ${TOKEN}` } })).status, 200);
  assert.equal((await fetch(`${relay.admin}/metrics`)).status, 200);
  assert.equal((await fetch(`${relay.admin}/health/live`)).status, 200);
  assert.ok(!relay.output.includes(TOKEN));
  await ask(relay, 'POST', '/admin/worker/pause', { token: TOKEN });
  const [change] = (await ask(relay, 'GET', '/admin/audit', { token: TOKEN })).data.changes;
  assert.deepEqual([change.who, change.action], ['admin', 'pause']);
});

test('a foreign Host or Origin is refused under /admin, and no scrape or probe is', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const own = `127.0.0.1:${relay.adminPort}`;
  for (const headers of [{ host: 'evil.example' }, { host: own, origin: 'http://evil.example' }, { origin: 'null' }]) {
    assert.equal(await statusFor(relay, '/admin/jobs', headers), 403);
    assert.equal(await statusFor(relay, '/admin/worker/pause', headers, 'POST'), 403);
    assert.equal(await statusFor(relay, '/metrics', headers), 200);
    assert.equal(await statusFor(relay, '/health/live', headers), 200);
    assert.equal(await statusFor(relay, '/health/ready', headers), 200);
  }
  for (const headers of [{}, { host: 'localhost' }, { host: own, origin: `http://${own}` }]) {
    assert.equal(await statusFor(relay, '/admin/jobs', headers), 200);
  }
});

test('dead letters are found, retried and discarded, and Redis has no say in it', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(NO_RETRIES);
  const root = randomBytes(32);
  const body = makeBody({ root });
  const id = await failedJob(relay, body);
  const other = await failedJob(relay, rootless());
  await world.redis.ask('del', world.key('scheduled'), world.key('dead'));

  const letters = (await ask(relay, 'GET', '/admin/dead-letters?code=root_not_found')).data;
  assert.deepEqual(letters.jobs.map((job) => job.request_id), [other, id]);
  assert.equal(letters.next_cursor, null);
  const page = (await ask(relay, 'GET', '/admin/dead-letters?limit=1')).data;
  const rest = (await ask(relay, 'GET', `/admin/dead-letters?limit=1&cursor=${page.next_cursor}`)).data;
  assert.deepEqual([...page.jobs, ...rest.jobs].map((job) => job.request_id), [other, id]);
  const found = (await ask(relay, 'GET', `/admin/jobs?nullifier=${body.public_inputs.nf}`)).data.jobs;
  assert.deepEqual(found.map((job) => [job.request_id, job.last_error.code]), [[id, 'root_not_found']]);

  const record = (await ask(relay, 'GET', `/admin/jobs/${id}`)).data;
  assert.equal(record.history.length, 1);
  assert.equal(record.transactions.length, 1);
  assert.deepEqual(record.timeline.map((one) => one.event), ['accepted', 'claimed', 'signed', 'attempt_failed', 'failed']);
  assert.ok(!('payload' in record) && !JSON.stringify(record).includes(body.outputs[0].recipient));
  const full = (await ask(relay, 'GET', `/admin/jobs/${id}?payload=true`)).data;
  assert.deepEqual(full.payload.outputs, body.outputs);
  const bySignature = `/admin/jobs?signature=${record.transactions[0].signature}`;
  assert.equal((await ask(relay, 'GET', bySignature)).data.jobs[0].request_id, id);

  await rpc(world.url, 'localnet_pushRoot', root.toString('hex'));
  const retried = await ask(relay, 'POST', `/admin/dead-letters/${id}/retry`);
  assert.deepEqual([retried.status, retried.data], [200, { request_id: id, status: 'queued' }]);
  const job = await relay.outcome(id);
  await world.assertPaidOnce(body, job);
  const again = await ask(relay, 'POST', `/admin/dead-letters/${id}/retry`);
  assert.deepEqual([again.status, again.error.code], [409, 'not_failed']);

  assert.equal((await ask(relay, 'POST', `/admin/dead-letters/${other}/discard`)).status, 200);
  assert.deepEqual((await ask(relay, 'GET', '/admin/dead-letters')).data.jobs, []);
  assert.equal((await relay.status(other)).status, 'failed');
  const { changes } = (await ask(relay, 'GET', '/admin/audit')).data;
  assert.deepEqual(
    changes.map((one) => [one.who, one.action, one.request_id]),
    [['anonymous', 'discard', other], ['anonymous', 'retry', id]],
  );
});

test('a dead letter whose nullifier was posted anew is not retried', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(NO_RETRIES);
  const nullifier = randomBytes(32);
  const id = await failedJob(relay, makeBody({ nullifier, spoil: true }));
  const good = makeBody({ nullifier });
  const second = await relay.accept(good);
  await world.assertPaidOnce(good, await relay.outcome(second));
  const answer = await ask(relay, 'POST', `/admin/dead-letters/${id}/retry`);
  assert.deepEqual([answer.status, answer.error.code, answer.error.request_id], [409, 'nullifier_conflict', second]);
  const bulk = (await ask(relay, 'POST', '/admin/dead-letters/retry')).data;
  assert.deepEqual([bulk.count, bulk.skipped[0].reason, bulk.skipped[0].other_request_id], [0, 'nullifier_conflict', second]);
});

test('a bulk retry says first what it would do', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(NO_RETRIES);
  const bodies = [rootless(), rootless(), rootless()];
  const ids = [];
  for (const body of bodies) ids.push(await failedJob(relay, body));
  const proofless = await failedJob(relay, makeBody({ spoil: true }));
  const choice = { code: 'root_not_found', limit: 2 };
  const would = (await ask(relay, 'POST', '/admin/dead-letters/retry', { body: { ...choice, dry_run: true } })).data;
  assert.deepEqual([would.dry_run, would.jobs.map((one) => one.request_id)], [true, [ids[2], ids[1]]]);
  assert.deepEqual((await ask(relay, 'GET', '/admin/audit')).data.changes, []);
  const young = { code: 'root_not_found', older_than: '1h' };
  assert.equal((await ask(relay, 'POST', '/admin/dead-letters/retry', { body: young })).data.count, 0);

  for (const body of bodies) await rpc(world.url, 'localnet_pushRoot', body.public_inputs.root);
  assert.equal((await ask(relay, 'POST', '/admin/dead-letters/retry', { body: choice })).data.count, 2);
  assert.equal((await ask(relay, 'POST', '/admin/dead-letters/retry', { body: choice })).data.count, 1);
  for (const [index, id] of ids.entries()) await world.assertPaidOnce(bodies[index], await relay.outcome(id));
  const left = (await ask(relay, 'GET', '/admin/dead-letters')).data.jobs;
  assert.deepEqual(left.map((job) => job.request_id), [proofless]);
});

test('a retry of a withdraw that can never be paid fails again with its reason', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(NO_RETRIES);
  const body = makeBody({ spoil: true });
  const id = await failedJob(relay, body);
  assert.equal((await ask(relay, 'POST', `/admin/dead-letters/${id}/retry`)).status, 200);
  await until('it has failed again', async () => {
    const record = (await ask(relay, 'GET', `/admin/jobs/${id}`)).data;
    return record.history.length === 2 && record.status === 'failed';
  });
  assert.equal((await relay.status(id)).error_code, 'proof_invalid');
  await world.assertNotPaid(body);
});

test('a bad parameter is refused with its name and the fix', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  for (const [path, field] of [
    ['/admin/jobs?status=dead', 'status'],
    ['/admin/jobs?sort=up', 'sort'],
    ['/admin/jobs?older_than=yesterday', 'older_than'],
    ['/admin/dead-letters?cursor=x', 'cursor'],
    ['/admin/dead-letters?limit=0', 'limit'],
    ['/admin/jobs/nonsense', 'request_id'],
    ['/admin/audit?limit=x', 'limit'],
  ]) {
    const answer = await ask(relay, 'GET', path);
    assert.deepEqual([answer.status, answer.error.code, answer.error.field], [400, 'invalid_field', field], path);
  }
  for (const body of [{ dry_run: 'yes' }, { limit: 1.5 }, { code: 1 }, { unknown: 'x' }, []]) {
    assert.equal((await ask(relay, 'POST', '/admin/dead-letters/retry', { body })).status, 400, JSON.stringify(body));
  }
  const nobody = '00000000-0000-7000-8000-000000000000';
  assert.equal((await ask(relay, 'GET', `/admin/jobs/${nobody}`)).status, 404);
  assert.equal((await ask(relay, 'POST', `/admin/dead-letters/${nobody}/discard`)).status, 404);
});
