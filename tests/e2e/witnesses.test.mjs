// Nodes that can do one thing and not another: what one cannot tell, another's word or a later answer
// makes up for, and nobody else is made to wait.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { assertOneAtATime, sendUnder, setFaults, untilSent } from './support.mjs';

const drop = { node: 'all', fault: 'drop' };
const noHistory = { node: 'all', fault: 'no_history' };
const refuses = (node, ...methods) => ({ node, fault: 'refuses', code: -32601, methods });
const READS = [
  ...['getEpochInfo', 'getLatestBlockhash', 'getSignatureStatuses', 'getBalance'],
  'getAgGenesisCert',
];

async function assertPaid(world, relay, { body, id }) {
  const job = await relay.outcome(id);
  assert.equal(job.retry_count, 0);
  await world.assertPaidOnce(body, job);
  await assertOneAtATime(world, body);
}

/** A transaction that is dropped under these faults is signed anew in time. */
async function signsAnew(world, relay, faults) {
  const [lost] = await sendUnder(world, relay, [...faults, drop], 1);
  await untilSent(world, lost.body, 2, 60);
  await setFaults(world, ...faults);
  await assertPaid(world, relay, lost);
}

describe('witnesses', { concurrency: true }, () => {
  for (const node of [0, 1]) {
    test(`node ${node} that tells no height leaves the proof to the other`, async (t) => {
      const world = await World.start(t, { nodes: 2, slotMs: 100 });
      const faults = [refuses(node, 'getEpochInfo')];
      await setFaults(world, ...faults);
      await signsAnew(world, await world.relay(), faults);
    });

    test(`node ${node} that only sends is used for that, and stops nothing`, async (t) => {
      const world = await World.start(t, { nodes: 2, slotMs: 100 });
      const genesis = await rpc(world.network.control.url, 'getGenesisHash');
      const faults = [refuses(node, 'getGenesisHash', ...READS)];
      await setFaults(world, ...faults);
      const relay = await world.relay({ RELAY_SOLANA_GENESIS_HASH: genesis });
      await signsAnew(world, relay, faults);
      assert.equal((await relay.get('/health')).data.status, 'ok');
    });
  }

  test('an old transaction and a node that hangs on statuses delay nobody else', async (t) => {
    const world = await World.start(t, { nodes: 2, slotMs: 200 });
    const relay = await world.relay({ RELAY_SOLANA_RPC_TIMEOUT: '25s' });
    const hold = { node: 'all', fault: 'hold', until: 'last' };
    const hang = { node: 1, fault: 'hang', methods: ['getSignatureStatuses'] };
    const [old] = await sendUnder(world, relay, [hold], 1);
    await setFaults(world, hang);
    const { created_at: created } = await relay.status(old.id);
    await until('it is old', () => Date.now() - Date.parse(created) > 15_500, 30);
    const waits = [];
    for (let count = 0; count < 6; ++count) {
      const body = makeBody();
      const start = Date.now();
      await assertPaid(world, relay, { body, id: await relay.accept(body) });
      waits.push((Date.now() - start) / 1000);
    }
    assert.ok(Math.max(...waits) < 12, `seconds until each was paid: ${waits}`);
    await setFaults(world);
    await assertPaid(world, relay, old);
  });

  test('without history, and after a restart, what is recent is proven all the same', async (t) => {
    const world = await World.start(t, { nodes: 2, slotMs: 100 });
    const first = await world.relay();
    const [lost] = await sendUnder(world, first, [noHistory, drop], 1);
    await first.kill();
    const relay = await world.relay();
    await untilSent(world, lost.body, 2, 60);
    await setFaults(world, noHistory);
    await assertPaid(world, relay, lost);
  });

  test('without history what may be forgotten is not taken for absent', async (t) => {
    const world = await World.start(t, { nodes: 2, slotMs: 100 });
    const first = await world.relay();
    const [paid] = await sendUnder(world, first, [noHistory, { node: 'all', fault: 'hold', slots: 20 }], 1);
    const [lost] = await sendUnder(world, first, [noHistory, drop], 1);
    await first.kill();
    await rpc(world.network.control.url, 'localnet_advance', 500);
    const [{ outcome }] = await world.transactionsOf(paid.body);
    assert.equal(outcome, 'landed'); // and no node's cache has it any more
    const relay = await world.relay();
    for (const { body, id } of [paid, lost]) {
      const waits = async () => (await relay.status(id)).error_code === 'proof_of_expiry';
      await until('it waits for the proof', waits, 60);
      assert.equal((await world.transactionsOf(body)).length, 1);
    }
    await setFaults(world); // a node with history is found
    for (const one of [paid, lost]) await assertPaid(world, relay, one);
    assert.equal((await world.transactionsOf(paid.body)).length, 1);
  });

  test('signatures one a call are asked for one at a time', async (t) => {
    const world = await World.start(t);
    await setFaults(world, { node: 0, fault: 'max_signatures', n: 1 }, { node: 0, fault: 'hold', slots: 20 });
    const relay = await world.relay();
    const bodies = Array.from({ length: 4 }, () => makeBody());
    const ids = await Promise.all(bodies.map((body) => relay.accept(body)));
    for (const [index, id] of ids.entries()) await assertPaid(world, relay, { body: bodies[index], id });
  });
});
