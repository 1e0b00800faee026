// Nodes that take and do nothing, refuse what others take, and limit the relay in their own words.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { setFaults } from './support.mjs';

const sends = { methods: ['sendTransaction'] };
const quick = { RELAY_SOLANA_RPC_TIMEOUT: '500ms' };

/** One withdraw, at no retry's cost: {job, transaction, seconds}. */
async function pay(world, relay, { body = makeBody(), id } = {}) {
  const start = Date.now();
  const job = await relay.outcome(id ?? (await relay.accept(body)), 30);
  const seconds = (Date.now() - start) / 1000;
  assert.equal(job.retry_count, 0);
  await world.assertPaidOnce(body, job);
  const [transaction, ...others] = await world.transactionsOf(body);
  assert.equal(others.length, 0);
  return { job, transaction, seconds };
}

/** Seconds a withdraw may take on a machine as busy as this: thrice what one does while all is well, and `more`. */
async function patience(world, relay, more = 2) {
  const { seconds } = await pay(world, relay);
  return 3 * seconds + more;
}

describe('a node that takes what never lands', { concurrency: 2 }, () => {
  test('delays by a few slots, and loses its place', async (t) => {
    const world = await World.start(t, { nodes: 2, slotMs: 100 });
    const relay = await world.relay();
    await setFaults(world, { node: 0, fault: 'drop' });
    const places = [];
    for (let count = 0; count < 8; ++count) {
      const { transaction } = await pay(world, relay);
      const slots = transaction.landedSlot - transaction.receivedSlot;
      assert.ok(slots <= 20, `${slots} slots until it landed`);
      places.push(transaction.node);
    }
    assert.equal(places[0], 0);
    assert.deepEqual(places.slice(-3), [1, 1, 1], `sent first to ${places}`);
  });

  test('and says nothing delays no more', async (t) => {
    const world = await World.start(t, { nodes: 2, slotMs: 100 });
    const relay = await world.relay(quick);
    const most = await patience(world, relay);
    await setFaults(world, { node: 0, fault: 'hang', ...sends });
    for (let count = 0; count < 3; ++count) {
      const { seconds } = await pay(world, relay);
      assert.ok(seconds < most, `${seconds} s`);
    }
  });
});

describe('a node that refuses', { concurrency: 3 }, () => {
  const codes = [-32602, -32003, -32601];
  test('sends is passed over, and no retry is spent', async (t) => {
    const world = await World.start(t, { nodes: 2 });
    for (const code of codes) {
      const relay = await world.relay();
      const most = await patience(world, relay);
      await setFaults(world, { node: 0, fault: 'refuses', code, ...sends });
      for (let count = 0; count < 2; ++count) {
        const { transaction, seconds } = await pay(world, relay);
        assert.equal(transaction.node, 1, String(code));
        assert.ok(seconds < most, `${code}: ${seconds} s`);
      }
      await relay.kill();
    }
  });

  for (const code of codes) {
    test(`sends with ${code}, as all others do, is an outage and no verdict`, async (t) => {
      const world = await World.start(t, { nodes: 2 });
      const relay = await world.relay();
      await setFaults(world, { node: 'all', fault: 'refuses', code, ...sends });
      const body = makeBody();
      const id = await relay.accept(body);
      const health = await relay.becomes('degraded');
      assert.ok(health.solana.reason);
      const job = await until('it waits', async () => {
        const now = await relay.status(id);
        return now.error_code && now;
      });
      assert.equal(job.retry_count, 0);
      assert.equal(job.status, 'queued');
      await setFaults(world);
      await pay(world, relay, { body, id });
      await relay.becomes('ok');
    });
  }

  for (const method of ['sendTransaction', 'getLatestBlockhash', 'getSignatureStatuses', 'getBalance']) {
    test(`one ${method} as unknown, and then no more, is asked again soon`, async (t) => {
      const world = await World.start(t);
      const relay = await world.relay();
      const most = await patience(world, relay, 6);
      await setFaults(world, { node: 0, fault: 'refuses', code: -32601, times: 1, methods: [method] });
      const body = makeBody();
      const id = await relay.accept(body);
      const over = async () => (await rpc(world.network.control.url, 'localnet_faults')).length === 0;
      await until(`${method} is refused`, over);
      // Also once what it told before is too old to sign with.
      for (const one of [{ body, id }, {}, {}, {}, {}]) {
        const { seconds } = await pay(world, relay, one);
        assert.ok(seconds < most, `${seconds} s`);
      }
    });
  }

  test('the payer by its own view alone is passed over', async (t) => {
    const world = await World.start(t, { nodes: 2 });
    const relay = await world.relay();
    const most = await patience(world, relay);
    await setFaults(world, { node: 0, fault: 'preflight_says', err: 'AccountNotFound' });
    for (let count = 0; count < 3; ++count) {
      const { seconds } = await pay(world, relay);
      assert.ok(seconds < most, `${seconds} s`);
    }
    assert.equal((await relay.get('/health')).data.status, 'ok');
  });

  test('to tell its cluster is believed where the operator has named it', async (t) => {
    const world = await World.start(t, { nodes: 2 });
    const genesis = await rpc(world.url, 'getGenesisHash');
    await setFaults(world, { node: 'all', fault: 'refuses', code: -32601, methods: ['getGenesisHash'] });
    const relay = await world.relay({ RELAY_SOLANA_GENESIS_HASH: genesis });
    await pay(world, relay);
    assert.equal((await relay.get('/health')).data.status, 'ok');
  });

  test('by commitment is asked at the level that it knows', async (t) => {
    const world = await World.start(t, { nodes: 2 });
    await setFaults(world, { node: 'all', fault: 'refuses_commitment', level: 'confirmed' });
    const relay = await world.relay({ RELAY_SOLANA_COMMITMENT: 'confirmed' });
    for (let count = 0; count < 2; ++count) await pay(world, relay);
    assert.equal((await relay.get('/health')).data.status, 'ok');
  });
});

