// Blocks taken back, with what landed in them, and transactions that are held until late.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as base58 from '../src/base58.mjs';
import {
  SEND_UNCHECKED,
  balanceOf,
  call,
  land,
  payer,
  send,
  setFaults,
  signWithdraw,
  startNetwork,
  withdrawParts,
} from './support.mjs';

const heights = async (url) =>
  Object.fromEntries(
    await Promise.all(
      ['processed', 'confirmed', 'finalized'].map(async (commitment) => {
        const { absoluteSlot, blockHeight } = await call(url, 'getEpochInfo', { commitment });
        return [commitment, [absoluteSlot, blockHeight]];
      }),
    ),
  );
const statusOf = async (url, { signature }) =>
  (await call(url, 'getSignatureStatuses', [signature], { searchTransactionHistory: true }))
    .value[0];
const recordOf = async (url, { signature }) =>
  (await call(url, 'localnet_transactions', { wire: false })).find(
    (one) => one.signature === signature,
  );

/** Everything a withdraw changes. */
async function state(network, parts) {
  const { pool, treasury } = network.addresses;
  const keys = [
    pool,
    treasury,
    payer.publicKey,
    ...parts.flatMap((one) => one.outputs.map((output) => output.recipient)),
  ];
  return {
    balances: await Promise.all(keys.map((key) => balanceOf(network, key))),
    spent: await call(network.nodes[0].url, 'localnet_spentNullifiers'),
  };
}

/** Sends without preflight and runs it into the open block, which stays open. */
async function landNow(network, transaction) {
  const { url } = network.nodes[0];
  await call(url, 'sendTransaction', transaction.wire, SEND_UNCHECKED);
  await call(url, 'localnet_advance', 0);
  assert.notEqual(await statusOf(url, transaction), null);
}

test('what landed in a block that is taken back has never happened, and may be sent again', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const parts = [withdrawParts(), withdrawParts(), withdrawParts()];
  await land(network, signWithdraw(network, parts[0]));
  const before = await state(network, parts);
  const [first, failing] = [
    signWithdraw(network, parts[1]),
    signWithdraw(network, withdrawParts({ root: Buffer.alloc(32, 9) })),
  ];
  const second = signWithdraw(network, parts[2]);
  for (const one of [first, failing, second]) await landNow(network, one);
  assert.equal((await call(url, 'localnet_info')).landed, 4);
  const seen = await heights(url);
  const { slot, taken } = await call(url, 'localnet_fork');
  assert.deepEqual(taken, [first.signature, failing.signature, second.signature]);
  assert.deepEqual(await state(network, parts), before);
  assert.equal((await call(url, 'localnet_info')).landed, 1);
  // The slot is skipped, the height is filled by another block, and nothing final moved.
  assert.deepEqual(await heights(url), {
    ...seen,
    processed: [seen.processed[0] + 1, seen.processed[1]],
  });
  assert.equal(slot, seen.processed[0] + 1);
  for (const one of [first, failing, second]) {
    assert.equal(await statusOf(url, one), null);
    const { outcome, forks, landedSlot, err } = await recordOf(url, one);
    assert.deepEqual([outcome, forks, landedSlot, err], ['forked', 1, null, null]);
  }
  assert.equal((await land(network, first)).err, null);
  assert.equal((await recordOf(url, first)).outcome, 'landed');
  assert.deepEqual((await state(network, parts)).spent.length, 2);
});

test('what is final stays: a fork takes back what it may, and no more', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const transaction = signWithdraw(network, withdrawParts());
  await land(network, transaction);
  const seen = await heights(url);
  assert.deepEqual((await call(url, 'localnet_fork', 20, { confirmed: true })).taken, []);
  assert.deepEqual((await heights(url)).finalized, seen.finalized);
  assert.equal((await statusOf(url, transaction)).confirmationStatus, 'finalized');
});

test('on Tower what is confirmed can vanish, where that is asked for', async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  const old = signWithdraw(network, withdrawParts());
  await land(network, old);
  await call(url, 'localnet_advance', 40);
  const transaction = signWithdraw(network, withdrawParts());
  await land(network, transaction);
  await call(url, 'localnet_advance', 5);
  assert.equal((await statusOf(url, transaction)).confirmationStatus, 'confirmed');
  assert.deepEqual((await call(url, 'localnet_fork', 20)).taken, []);
  const seen = await heights(url);
  assert.deepEqual((await call(url, 'localnet_fork', 20, { confirmed: true })).taken, [
    transaction.signature,
  ]);
  assert.equal(await statusOf(url, transaction), null);
  assert.equal((await statusOf(url, old)).confirmationStatus, 'finalized');
  const now = await heights(url);
  assert.deepEqual(now.finalized, seen.finalized);
  assert.deepEqual(now.processed, [seen.processed[0] + 1, seen.processed[1] - 19]);
  assert.ok(now.confirmed[1] < seen.confirmed[1]);
  // Finality waits until the new blocks have outgrown what it had reached.
  await call(url, 'localnet_advance', 19);
  assert.deepEqual((await heights(url)).finalized, seen.finalized);
  await call(url, 'localnet_advance', 1);
  assert.equal((await heights(url)).finalized[1], seen.finalized[1] + 1);
});

