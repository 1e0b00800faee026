// The public listener towards clients that are wrong, slow or hostile.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { residentMib } from '../harness/processes.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

/** Sends raw bytes; everything that comes back until the relay closes, or nothing more is said. */
function raw(relay, bytes, { end = false } = {}) {
  const { hostname, port } = new URL(relay.http);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => (end ? socket.end(bytes) : socket.write(bytes)));
    socket.on('data', (data) => (text += data));
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
}

const statusOf = (text) => Number(text.split(' ')[1]);

test('wrong requests are told what is wrong', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const at = (path, options) => fetch(relay.http + path, options);

  assert.equal((await at('/nowhere')).status, 404);
  const wrong = await at('/withdraw');
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get('allow'), 'POST, OPTIONS');
  assert.equal((await at('/status/not-a-uuid')).status, 400);
  assert.equal((await at('/status/00000000-0000-0000-0000-000000000000')).status, 404);
  const form = await at('/withdraw', { method: 'POST', body: new URLSearchParams({ a: '1' }) });
  assert.equal(form.status, 415);
  const large = await relay.post('x'.repeat(20_000));
  assert.deepEqual([large.status, large.error.code], [413, 'body_too_large']);
  const invalid = await relay.post('{');
  assert.deepEqual([invalid.status, invalid.error.code], [400, 'invalid_json']);
  const swap = await relay.post({ ...makeBody(), swap: { to: 'USDC' } });
  assert.deepEqual([swap.status, swap.error.code, swap.error.field], [400, 'unsupported', 'swap']);

  assert.equal(statusOf(await raw(relay, 'nonsense\r\n\r\n')), 400);
  assert.equal(statusOf(await raw(relay, `GET / HTTP/1.1\r\nX: ${'y'.repeat(10_000)}\r\n\r\n`)), 431);
  const fee = await relay.get('/fee?amount=1000000000');
  assert.deepEqual(fee.data, { amount: 1_000_000_000, fee: 7_500_000, fee_bps: 75, net: 992_500_000 });
  assert.equal((await relay.get('/fee?amount=1.5')).error.field, 'amount');
});

test('each answer has these members and no others', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const members = (object) => Object.keys(object).sort().join(' ');
  const posted = await relay.post(makeBody());
  assert.equal(members(posted.data), 'message request_id status');
  assert.equal(members(await relay.status(posted.data.request_id)), [
    'completed_at created_at error error_code finished_at hint next_attempt_at request_id retry_count',
    'retryable slot started_at status tx_id updated_at waiting_for',
  ].join(' '));
  const root = (await relay.get('/')).data;
  assert.equal(members(root), 'endpoints fee limits name program_id proof_check relay version worker');
  assert.deepEqual([root.proof_check, root.worker], ['enforce', { state: 'running', until: null }]);
  const health = (await relay.get('/health')).data;
  assert.equal(members(health), 'postgres redis solana status worker');
  for (const part of ['postgres', 'redis']) assert.equal(members(health[part]), 'reason state');
  assert.equal(members(health.worker), 'in_flight reason state');
  const missing = (await relay.post('{}')).error;
  assert.equal(members(missing), 'code field hint message');
  assert.deepEqual([missing.field, missing.message], ['outputs', 'outputs is required']);
  const body = makeBody();
  body.outputs[0].amount = '1';
  assert.equal((await relay.post(body)).error.field, 'outputs[0].amount');
});

test('garbage of every kind leaves the relay serving', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const good = JSON.stringify(makeBody());
  const request = `POST /withdraw HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${good.length}\r\n\r\n${good}`;
  let seed = 7;
  const random = (most) => (seed = (seed * 1103515245 + 12345) % 2147483648) % most;
  for (let round = 0; round < 150; ++round) {
    const bytes = Buffer.from(request);
    for (let change = 0; change <= random(6); ++change) bytes[random(bytes.length)] = random(256);
    await raw(relay, bytes.subarray(0, random(bytes.length) + 1), { end: true });
  }
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
});

test('idle connections past the limit make room for those that work', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ RELAY_HTTP_MAX_CONNECTIONS: '50' });
  const { hostname, port } = new URL(relay.http);
  const idle = Array.from({ length: 300 }, () => connect(Number(port), hostname));
  for (const socket of idle) socket.on('error', () => {});
  t.after(() => idle.forEach((socket) => socket.destroy()));
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
});

test('slow headers and slow bodies are cut off, and others are served meanwhile', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const length = JSON.stringify(makeBody()).length;
  const slow = [
    raw(relay, 'POST /withdraw HTTP/1.1\r\nHost: x\r\n'),
    raw(relay, `POST /withdraw HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n{"out`),
  ];
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
  for (const text of await Promise.all(slow)) assert.equal(statusOf(text), 408, text);
});

test('ten thousand idle connections cost little and stop nobody', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const { hostname, port } = new URL(relay.http);
  const idle = [];
  t.after(() => idle.forEach((socket) => socket.destroy()));
  const open = () =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, resolve);
      socket.on('error', reject); // once it is open this does nothing: the relay closes those past its limit
      idle.push(socket);
    });
  for (let count = 0; count < 10_000; count += 500) await Promise.all(Array.from({ length: 500 }, open));
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
  assert.ok(residentMib(relay.pid) < 200, `${residentMib(relay.pid)} MiB`);
});

test('rate and backlog limits answer 429 and 503 with Retry-After', async (t) => {
  const world = await World.start(t);
  const limited = await world.relay({ RELAY_RATE_LIMIT: '2', RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  const bodies = Array.from({ length: 8 }, () => makeBody());
  const began = performance.now();
  const answers = await Promise.all(bodies.map((body) => limited.post(body)));
  const most = 2 + 2 * ((performance.now() - began) / 1000); // two at once, and two a second
  const accepted = answers.filter((answer) => answer.status === 202);
  const refused = answers.filter((answer) => answer.status === 429);
  assert.equal(accepted.length + refused.length, bodies.length);
  assert.ok(accepted.length >= 2 && accepted.length <= most, `${accepted.length} accepted, at most ${most}`);
  assert.ok(refused.every((answer) => Number(answer.headers.get('retry-after')) > 0));
  await limited.kill();

  const full = await world.relay({ RELAY_MAX_BACKLOG: '1', RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  let answer = await full.post(makeBody());
  for (let tries = 0; tries < 100 && answer.status === 202; ++tries) answer = await full.post(makeBody());
  assert.deepEqual([answer.status, answer.error.code], [503, 'backlog_full']);
});

test('CORS answers the origins that are configured, and no others', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ RELAY_HTTP_CORS_ORIGINS: 'https://wallet.example' });
  const preflight = (origin) =>
    fetch(`${relay.http}/withdraw`, { method: 'OPTIONS', headers: { origin } });
  const allowed = await preflight('https://wallet.example');
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://wallet.example');
  assert.equal((await preflight('https://other.example')).headers.get('access-control-allow-origin'), null);
});
