// What a withdraw says of why it did not come through: whose account it was, and what was missing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import * as base58 from '../localnet/src/base58.mjs';
import { parseTransaction } from '../localnet/src/wire.mjs';
import { setFaults, unwatched } from './support.mjs';

const once = { RELAY_RETRY_MAX: '0' };
const info = (world) => rpc(world.network.control.url, 'localnet_info');

/** The failed job of a withdraw that nobody was paid by. */
async function failure(world, relay, body, code) {
  const job = await relay.outcome(await relay.accept(body), 20);
  assert.deepEqual([job.status, job.error_code, job.tx_id], ['failed', code, null], JSON.stringify(job));
  await world.assertNotPaid(body);
  return job;
}

describe('reasons', { concurrency: true }, () => {
  test('a preflight that names an account by its place is told by whose it is', async (t) => {
    const world = await World.start(t, { nodes: 2 });
    const relay = await world.relay(once);
    const { pool, treasury, nullifierShard } = await info(world);
    const places = [
      ['pool_below_rent', () => pool, 1],
      ['treasury_below_rent', () => treasury, 2],
      ['shard_below_rent', () => nullifierShard, 3],
      ['recipient_below_rent', (body) => body.outputs[0].recipient, 4],
      ['recipient_below_rent', (body) => body.outputs[1].recipient, 5],
    ];
    for (const [code, address, index] of places) {
      const err = { InsufficientFundsForRent: { account_index: index } };
      await setFaults(world, { node: 'all', fault: 'preflight_says', err });
      const body = makeBody({ count: 2 });
      const job = await failure(world, relay, body, code);
      assert.ok(job.error, code);
      const [{ wire }] = await world.transactionsOf(body);
      const { keys } = parseTransaction(Buffer.from(wire, 'base64')).message;
      assert.equal(base58.encode(keys[index]), address(body), 'the test names the right place');
    }
  });

  test('the runtime itself names a recipient or the pool that would keep too little', async (t) => {
    const world = await World.start(t);
    await setFaults(world, unwatched); // else the first would be refused at the door
    const relay = await world.relay(once);
    const { pool } = await info(world);
    await failure(world, relay, makeBody({ amount: 3_000_000n }), 'recipient_below_rent');
    await rpc(world.url, 'localnet_setBalance', pool, 1_000_000_000 + 1_000);
    await failure(world, relay, makeBody(), 'pool_below_rent');
    // Full again, the pool pays the same withdraw posted anew.
    await rpc(world.url, 'localnet_setBalance', pool, 10_000_000_000);
    const body = makeBody();
    await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
  });

  test('too few compute units are told as such', async (t) => {
    const world = await World.start(t);
    const relay = await world.relay({ ...once, RELAY_SOLANA_COMPUTE_UNIT_LIMIT: '20000' });
    const job = await failure(world, relay, makeBody(), 'compute_exceeded');
    assert.match(job.error, /RELAY_SOLANA_COMPUTE_UNIT_LIMIT|compute units/);
  });

  for (const nodes of [1, 2]) {
    test(`${nodes} node(s) that do not know the blockhash are sent it at once all the same`, async (t) => {
      const world = await World.start(t, { nodes, slotMs: 400 });
      const relay = await world.relay();
      await setFaults(world, { node: 'all', fault: 'preflight_says', err: 'BlockhashNotFound' });
      for (let count = 0; count < 3; ++count) {
        const body = makeBody();
        const job = await relay.outcome(await relay.accept(body));
        assert.equal(job.retry_count, 0);
        await world.assertPaidOnce(body, job);
        const [{ receivedSlot, landedSlot }, ...others] = await world.transactionsOf(body);
        assert.equal(others.length, 0);
        // The resend of what nobody has seen comes after 2.5 slots.
        assert.ok(landedSlot - receivedSlot < 3, `${landedSlot - receivedSlot} slots later`);
      }
    });
  }

  test('a payer that the runtime finds empty is an outage, and no retry is spent', async (t) => {
    const world = await World.start(t);
    const relay = await world.relay({ RELAY_SOLANA_MIN_BALANCE: '0' });
    await rpc(world.url, 'localnet_setBalance', world.payer, 1);
    const body = makeBody();
    const id = await relay.accept(body);
    const waiting = await until('it waits for funds', async () => {
      const job = await relay.status(id);
      return job.error_code && job;
    });
    assert.deepEqual([waiting.error_code, waiting.retry_count], ['payer_unfunded', 0]);
    await rpc(world.url, 'localnet_setBalance', world.payer, 1_000_000_000);
    await world.assertPaidOnce(body, await relay.outcome(id));
  });
});