test('a transaction that was taken back may land again by itself', async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  const transaction = signWithdraw(network, withdrawParts());
  const first = await land(network, transaction);
  await call(url, 'localnet_fork', 2, { confirmed: true, again: 3 });
  assert.equal((await recordOf(url, transaction)).outcome, 'held');
  await call(url, 'localnet_advance', 2);
  assert.equal(await statusOf(url, transaction), null);
  await call(url, 'localnet_advance', 1);
  const again = await statusOf(url, transaction);
  assert.equal(again.err, null);
  assert.equal(again.slot, first.slot + 2 + 3);
  // At once: in the very block that takes the other's place.
  await call(url, 'localnet_fork', 1, { again: 0 });
  await call(url, 'localnet_advance', 0);
  assert.equal((await statusOf(url, transaction)).slot, again.slot + 1);
});

test('what a test changed by hand stays when a block is taken back', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  await landNow(network, signWithdraw(network, withdrawParts()));
  await call(url, 'localnet_setBalance', base58.encode(payer.publicKey), 5_000_000);
  const root = 'ab'.repeat(32);
  await call(url, 'localnet_pushRoot', root);
  await call(url, 'localnet_fork');
  assert.equal(await balanceOf(network, payer.publicKey), 5_009_000n);
  assert.equal((await call(url, 'localnet_info')).root, root);
});

test('a blockhash of a block that was taken back is unknown', async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  await call(url, 'localnet_advance', 3);
  const transaction = signWithdraw(network, withdrawParts());
  await call(url, 'localnet_fork', 4, { confirmed: true });
  await call(url, 'localnet_advance', 5);
  assert.equal((await send(url, transaction)).error.data.err, 'BlockhashNotFound');
});

test('a bad fork is refused', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  for (const params of [[0], [-1], [1, { confirmed: 1 }], [1, { again: 'soon' }]])
    await assert.rejects(call(url, 'localnet_fork', ...params), /-32602/);
});

test('a held transaction lands so many slots later, whatever is sent again', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  await setFaults(network, { node: 0, fault: 'hold', slots: 3 });
  const transaction = signWithdraw(network, withdrawParts());
  assert.equal((await send(url, transaction)).result, transaction.signature);
  const { receivedSlot } = await recordOf(url, transaction);
  await call(url, 'localnet_advance', 1);
  await setFaults(network);
  assert.equal((await send(url, transaction)).result, transaction.signature);
  await call(url, 'localnet_advance', 1);
  assert.equal(await statusOf(url, transaction), null);
  assert.equal((await recordOf(url, transaction)).outcome, 'held');
  await call(url, 'localnet_advance', 1);
  assert.equal((await statusOf(url, transaction)).slot, receivedSlot + 3);
});

test('a transaction held until the last lands one block above its last valid height', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  await setFaults(network, { node: 0, fault: 'hold', until: 'last' });
  const transaction = signWithdraw(network, withdrawParts());
  await send(url, transaction);
  const lost = signWithdraw(network, withdrawParts());
  await send(url, lost);
  const { lastValidBlockHeight } = await recordOf(url, transaction);
  const height = await call(url, 'getBlockHeight', { commitment: 'processed' });
  await call(url, 'localnet_advance', lastValidBlockHeight - height);
  assert.equal(await statusOf(url, transaction), null);
  await call(url, 'localnet_advance', 1);
  const record = await recordOf(url, transaction);
  assert.equal(record.outcome, 'landed');
  assert.equal(record.landedBlockHeight, lastValidBlockHeight + 1);
  // Taken back, its slot is skipped, and a block of the same height takes it again.
  await call(url, 'localnet_fork', 1, { again: 0 });
  assert.equal((await recordOf(url, transaction)).landedBlockHeight, lastValidBlockHeight + 1);
  // One block later it is too late for it.
  await call(url, 'localnet_fork', 1, { again: 1 });
  await call(url, 'localnet_advance', 1);
  assert.equal((await recordOf(url, transaction)).outcome, 'expired');
});
