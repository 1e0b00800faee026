// What proves that a transaction can never land, where the nodes that are asked are slots behind the
// nodes that tell the height: nothing is signed anew, and no withdraw is called failed, on less.
// Slots of 100 ms: a transaction's last block then comes when the relay may first look for a proof.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../harness/waiting.mjs';
import { World } from '../harness/world.mjs';
import { assertOneAtATime, sendUnder, setFaults, untilSent } from './support.mjs';

const statuses = { methods: ['getSignatureStatuses'] };
const lag = (slots, node = 'all') => ({ node, fault: 'lag', slots, ...statuses });
const drop = { node: 'all', fault: 'drop' };
const holdLast = { node: 'all', fault: 'hold', until: 'last' };

/** It was paid by its first transaction, at no retry's cost, and there never was another. */
async function assertPaidByItsFirst(world, relay, body, id) {
  const job = await relay.outcome(id);
  assert.equal(job.retry_count, 0);
  await world.assertPaidOnce(body, job);
  assert.equal((await world.transactionsOf(body)).length, 1);
}

describe('evidence', { concurrency: true }, () => {
  const setups = {
    'two nodes': { nodes: 2, faults: [lag(40)] },
    'two nodes, one of them of last year': {
      nodes: 2,
      faults: [lag(40), { node: 0, fault: 'ignores_min_context_slot' }],
    },
    'one address that is many nodes': { backends: [[0, 40]], faults: [] },
  };
  for (const [name, { faults, ...network }] of Object.entries(setups)) {
    test(`statuses forty slots late cost nobody a payment: ${name}`, async (t) => {
      const world = await World.start(t, { slotMs: 100, ...network });
      const relay = await world.relay();
      const late = await sendUnder(world, relay, [...faults, holdLast], 3);
      const [lost] = await sendUnder(world, relay, [...faults, drop], 1);
      await untilSent(world, lost.body, 2);
      await setFaults(world, ...faults);
      for (const { body, id } of late) await assertPaidByItsFirst(world, relay, body, id);
      await world.assertPaidOnce(lost.body, await relay.outcome(lost.id));
      await assertOneAtATime(world, lost.body);
    });
  }

  test('without proof a withdraw waits, says so, and goes on when there is one', async (t) => {
    const world = await World.start(t, { nodes: 2, slotMs: 100 });
    const relay = await world.relay();
    const [late] = await sendUnder(world, relay, [lag(400), holdLast], 1);
    const [lost] = await sendUnder(world, relay, [lag(400), drop], 1);
    for (const { id } of [late, lost]) {
      const waiting = await until(
        'it says that it waits for the proof',
        async () => {
          const job = await relay.status(id);
          return job.error_code === 'proof_of_expiry' && job;
        },
        60,
      );
      assert.ok(['queued', 'processing'].includes(waiting.status), JSON.stringify(waiting));
      assert.equal(waiting.waiting_for, 'proof_of_expiry');
      assert.equal(waiting.tx_id, null);
      assert.equal(waiting.retry_count, 0);
    }
    const [{ outcome }] = await world.transactionsOf(late.body);
    assert.equal(outcome, 'landed'); // which no node tells yet
    assert.equal((await world.transactionsOf(lost.body)).length, 1);

    await setFaults(world);
    await assertPaidByItsFirst(world, relay, late.body, late.id);
    const job = await relay.outcome(lost.id);
    assert.equal(job.retry_count, 0);
    await world.assertPaidOnce(lost.body, job);
    assert.equal(await assertOneAtATime(world, lost.body), 2);
  });

  test('a relay that starts in the midst of it judges no sooner', async (t) => {
    const world = await World.start(t, { slotMs: 100 });
    const first = await world.relay();
    const [late] = await sendUnder(world, first, [lag(40), holdLast], 1);
    const [lost] = await sendUnder(world, first, [lag(40), drop], 1);
    await first.kill();
    const relay = await world.relay();
    await untilSent(world, lost.body, 2);
    await setFaults(world, lag(40));
    await assertPaidByItsFirst(world, relay, late.body, late.id);
    await world.assertPaidOnce(lost.body, await relay.outcome(lost.id));
    await assertOneAtATime(world, lost.body);
  });
});
