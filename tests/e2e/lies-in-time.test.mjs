// A height or a life that is told wrong hurries no second transaction, and stops none for ever.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { World } from '../harness/world.mjs';
import { assertOneAtATime, sendUnder, setFaults, untilSent } from './support.mjs';

const drop = { node: 'all', fault: 'drop' };

const finalizedHeight = (world) =>
  rpc(world.network.control.url, 'getBlockHeight', { commitment: 'finalized' });

describe('a lie', { concurrency: true }, () => {
  // A transaction lives for 30 s here, and 15 s are the least the relay waits: a lie of a hundred
  // blocks that is believed makes it sign anew too soon.
  const beside = { nodes: 2, slotMs: 200 };
  const alone = { nodes: 1, slotMs: 200 };
  const tempting = [
    [beside, { fault: 'wrong_height', add: 100 }],
    [beside, { fault: 'wrong_height', add: 140 }],
    [beside, { fault: 'wrong_last_valid', add: -100 }],
    [beside, { fault: 'wrong_slot', add: 1_000 }],
    [alone, { fault: 'wrong_height', add: 100 }],
    [alone, { fault: 'wrong_last_valid', add: -100 }],
    [{ nodes: 1, slotMs: 100 }, { fault: 'wrong_last_valid', add: 100 }],
  ];
  for (const [network, lie] of tempting) {
    const { nodes } = network;
    test(`${JSON.stringify(lie)}, one of ${nodes}, makes nothing be signed too soon, or never`, async (t) => {
      const world = await World.start(t, network);
      const lies = { node: 0, ...lie };
      await setFaults(world, lies);
      const misled = await world.relay();
      // At several ages of what the relay last heard of the height.
      const sent = [];
      for (let count = 0; count < 5; ++count) {
        sent.push(...(await sendUnder(world, misled, [drop, lies], 1)));
        const begun = await finalizedHeight(world);
        await until('some blocks later', async () => (await finalizedHeight(world)) >= begun + 6);
      }
      for (const { body } of sent) await untilSent(world, body, 2, 120);
      await setFaults(world, lies);
      for (const { body, id } of sent) {
        const job = await misled.outcome(id, 90);
        assert.equal(job.retry_count, 0);
        await world.assertPaidOnce(body, job);
        await assertOneAtATime(world, body);
      }
    });
  }

  for (const [network, p] of [[beside, 1], [alone, 1], [alone, 0.5]]) {
    const name = `of ${network.nodes}, ${p * 100} % of the time, once a transaction is sent, hurries nothing`;
    test(name, async (t) => {
      const world = await World.start(t, network);
      const relay = await world.relay();
      const [lost] = await sendUnder(world, relay, [drop], 1);
      await setFaults(world, drop, { node: 0, fault: 'wrong_height', add: 100, p });
      const [{ lastValidBlockHeight }] = await world.transactionsOf(lost.body);
      await until('it is dead', async () => {
        return (await finalizedHeight(world)) >= lastValidBlockHeight + 2;
      }, 120);
      await setFaults(world);
      const job = await relay.outcome(lost.id, 90);
      assert.equal(job.retry_count, 0);
      await world.assertPaidOnce(lost.body, job);
      await assertOneAtATime(world, lost.body);
    });
  }
});
