// Clients that hold /status?wait open: many of them, gone ones, and those whose job another relay pays.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

/** An open wait: its socket, and what has come back. */
function openWait(relay, id, seconds = 30) {
  const { hostname, port } = new URL(relay.http);
  const wait = { text: '' };
  wait.connected = new Promise((resolve, reject) => {
    wait.socket = connect(Number(port), hostname, () => {
      wait.socket.write(`GET /status/${id}?wait=${seconds} HTTP/1.1\r\nHost: x\r\n\r\n`);
      resolve();
    });
    wait.socket.on('error', reject);
    wait.socket.on('data', (data) => (wait.text += data));
  });
  return wait;
}

async function openWaits(t, relay, id, count) {
  const waits = [];
  t.after(() => waits.forEach((wait) => wait.socket.destroy()));
  while (waits.length < count) {
    const some = Array.from({ length: Math.min(256, count - waits.length) }, () => openWait(relay, id));
    waits.push(...some);
    await Promise.all(some.map((wait) => wait.connected));
  }
  return waits;
}

const waiting = (relay, count) =>
  until(`${count} wait`, async () => (await relay.metric('relay_http_waiters')) === count, 20);

/** A job that nobody pays. */
async function idleJob(world, settings = {}) {
  const relay = await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '0', ...settings });
  return { relay, id: await relay.accept(makeBody()) };
}

test('half of the connections may wait, and who finds no place hears what there is', async (t) => {
  const world = await World.start(t);
  const { relay, id } = await idleJob(world, { RELAY_HTTP_MAX_CONNECTIONS: '40' });
  await openWaits(t, relay, id, 20);
  await waiting(relay, 20);
  assert.equal(await relay.metric('relay_http_waiters_max'), 20);
  const began = performance.now();
  const job = await relay.status(id, 30);
  assert.equal(job.status, 'queued');
  assert.ok(performance.now() - began < 2_000);
  assert.equal((await relay.post(makeBody())).status, 202);
});

test('a wait ends when its client hangs up, whatever else it sent', async (t) => {
  const world = await World.start(t);
  const { relay, id } = await idleJob(world, { RELAY_HTTP_MAX_CONNECTIONS: '80' });
  const waits = await openWaits(t, relay, id, 40);
  await waiting(relay, 40);
  waits[0].socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'); // more requests, and then nobody
  await pause(200);
  assert.equal(await relay.metric('relay_http_waiters'), 40, 'a client that sends more still waits');
  waits.slice(1, 20).forEach((wait) => wait.socket.destroy());
  waits.slice(20).forEach((wait) => wait.socket.resetAndDestroy());
  await until('the abandoned waits are given up', async () => (await relay.metric('relay_http_waiters')) === 1, 1);
  waits[0].socket.destroy();
  await waiting(relay, 0);
});

test('who shuts but its sending side hears what there is', async (t) => {
  const world = await World.start(t);
  const { relay, id } = await idleJob(world);
  const [wait] = await openWaits(t, relay, id, 1);
  await waiting(relay, 1);
  wait.socket.end();
  await until('it is answered', () => wait.text.includes('"queued"'), 2);
});

test('an outcome at another relay is told at once, and a lost listener costs a second', async (t) => {
  const world = await World.start(t);
  const api = await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  await world.relay(); // which pays
  await until('the relay listens', async () => (await api.metric('relay_outcomes_listening')) === 1);
  const late = async () => {
    const job = await api.status(await api.accept(makeBody()), 30);
    assert.equal(job.status, 'completed', JSON.stringify(job));
    return Date.now() - Date.parse(job.finished_at);
  };
  const times = [];
  for (let round = 0; round < 5; ++round) times.push(await late());
  times.sort((a, b) => a - b);
  t.diagnostic(`heard of after ${times} ms`);
  assert.ok(times[2] < 1_000, `${times}`);

  await world.query(
    `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '${world.name}' AND query LIKE 'LISTEN%'`,
  );
  await until('the listener is lost', async () => (await api.metric('relay_outcomes_listening')) === 0, 5);
  assert.ok((await late()) < 3_000);
  await until('the relay listens again', async () => (await api.metric('relay_outcomes_listening')) === 1, 10);
});

test('four thousand and ninety-six waits leave a POST as quick as it was', async (t) => {
  const world = await World.start(t);
  const { relay, id } = await idleJob(world, { RELAY_HTTP_MAX_CONNECTIONS: '9000', RELAY_LOG_LEVEL: 'info' });
  const measure = async () => {
    const bodies = Array.from({ length: 30 }, () => makeBody());
    const times = [];
    for (const body of bodies) {
      const began = performance.now();
      assert.equal((await relay.post(body)).status, 202);
      times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b);
  };
  await measure();
  const before = await measure();
  await openWaits(t, relay, id, 4_096);
  await waiting(relay, 4_096);
  const during = await measure();
  const told = (times) => `median ${times[15].toFixed(1)} ms, longest ${times[29].toFixed(1)} ms`;
  t.diagnostic(`a POST alone: ${told(before)}; beside 4,096 waits: ${told(during)}`);
  assert.ok(during[15] < 250, told(during));
  assert.equal((await relay.get(`/status/${randomUUID()}?wait=30`)).status, 404);
});