describe('a node that limits', { concurrency: 2 }, () => {
  const limits = [
    { seconds: 1 },
    { retryAfter: null },
    { retryAfter: '-5' },
    { retryAfter: '99999999' },
    { retryAfter: 'soon' },
  ];
  test('one send stops no other withdraw', async (t) => {
    const world = await World.start(t);
    for (const limit of limits) {
      const text = JSON.stringify(limit);
      const relay = await world.relay();
      const most = await patience(world, relay);
      await setFaults(world, { node: 0, fault: 'http429', times: 1, ...limit, ...sends });
      const first = makeBody();
      const id = await relay.accept(first);
      await until(`${text}: it was limited`, async () =>
        (await rpc(world.network.control.url, 'localnet_faults')).length === 0);
      const { seconds } = await pay(world, relay);
      assert.ok(seconds < most, `${text}: the second took ${seconds} s`);
      await pay(world, relay, { body: first, id });
      assert.equal((await relay.get('/health')).data.status, 'ok', text);
      await relay.kill();
    }
  });

  test('for half a minute is spared so long, and the other does its work', async (t) => {
    const world = await World.start(t, { nodes: 2 });
    const relay = await world.relay();
    const most = await patience(world, relay);
    await setFaults(world, { node: 0, fault: 'http429', seconds: 30, times: 1, ...sends });
    for (let count = 0; count < 4; ++count) {
      const { transaction, seconds } = await pay(world, relay);
      assert.equal(transaction.node, 1);
      assert.ok(seconds < most, `${seconds} s`);
    }
  });

  const words = {
    'a bare -32007': { fault: 'bare_error', code: -32007 },
    'a bare -32007 with 429': { fault: 'bare_error', code: -32007, status: 429 },
    'a page with 403': { fault: 'html', status: 403 },
    'a page with 520': { fault: 'html', status: 520 },
  };
  test('in its own words is understood, alone or beside another', async (t) => {
    const worlds = [await World.start(t), await World.start(t, { nodes: 2 })];
    for (const world of worlds)
      for (const [name, fault] of Object.entries(words)) {
        const relay = await world.relay(quick);
        const most = await patience(world, relay, 6);
        await setFaults(world, { node: 0, ...fault, times: 6 });
        const { seconds } = await pay(world, relay);
        assert.ok(seconds < most, `${name}: ${seconds} s`);
        await setFaults(world);
        await relay.kill();
      }
  });

  test('signatures to five a call is asked for five at a time', async (t) => {
    const world = await World.start(t);
    const relay = await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '20' });
    await setFaults(
      world,
      { node: 0, fault: 'max_signatures', n: 5 },
      { node: 0, fault: 'hold', slots: 30 },
    );
    const bodies = Array.from({ length: 12 }, () => makeBody());
    const ids = await Promise.all(bodies.map((body) => relay.accept(body)));
    for (const [index, id] of ids.entries()) await pay(world, relay, { body: bodies[index], id });
    const asked = { method: 'getSignatureStatuses', outcome: 'refused' };
    const refused = await relay.metric('relay_rpc_calls_total', asked);
    assert.ok(refused >= 1, 'it was asked for more than five');
    assert.ok(refused <= 5, `${refused} refusals: it is remembered`);
  });
});
