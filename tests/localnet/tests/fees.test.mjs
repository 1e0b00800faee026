// What a transaction is charged, what it asks for by its compute budget, and what nodes tell of prices.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as base58 from '../src/base58.mjs';
import { generateKeypair } from '../src/signatures.mjs';
import {
  ask,
  balanceOf,
  call,
  land,
  payer,
  send,
  setFaults,
  signWithdraw,
  startNetwork,
  unitLimit,
  unitPrice,
  withdrawParts,
} from './support.mjs';

const SIMULATE = { encoding: 'base64', commitment: 'processed' };
const loadedBytes = (bytes) => {
  const data = Buffer.alloc(5, 4);
  data.writeUInt32LE(bytes, 1);
  return data;
};

const signBudget = (network, budget) => signWithdraw(network, withdrawParts(), { budget });

test('the priority fee is the limit times the price, rounded up, and the payer pays it', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const charges = [
    [[unitLimit(400_000), unitPrice(10_000)], 9_000],
    [[unitLimit(333_333), unitPrice(7)], 5_003],
    [[unitLimit(200_000)], 5_000],
    [[unitPrice(1_000)], 5_203], // without a limit: 200,000 units for the withdraw, 3,000 for a builtin
    [[unitLimit(4_000_000), unitPrice(1_000_000)], 1_405_000], // no more than 1,400,000 units
  ];
  for (const [budget, lamports] of charges) {
    const before = await balanceOf(network, payer.publicKey);
    const transaction = signBudget(network, budget);
    assert.equal((await land(network, transaction)).err, null);
    assert.equal(Number(before - (await balanceOf(network, payer.publicKey))), lamports);
    const { meta } = await call(url, 'getTransaction', transaction.signature, {
      commitment: 'confirmed',
    });
    assert.equal(meta.fee, lamports);
    assert.equal(meta.preBalances[0] - meta.postBalances[0], lamports);
  }
});

test('a simulation tells the units that the transaction then consumes', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const transaction = signBudget(network, [unitLimit(1_400_000), unitPrice(1)]);
  const { value } = await call(url, 'simulateTransaction', transaction.wire, SIMULATE);
  assert.equal(value.err, null);
  await land(network, transaction);
  const { meta } = await call(url, 'getTransaction', transaction.signature, {
    commitment: 'confirmed',
  });
  assert.equal(meta.computeUnitsConsumed, value.unitsConsumed);
  const enough = signBudget(network, [unitLimit(value.unitsConsumed + 10_000), unitPrice(1)]);
  assert.equal((await land(network, enough)).err, null);
  const short = signBudget(network, [unitLimit(value.unitsConsumed - 10_000), unitPrice(1)]);
  assert.deepEqual((await land(network, short)).err, {
    InstructionError: [2, 'ComputationalBudgetExceeded'],
  });
});

test('the bytes that a simulation says are the least that the limit may be', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const simulated = signBudget(network, [loadedBytes(1_000_000)]);
  const { value } = await call(url, 'simulateTransaction', simulated.wire, SIMULATE);
  assert.equal(value.err, null);
  // Shard, ring and pool, the program and its data, 64 bytes an account.
  assert.ok(value.loadedAccountsDataSize > 10_212 + 2_056 + 13_000, value.loadedAccountsDataSize);
  const short = signBudget(network, [loadedBytes(value.loadedAccountsDataSize - 1)]);
  const refused = await call(url, 'simulateTransaction', short.wire, SIMULATE);
  assert.deepEqual(
    [refused.value.err, refused.value.loadedAccountsDataSize, refused.value.unitsConsumed],
    ['MaxLoadedAccountsDataSizeExceeded', 0, 0],
  );
  const before = await balanceOf(network, payer.publicKey);
  assert.equal((await land(network, short)).err, 'MaxLoadedAccountsDataSizeExceeded');
  assert.equal(before - (await balanceOf(network, payer.publicKey)), 5_000n, 'it is charged for');
  const enough = signBudget(network, [loadedBytes(value.loadedAccountsDataSize)]);
  assert.equal((await land(network, enough)).err, null);
});

test("recent prices: the highest of the accounts' lowest in each confirmed block", async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  const [pool, shard, roots] = ['pool', 'shard', 'rootsRing'].map((name) =>
    base58.encode(network.addresses[name]),
  );
  const slot = network.chain.blocks.slot;
  for (const price of [700, 300])
    await send(url, signBudget(network, [unitLimit(200_000), unitPrice(price)]));
  await call(url, 'localnet_advance', 0);
  const at = async (accounts) =>
    (await call(url, 'getRecentPrioritizationFees', accounts)).find((one) => one.slot === slot);
  assert.equal(await at([pool]), undefined, 'not confirmed yet');
  await call(url, 'localnet_advance', 1);
  assert.deepEqual(await at([pool, shard]), { slot, prioritizationFee: 300 });
  assert.equal((await at([])).prioritizationFee, 0, 'somebody in the block bid nothing');
  assert.equal((await at([roots])).prioritizationFee, 0, 'nobody wrote to it');
  const other = base58.encode(generateKeypair().publicKey);
  assert.equal((await at([other, pool])).prioritizationFee, 300);

  await call(url, 'localnet_advance', 60);
  const all = await call(url, 'getRecentPrioritizationFees', [pool]);
  assert.equal(all.length, 150);
  assert.deepEqual(
    all.map((one) => one.slot),
    all.map((_, index) => all[0].slot + index),
  );
  assert.equal((await ask(url, 'getRecentPrioritizationFees', Array(129).fill(pool))).error.code, -32602);
  assert.equal((await ask(url, 'getRecentPrioritizationFees', ['pool'])).error.code, -32602);
  const withoutAny = (await ask(url, 'getRecentPrioritizationFees')).result;
  assert.equal(withoutAny.length, 150);
});

test('a block that was taken back has no prices, and its slot is not told', async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  const pool = base58.encode(network.addresses.pool);
  const { slot } = network.chain.blocks;
  await send(url, signBudget(network, [unitLimit(200_000), unitPrice(5)]));
  await call(url, 'localnet_advance', 2);
  await call(url, 'localnet_fork', 3, { confirmed: true });
  await call(url, 'localnet_advance', 3);
  const told = await call(url, 'getRecentPrioritizationFees', [pool]);
  assert.equal(told.find((one) => one.slot === slot), undefined);
  assert.ok(told.every((one) => one.prioritizationFee === 0));
});

test('a node can lie about prices and units, or tell neither', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const { wire } = signBudget(network, [unitLimit(400_000), unitPrice(1)]);
  await setFaults(
    network,
    { node: 0, fault: 'wrong_prices', price: 77 },
    { node: 0, fault: 'wrong_units', units: 5 },
  );
  const prices = await call(url, 'getRecentPrioritizationFees');
  assert.ok(prices.length === 150 && prices.every((one) => one.prioritizationFee === 77));
  const { value } = await call(url, 'simulateTransaction', wire, SIMULATE);
  assert.deepEqual([value.err, value.unitsConsumed], [null, 5]);
  const methods = ['getRecentPrioritizationFees', 'simulateTransaction'];
  await setFaults(network, { node: 0, fault: 'refuses', code: -32601, methods });
  assert.equal((await ask(url, 'getRecentPrioritizationFees')).error.code, -32601);
  assert.equal((await ask(url, 'simulateTransaction', wire, SIMULATE)).error.code, -32601);
});
