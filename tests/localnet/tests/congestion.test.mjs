// Congestion: what lands by the auction, what nodes tell of it, and that a seed repeats it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import * as base58 from '../src/base58.mjs';
import { SCENARIOS } from '../src/scenarios.mjs';
import {
  SEND_UNCHECKED,
  ask,
  call,
  send,
  signWithdraw,
  startNetwork,
  unitLimit,
  unitPrice,
  withdrawParts,
} from './support.mjs';

const bid = (network, price, units = 400_000) =>
  signWithdraw(network, withdrawParts(), { budget: [unitLimit(units), unitPrice(price)] });
const outcomes = async (network) =>
  (await call(network.control.url, 'localnet_transactions')).map((one) => one.outcome);
const lastAuction = async (url) => (await call(url, 'localnet_auctions')).at(-1);

test('without a scenario there is no auction', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  assert.equal(await call(url, 'localnet_congestion'), null);
  assert.deepEqual(await call(url, 'localnet_auctions'), []);
  await send(url, bid(network, 0));
  await call(url, 'localnet_advance', 0);
  assert.deepEqual(await outcomes(network), ['landed']);
});

test('a block takes the highest prices first, by the units that were asked for', async (t) => {
  const network = await startNetwork(t, { congestion: { room: 1_000_000 } });
  const { url } = network.nodes[0];
  const prices = [10, 40, 20, 30];
  const withdraws = prices.map((price) => bid(network, price));
  for (const withdraw of withdraws) await send(url, withdraw);
  const small = bid(network, 1, 150_000); // fits beside two of 400,000
  await send(url, small);
  assert.deepEqual(await outcomes(network), Array(5).fill('pending'));
  await call(url, 'localnet_advance', 1);
  assert.deepEqual(await outcomes(network), ['pending', 'landed', 'pending', 'landed', 'landed']);
  const first = await lastAuction(url);
  assert.deepEqual(first, {
    slot: first.slot,
    bids: 5,
    landed: 3,
    ours: 3,
    left: 2,
    units: 950_000,
    lowest: 1,
    lowestBidder: null,
    clearing: 20,
  });
  const { value } = await call(url, 'getSignatureStatuses', [withdraws[1].signature]);
  assert.equal(value[0].slot, first.slot);
  const history = await call(url, 'getSignaturesForAddress', base58.encode(network.addresses.pool));
  assert.deepEqual(
    history.map((one) => one.signature),
    [small, withdraws[3], withdraws[1]].map((one) => one.signature),
    'in the order of the auction, newest first',
  );
  await call(url, 'localnet_advance', 1);
  assert.deepEqual(await outcomes(network), Array(5).fill('landed'));
  assert.equal((await lastAuction(url)).clearing, 0, 'there was room for all');
});

test('who waits beyond the life of the blockhash expires', async (t) => {
  const network = await startNetwork(t, { congestion: { room: 100_000 } });
  const { url } = network.nodes[0];
  await send(url, bid(network, 1_000_000));
  await call(url, 'localnet_advance', 150);
  assert.deepEqual(await outcomes(network), ['pending']);
  await call(url, 'localnet_advance', 3);
  assert.deepEqual(await outcomes(network), ['expired']);
});

test('the cheapest fall out of the queue and can be sent again', async (t) => {
  const network = await startNetwork(t, { congestion: { room: 0, queue: 2 } });
  const { url } = network.nodes[0];
  const cheap = bid(network, 1);
  for (const withdraw of [cheap, bid(network, 3), bid(network, 2)]) await send(url, withdraw);
  assert.deepEqual(await outcomes(network), ['outbid', 'pending', 'pending']);
  await call(url, 'localnet_congestion', { room: 10_000_000 });
  await send(url, cheap, SEND_UNCHECKED);
  await call(url, 'localnet_advance', 1);
  assert.deepEqual(await outcomes(network), ['landed', 'landed', 'landed']);
});

test('nodes tell the lowest price that landed, of bidders too', async (t) => {
  const network = await startNetwork(t, { congestion: 'storm' });
  const { url } = network.nodes[0];
  const accounts = ['pool', 'treasury', 'shard'].map((name) => base58.encode(network.addresses[name]));
  await call(url, 'localnet_advance', 100);
  const auctions = await call(url, 'localnet_auctions');
  const told = await call(url, 'getRecentPrioritizationFees', accounts);
  const bySlot = new Map(told.map((one) => [one.slot, one.prioritizationFee]));
  assert.ok(auctions.length > 80 && auctions.length < 100, 'some slots are skipped');
  const slots = auctions.map(({ slot }) => slot);
  assert.ok(told.every(({ slot }) => slot < slots[0] || slots.includes(slot)));
  for (const { slot, lowest } of auctions) assert.equal(bySlot.get(slot), lowest);
  const everywhere = await call(url, 'getRecentPrioritizationFees', []);
  assert.ok(everywhere.every((one) => one.prioritizationFee === 0));
});

