// What a transaction asks for and bids, and that it lands where others want the same accounts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { budgetOf } from '../localnet/src/fees.mjs';
import { parseTransaction } from '../localnet/src/wire.mjs';
import { assertOneAtATime, setFaults } from './support.mjs';

/** More is wanted than there is room for, by bidders who all bid close to `price`. */
const market = (price) => ({ room: 3_000_000, bidders: { count: 40, median: price, sigma: 0.001 } });
const congest = (world, scenario) => rpc(world.network.control.url, 'localnet_congestion', scenario);

/** What each of a withdraw's transactions asked for and bid, in the order in which they were sent. */
async function budgets(world, body) {
  const all = await world.transactionsOf(body);
  return all.map(({ wire }) => budgetOf(parseTransaction(Buffer.from(wire, 'base64')).message));
}

/** Until nodes tell of the prices of some blocks. */
const untilTold = (world, price) =>
  until('the market is told', async () => {
    const { pool } = await rpc(world.network.control.url, 'localnet_info');
    const told = await rpc(world.url, 'getRecentPrioritizationFees', [pool]);
    return told.slice(-20).filter(({ prioritizationFee }) => prioritizationFee > price / 2).length > 18;
  });

describe('price', { concurrency: true }, () => {
  test('withdraws of as many outputs ask alike, for little more than they use, and bid the floor', async (t) => {
    const world = await World.start(t);
    const relay = await world.relay();
    const asked = [];
    for (let count = 0; count < 3; count += 1) {
      const body = makeBody();
      await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
      const [{ unitsConsumed }] = await world.transactionsOf(body);
      const [budget] = await budgets(world, body);
      assert.equal(budget.price, 10_000n);
      assert.ok(budget.units > unitsConsumed, `${budget.units} of ${unitsConsumed}`);
      assert.ok(Number(budget.units) < Number(unitsConsumed) * 1.25 + 10_001, `${budget.units} of ${unitsConsumed}`);
      assert.ok(budget.loadedBytes < 1024 * 1024, `${budget.loadedBytes} bytes`);
      asked.push(budget);
    }
    assert.deepEqual(asked, [asked[0], asked[0], asked[0]]);
  });

  test('the bid follows the market, and comes down after it', async (t) => {
    const world = await World.start(t, { congestion: market(100_000) });
    await untilTold(world, 100_000);
    const relay = await world.relay();
    const body = makeBody();
    await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
    const [{ price }] = await budgets(world, body);
    assert.ok(price === 120_000n || price === 130_000n, `${price}`);
    await congest(world, null);
    await until(
      'the floor is bid again',
      async () => {
        const later = makeBody();
        await world.assertPaidOnce(later, await relay.outcome(await relay.accept(later)));
        return (await budgets(world, later))[0].price === 10_000n;
      },
      30,
    );
  });

  test('while the market is above the cap a withdraw waits for the fee, and no retry is spent', async (t) => {
    const world = await World.start(t, { congestion: market(100_000) });
    await untilTold(world, 100_000);
    const relay = await world.relay({ RELAY_SOLANA_COMPUTE_UNIT_PRICE_CAP: '50000' });
    const body = makeBody();
    const id = await relay.accept(body);
    const waiting = await until('it waits for the fee', async () => {
      const job = await relay.status(id);
      return job.waiting_for === 'fee' && job;
    });
    assert.deepEqual([waiting.status, waiting.error_code, waiting.retry_count], ['queued', 'price_above_cap', 0]);
    assert.deepEqual(await world.transactionsOf(body), []);
    await congest(world, null);
    await world.assertPaidOnce(body, await relay.outcome(id));
  });

  test('who signs anew after an expiry bids half as much again', async (t) => {
    const world = await World.start(t, { congestion: { drops: 1 } });
    const relay = await world.relay();
    const body = makeBody();
    const id = await relay.accept(body);
    await until('another is signed', async () => (await world.transactionsOf(body)).length > 1);
    await congest(world, null);
    await world.assertPaidOnce(body, await relay.outcome(id));
    await assertOneAtATime(world, body);
    const prices = (await budgets(world, body)).map(({ price }) => price);
    assert.deepEqual(prices.slice(0, 2), [10_000n, 15_000n]);
  });

  test('of three nodes one may lie about the price, and any about the units', async (t) => {
    const world = await World.start(t, { nodes: 3, congestion: market(100_000) });
    await untilTold(world, 100_000);
    const preferred = { node: 0, methods: ['getRecentPrioritizationFees'] };
    await setFaults(
      world,
      { ...preferred, fault: 'wrong_prices', price: 1_000_000_000_000 },
      { node: 0, fault: 'wrong_units', units: 10 },
    );
    const relay = await world.relay({ RELAY_RETRY_BASE_DELAY: '1s' });
    const body = makeBody();
    await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
    // The first asked for too little, and was refused until its blockhash was too old.
    const [{ price }] = (await budgets(world, body)).slice(-1);
    assert.ok(price >= 120_000n && price <= 200_000n, `${price}`);
  });

  test('a fixed price and limit are what every transaction bids and asks for', async (t) => {
    const world = await World.start(t, { congestion: { drops: 1 } });
    const relay = await world.relay({
      RELAY_SOLANA_COMPUTE_UNIT_PRICE: '12345',
      RELAY_SOLANA_COMPUTE_UNIT_LIMIT: '345678',
    });
    const body = makeBody();
    const id = await relay.accept(body);
    await until('another is signed', async () => (await world.transactionsOf(body)).length > 1);
    await congest(world, null);
    await world.assertPaidOnce(body, await relay.outcome(id));
    for (const { price, units } of await budgets(world, body))
      assert.deepEqual([price, units], [12_345n, 345_678n]);
  });
});
