// What a scrape finds, and what the log does when nobody reads it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { required } from '../harness/environment.mjs';
import { Metrics } from '../harness/metrics.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const MOST_SERIES = 500;

const scrape = async (relay) => (await fetch(`${relay.admin}/metrics`)).text();
const seriesOf = (text) => text.split('\n').filter((line) => line && !line.startsWith('#'));

test('promtool finds nothing to say, and three nodes make fewer than 500 series', async (t) => {
  const world = await World.start(t, { nodes: 3 });
  const relay = await world.relay();
  const id = await relay.accept(makeBody());
  await relay.outcome(id);
  for (const path of ['/', '/health', '/fee?amount=1000000000', '/nowhere', '/fee']) await fetch(relay.http + path);
  await relay.post('{');
  await relay.post('x'.repeat(20_000));
  const text = await scrape(relay);
  const { status, stdout, stderr } = spawnSync(required('RELAY_TEST_PROMTOOL'), ['check', 'metrics'], { input: text });
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.equal(`${stdout}${stderr}`, '');
  const count = seriesOf(text).length;
  assert.ok(count < MOST_SERIES, `${count} series`);
});

test('what pages rely on is there from the start, and what was not read is absent', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const metrics = new Metrics(await scrape(relay));
  for (const [name, labels] of [
    ['relay_jobs_accepted_total', {}],
    ['relay_jobs_completed_total', {}],
    ['relay_jobs_failed_total', { code: 'proof_invalid' }],
    ['relay_jobs_failed_total', { code: 'root_not_found' }],
    ['relay_jobs_retried_total', { code: 'root_not_found' }],
    ['relay_jobs_requeued_total', { code: 'rpc_unavailable' }],
    ['relay_withdraws_refused_total', { code: 'invalid_json' }],
    ['relay_withdraws_refused_total', { code: 'nullifier_spent' }],
    ['relay_withdraws_refused_total', { code: 'recipient_below_rent' }],
    ['relay_jobs_requeued_total', { code: 'root_not_found' }],
    ['relay_transactions_signed_total', {}],
    ['relay_transactions_expired_total', {}],
    ['relay_sends_total', { kind: 'first' }],
    ['relay_sends_total', { kind: 'again' }],
    ['relay_log_lines_dropped_total', {}],
  ])
    assert.equal(metrics.sum(name, labels), 0, name);
  assert.equal(metrics.sum('relay_build_info'), 1);
  assert.equal(metrics.sum('relay_places'), 10);
  assert.ok(metrics.sum('relay_http_connections', { listener: 'admin' }) >= 1);

  const blind = await world.relay({ RELAY_SOLANA_RPC_URLS: 'http://127.0.0.1:1' });
  await until('it has looked', async () => new Metrics(await scrape(blind)).has('relay_postgres_up'));
  assert.ok(!new Metrics(await scrape(blind)).has('relay_payer_balance_lamports'));
});

test('requests are counted by route, refusals by code, transactions by what became of them', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const id = await relay.accept(makeBody());
  await relay.outcome(id);
  await relay.post('{');
  await relay.post('x'.repeat(20_000));
  const metrics = new Metrics(await scrape(relay));
  const requests = (labels) => metrics.sum('relay_http_requests_total', labels);
  assert.equal(requests({ listener: 'public', route: '/withdraw', method: 'POST', code: '202' }), 1);
  assert.equal(requests({ listener: 'public', route: '/withdraw', method: 'POST', code: '400' }), 1);
  assert.equal(requests({ listener: 'public', route: 'none', method: 'POST', code: '413' }), 1);
  assert.ok(requests({ listener: 'public', route: '/status/{request_id}', code: '200' }) >= 1);
  assert.equal(metrics.sum('relay_withdraws_refused_total', { code: 'invalid_json' }), 1);
  assert.equal(metrics.sum('relay_withdraws_refused_total', { code: 'body_too_large' }), 1);
  assert.equal(metrics.sum('relay_transactions_signed_total'), 1);
  assert.equal(metrics.sum('relay_sends_total', { kind: 'first' }), 1);
  assert.equal(metrics.sum('relay_accept_to_completed_seconds_count'), 1);
});

/** serve with its log in a pipe, of which this process reads what the test says. */
async function serve(t, world, settings = {}) {
  const child = spawn(required('RELAY_TEST_RELAYD'), ['serve'], {
    env: { PATH: process.env.PATH, ...world.settings(), RELAY_HTTP_PORT: '0', RELAY_ADMIN_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let head = '';
  child.stdout.setEncoding('utf8');
  const ports = await new Promise((resolve) => {
    child.stdout.on('data', function read(text) {
      head += text;
      const found = /relayd serving.* http=\S+:(\d+) admin=\S+:(\d+)/.exec(head);
      if (found && head.includes('event=working')) {
        child.stdout.off('data', read);
        child.stdout.pause();
        resolve(found);
      }
    });
  });
  return { child, http: `http://127.0.0.1:${ports[1]}`, admin: `http://127.0.0.1:${ports[2]}` };
}

test('a log that nobody reads, and one whose reader is gone, stop and end nothing', async (t) => {
  const world = await World.start(t);
  const relay = await serve(t, world, { RELAY_LOG_LEVEL: 'debug', RELAY_WORKER_MAX_CONCURRENT_JOBS: '500' });
  const post = async () => {
    const body = JSON.stringify(makeBody());
    const headers = { 'content-type': 'application/json' };
    assert.equal((await fetch(`${relay.http}/withdraw`, { method: 'POST', headers, body })).status, 202);
  };
  const dropped = async () => new Metrics(await scrape(relay)).sum('relay_log_lines_dropped_total');
  for (let round = 0; round < 60 && (await dropped()) === 0; round += 1) await Promise.all(Array.from({ length: 20 }, post));
  assert.ok((await dropped()) > 0, 'the pipe is full');
  assert.equal((await fetch(`${relay.admin}/health/live`)).status, 200);

  relay.child.stdout.destroy(); // its reader is gone
  await Promise.all(Array.from({ length: 20 }, post));
  assert.equal((await fetch(`${relay.admin}/health/live`)).status, 200);
  relay.child.kill('SIGTERM');
  assert.deepEqual(await once(relay.child, 'exit'), [0, null]);
});

test('SIGHUP is a clean end', async (t) => {
  const world = await World.start(t);
  const relay = await serve(t, world);
  relay.child.stdout.resume();
  relay.child.kill('SIGHUP');
  assert.deepEqual(await once(relay.child, 'exit'), [0, null]);
});