test('a seed draws the same bidders whatever is sent', async (t) => {
  const scenario = { ...SCENARIOS.busy, skipped: 0, seed: 7 };
  const seen = [];
  for (const sends of [0, 3]) {
    const network = await startNetwork(t, { congestion: scenario });
    for (let i = 0; i < sends; i++) await send(network.nodes[0].url, bid(network, 0));
    await call(network.nodes[0].url, 'localnet_advance', 40);
    const blocks = await call(network.nodes[0].url, 'localnet_auctions');
    seen.push(blocks.map(({ clearing, units, landed }) => [clearing, units, landed]));
  }
  assert.deepEqual(seen[1].slice(-5), seen[0].slice(-5));
});

test('the named scenarios are what their words say', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const clearing = async (scenario, slots) => {
    await call(url, 'localnet_congestion', scenario);
    await call(url, 'localnet_advance', slots);
    return (await call(url, 'localnet_auctions')).map((block) => block.clearing);
  };
  const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
  assert.ok((await clearing('calm', 200)).filter((price) => price > 0).length < 5);
  const busy = await clearing('busy', 400);
  assert.ok(mean(busy) > 3_000 && mean(busy) < 10_000, mean(busy));
  const storm = await clearing('storm', 650);
  const [early, late] = [mean(storm.slice(20, 60)), mean(storm.slice(-40))];
  assert.ok(early > 50_000 && early < 110_000, early);
  assert.ok(late / early > 3 && late / early < 6, late / early);
  const squall = await clearing('squall', 400);
  const [before, after] = [mean(squall.slice(150, 230)), mean(squall.slice(270, 330))];
  assert.ok(before > 6_000 && before < 12_000, before);
  assert.ok(after / before > 15 && after / before < 25, after / before);
});

test('bursts come and go', async (t) => {
  const bursts = { times: 10, every: 20, slots: 5 };
  const congestion = { bidders: { count: 30, median: 100, sigma: 0 }, bursts, room: 1_000_000 };
  const network = await startNetwork(t, { congestion });
  await call(network.control.url, 'localnet_advance', 40);
  const blocks = await call(network.control.url, 'localnet_auctions');
  const lowest = blocks.map((block) => block.lowest);
  assert.deepEqual([lowest[10], lowest[16], lowest[36]], [100, 1_000, 1_000]);
});

test('sends are lost before any leader sees them, unless they have a way of their own', async (t) => {
  const network = await startNetwork(t, { congestion: { drops: 1 } });
  const { url } = network.nodes[0];
  const withdraw = bid(network, 1);
  assert.equal((await send(url, withdraw)).result, withdraw.signature);
  assert.deepEqual(await outcomes(network), ['dropped']);
  assert.equal(await call(url, 'localnet_deliver', withdraw.wire), withdraw.signature);
  await call(url, 'localnet_advance', 1);
  assert.deepEqual(await outcomes(network), ['landed']);
});

test('late slots take three times as long', async (t) => {
  const network = await startNetwork(t, { slotMs: 20, congestion: { late: 1 } });
  const first = network.chain.blocks.slot;
  const began = performance.now();
  while (network.chain.blocks.slot < first + 6) await pause(5);
  // The first was begun before its length was drawn.
  assert.ok(performance.now() - began > 5 * 60 - 20);
});

test('what waits goes on when the congestion ends', async (t) => {
  const network = await startNetwork(t, { congestion: { room: 0 } });
  const { url } = network.nodes[0];
  await send(url, bid(network, 1));
  await call(url, 'localnet_advance', 3);
  await call(url, 'localnet_congestion', null);
  await call(url, 'localnet_advance', 1);
  assert.deepEqual(await outcomes(network), ['landed']);
});

test('what a test holds takes part in the auction of its block', async (t) => {
  const network = await startNetwork(t, { congestion: {} });
  const { url } = network.nodes[0];
  await call(network.control.url, 'localnet_faults', [{ node: 0, fault: 'hold', slots: 3 }]);
  await send(url, bid(network, 1));
  await call(url, 'localnet_advance', 3);
  assert.deepEqual(await outcomes(network), ['pending']);
  await call(url, 'localnet_advance', 1);
  assert.deepEqual(await outcomes(network), ['landed']);
});

test('a scenario that cannot be is refused in words', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const wrong = {
    gale: 'no such scenario; there are calm, busy, storm, squall',
    room: [{ room: -1 }, 'room cannot be -1'],
    other: [{ rooms: 1 }, 'a scenario has no rooms'],
    bidders: [{ bidders: { units: [5, 1] } }, 'bidders.units cannot be [5,1]'],
    drift: [{ drift: { times: 2 } }, 'drift.slots is missing'],
    list: [[1], 'a scenario is a name or an object'],
  };
  for (const [name, given] of Object.entries(wrong)) {
    const [scenario, words] = Array.isArray(given) ? given : [name, given];
    const { error } = await ask(url, 'localnet_congestion', scenario);
    assert.deepEqual([error.code, error.message], [-32602, words]);
  }
});
