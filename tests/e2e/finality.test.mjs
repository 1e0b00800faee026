// Clusters and nodes of different ages: how blocks become final, and what nodes can tell of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { assertOneAtATime, sendUnder, setFaults, untilSent } from './support.mjs';

const drop = { node: 'all', fault: 'drop' };
const holdLast = { node: 'all', fault: 'hold', until: 'last' };
const finalizedSlot = (world) =>
  rpc(world.network.control.url, 'getSlot', { commitment: 'finalized' });

async function pay(world, relay) {
  const body = makeBody();
  const job = await relay.outcome(await relay.accept(body));
  assert.equal(job.retry_count, 0);
  await world.assertPaidOnce(body, job);
  assert.equal((await world.transactionsOf(body)).length, 1);
  return job;
}

/** What lands last is paid once; what is dropped is signed anew, and no sooner than it may be. */
async function judgesRightly(world, relay, faults = []) {
  const [late] = await sendUnder(world, relay, [...faults, holdLast], 1);
  const [lost] = await sendUnder(world, relay, [...faults, drop], 1);
  await untilSent(world, lost.body, 2);
  await setFaults(world, ...faults);
  for (const { body, id } of [late, lost]) {
    const job = await relay.outcome(id);
    assert.equal(job.retry_count, 0);
    await world.assertPaidOnce(body, job);
    await assertOneAtATime(world, body);
  }
  assert.equal((await world.transactionsOf(late.body)).length, 1);
}

describe('finality', { concurrency: true }, () => {
  for (const finality of ['alpenglow', 'tower']) {
    test(`on ${finality} a withdraw is completed when its block is final`, async (t) => {
      const world = await World.start(t, { finality });
      const relay = await world.relay();
      const { slot } = await pay(world, relay);
      assert.ok((await finalizedSlot(world)) >= slot);
    });

    test(`on ${finality} the last block is waited for, statuses forty slots late`, async (t) => {
      const world = await World.start(t, { finality, nodes: 2, slotMs: 100 });
      const relay = await world.relay();
      await judgesRightly(world, relay, [
        { node: 'all', fault: 'lag', slots: 40, methods: ['getSignatureStatuses'] },
      ]);
    });
  }

  test('on tower what a fork takes back is sent again', async (t) => {
    const world = await World.start(t, { finality: 'tower' });
    const relay = await world.relay();
    const body = makeBody();
    const id = await relay.accept(body);
    await until('it has landed', async () => (await world.transactionsOf(body))[0]?.outcome === 'landed');
    const { taken } = await rpc(world.network.control.url, 'localnet_fork', 20, { confirmed: true });
    assert.equal(taken.length, 1);
    const job = await relay.outcome(id);
    assert.equal(job.retry_count, 0);
    await world.assertPaidOnce(body, job);
    await assertOneAtATime(world, body);
    assert.ok((await finalizedSlot(world)) >= job.slot);
  });

  test('a node that refuses `confirmed` is asked for `finalized`', async (t) => {
    const world = await World.start(t, { nodes: 2, slotMs: 100 });
    const faults = [{ node: 'all', fault: 'refuses_commitment', level: 'confirmed' }];
    await setFaults(world, ...faults);
    const relay = await world.relay({ RELAY_SOLANA_COMMITMENT: 'confirmed' });
    await pay(world, relay);
    await judgesRightly(world, relay, faults);
  });

  test('a node that begins to refuse `confirmed` stops nothing', async (t) => {
    const world = await World.start(t);
    const relay = await world.relay({ RELAY_SOLANA_COMMITMENT: 'confirmed' });
    await pay(world, relay);
    await setFaults(world, { node: 0, fault: 'refuses_commitment', level: 'confirmed' });
    await pay(world, relay);
    assert.equal((await relay.get('/health')).data.status, 'ok');
  });

  for (const [name, faults] of Object.entries({
    'keep no history': [{ node: 'all', fault: 'no_history' }],
    'know no minContextSlot': [{ node: 'all', fault: 'ignores_min_context_slot' }],
    'know nothing of Alpenglow': [{ node: 'all', fault: 'no_ag_genesis_cert' }],
    'are of last year, on tower': [{ node: 'all', preset: 'old' }],
    'are on a cheap plan': [{ node: 'all', preset: 'cheap' }],
    'are a pool': [{ node: 'all', preset: 'pool' }],
  })) {
    test(`nodes that ${name} prove what they can`, async (t) => {
      const finality = name.includes('tower') ? 'tower' : 'alpenglow';
      const world = await World.start(t, { nodes: 2, slotMs: 100, finality });
      await setFaults(world, ...faults);
      const relay = await world.relay();
      await pay(world, relay);
      await judgesRightly(world, relay, faults);
    });
  }
});
