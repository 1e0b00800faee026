// What the end-to-end tests do with a world: what its nodes play, and what has reached them.
import assert from 'node:assert/strict';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';

/** The faults that the world's nodes play from now on; none ends them all. */
export const setFaults = (world, ...faults) => rpc(world.network.control.url, 'localnet_faults', faults);

/** Nodes that do not tell of accounts: what only the chain can say is then the chain's to say. */
export const unwatched = {
  node: 'all',
  fault: 'refuses',
  code: -32601,
  methods: ['getMultipleAccounts', 'getMinimumBalanceForRentExemption'],
};

/**
 * No transaction of the withdraw reached a node before the last block that could take an earlier one
 * was final: that block is one above lastValidBlockHeight. How many there were.
 */
export async function assertOneAtATime(world, body) {
  const all = await world.transactionsOf(body);
  for (const [index, later] of all.entries())
    for (const earlier of all.slice(0, index))
      assert.ok(
        earlier.lastValidBlockHeight + 2 <= later.receivedFinalizedBlockHeight,
        JSON.stringify(all.map((one) => ({ ...one, wire: undefined }))),
      );
  return all.length;
}

/** Until so many transactions of the withdraw have reached a node. */
export const untilSent = (world, body, count = 1, seconds = 60) =>
  until(
    `${count} transactions are sent`,
    async () => {
      const all = await world.transactionsOf(body);
      return all.length >= count && all;
    },
    seconds,
  );

/** Posts withdraws, and waits until their transactions are with nodes that play these faults. */
export async function sendUnder(world, relay, faults, count) {
  await setFaults(world, ...faults);
  const bodies = Array.from({ length: count }, () => makeBody());
  const ids = await Promise.all(bodies.map((body) => relay.accept(body)));
  for (const body of bodies) await untilSent(world, body);
  return bodies.map((body, index) => ({ body, id: ids[index] }));
}
