// Names that a name service never answers for: each costs a moment, and its own dependency alone.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const hanging = { LD_PRELOAD: process.env.RELAY_TEST_HANGING_NAMES };

/** Seconds until it is done, and what it gave. */
async function timed(work) {
  const began = Date.now();
  const value = await work();
  return { value, seconds: (Date.now() - began) / 1000 };
}

async function endsCleanly(relay) {
  const { value, seconds } = await timed(() => relay.kill('SIGTERM'));
  assert.deepEqual(value, { code: 0, signal: null }, relay.output);
  assert.ok(seconds < 8, `${seconds} s to end`);
}

async function paysWithin(world, relay, limit) {
  const body = makeBody();
  const { value, seconds } = await timed(async () => relay.outcome(await relay.accept(body)));
  await world.assertPaidOnce(body, value);
  assert.ok(seconds < limit, `${seconds} s`);
}

test("a node whose name hangs costs a moment, and the program's end does not wait for it", async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({
    ...hanging,
    RELAY_SOLANA_RPC_URLS: `http://node.hangs:8899,${world.url}`,
  });
  await paysWithin(world, relay, 10);
  await endsCleanly(relay);
});

test("jobs go on without a Redis whose name hangs", async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ ...hanging, RELAY_REDIS_URL: 'redis://redis.hangs:6379/0' });
  await paysWithin(world, relay, 8);
  await endsCleanly(relay);
});

test("of several Postgres hosts, one whose name hangs is passed over", async (t) => {
  const world = await World.start(t);
  const url = world.database.url.replace('?host=', '?host=postgres.hangs,');
  const relay = await world.relay({ ...hanging, RELAY_DATABASE_URL: url });
  await paysWithin(world, relay, 15);
  await endsCleanly(relay);
});

test('a Postgres whose name hangs is an outage, and its password no word of it', async (t) => {
  const world = await World.start(t);
  const url = 'postgresql://u:sec%25ret@postgres.hangs/d';
  const relay = await world.relay({ ...hanging, RELAY_DATABASE_URL: url });
  const said = () => until('it is told', () => relay.output.includes('event=database_awaited'));
  const { seconds } = await timed(said);
  assert.ok(seconds < 6, `${seconds} s`);
  assert.ok(!/sec.*ret/.test(relay.output), relay.output);
  await endsCleanly(relay);

  const malformed = world.launch({ RELAY_DATABASE_URL: 'postgresql://u:sec%zzret@127.0.0.1/d' });
  assert.equal((await malformed.exit()).code, 2);
  assert.ok(!/sec.*ret/.test(malformed.output), malformed.output);
});

test('a node that takes connections and says nothing holds up no withdraw for long', async (t) => {
  const world = await World.start(t);
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const relay = await world.relay({
    RELAY_SOLANA_RPC_URLS: `http://127.0.0.1:${silent.address().port},${world.url}`,
    RELAY_SOLANA_RPC_TIMEOUT: '2s',
  });
  await paysWithin(world, relay, 10);
  await relay.kill();
});
