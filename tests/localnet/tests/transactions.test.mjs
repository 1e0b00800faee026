// What becomes of a transaction: levels, expiry, preflight, repeats, failures, and how it is told.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as base58 from '../src/base58.mjs';
import { generateKeypair } from '../src/signatures.mjs';
import {
  SEND_UNCHECKED,
  TRANSACTION_FEE,
  WITHDRAW_INDEX,
  ask,
  balanceOf,
  call,
  land,
  payer,
  prove,
  randomOutputs,
  send,
  signMessage,
  signWithdraw,
  startNetwork,
  withdrawMessage,
  withdrawParts,
} from './support.mjs';

const custom = (code) => ({ InstructionError: [WITHDRAW_INDEX, { Custom: code }] });
const statusOf = async (url, transaction, options) =>
  (await call(url, 'getSignatureStatuses', [transaction.signature], options)).value[0];
const setBalance = (url, key, lamports) =>
  call(url, 'localnet_setBalance', base58.encode(key), lamports);

test('a transaction is processed, then confirmed, then finalized', async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  const transaction = signWithdraw(network, withdrawParts());
  assert.equal((await send(url, transaction)).result, transaction.signature);
  await call(url, 'localnet_advance', 0);
  const slot = await call(url, 'getSlot', { commitment: 'processed' });
  assert.deepEqual(await statusOf(url, transaction), {
    slot,
    confirmations: 0,
    err: null,
    status: { Ok: null },
    confirmationStatus: 'processed',
  });
  await call(url, 'localnet_advance', 1);
  assert.equal((await statusOf(url, transaction)).confirmationStatus, 'confirmed');
  await call(url, 'localnet_advance', 31);
  assert.deepEqual(await statusOf(url, transaction), {
    slot,
    confirmations: null,
    err: null,
    status: { Ok: null },
    confirmationStatus: 'finalized',
  });
});

test('statuses leave the recent cache and stay in the history', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const transaction = signWithdraw(network, withdrawParts());
  await land(network, transaction);
  await call(url, 'localnet_advance', 400);
  assert.equal(await statusOf(url, transaction), null);
  assert.equal(
    (await statusOf(url, transaction, { searchTransactionHistory: true })).confirmationStatus,
    'finalized',
  );
});

test('a blockhash can be used through 151 blocks and no longer', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const { value } = await call(url, 'getLatestBlockhash', { commitment: 'confirmed' });
  const inTime = signWithdraw(network, withdrawParts(), { blockhash: value.blockhash });
  const late = signWithdraw(network, withdrawParts(), { blockhash: value.blockhash });
  const height = await call(url, 'getBlockHeight', { commitment: 'processed' });
  await call(url, 'localnet_advance', value.lastValidBlockHeight + 1 - height);
  assert.equal(
    await call(url, 'getBlockHeight', { commitment: 'processed' }),
    value.lastValidBlockHeight + 1,
  );
  assert.equal(
    (await call(url, 'isBlockhashValid', value.blockhash, { commitment: 'processed' })).value,
    true,
  );
  // The block before is full and at the last valid height: its own bank knows the blockhash still.
  assert.equal((await call(url, 'isBlockhashValid', value.blockhash)).value, true);
  assert.equal((await send(url, inTime)).result, inTime.signature);
  await call(url, 'localnet_advance', 1);
  assert.equal((await statusOf(url, inTime)).err, null);
  const [{ landedBlockHeight }] = await call(url, 'localnet_transactions');
  assert.equal(landedBlockHeight, value.lastValidBlockHeight + 1);

  assert.equal((await call(url, 'isBlockhashValid', value.blockhash)).value, false);
  assert.equal(
    (await call(url, 'isBlockhashValid', value.blockhash, { commitment: 'processed' })).value,
    false,
  );
  const refused = await send(url, late);
  assert.equal(refused.error.code, -32002);
  assert.equal(refused.error.data.err, 'BlockhashNotFound');
  // Without preflight it is taken, and never lands.
  assert.equal((await send(url, late, SEND_UNCHECKED)).result, late.signature);
  await call(url, 'localnet_advance', 2);
  assert.equal(await statusOf(url, late, { searchTransactionHistory: true }), null);
});

test('preflight at a level does not know a blockhash that is newer', async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  const { value } = await call(url, 'getLatestBlockhash', { commitment: 'confirmed' });
  const transaction = signWithdraw(network, withdrawParts(), { blockhash: value.blockhash });
  assert.equal(
    (await send(url, transaction, { encoding: 'base64' })).error.data.err,
    'BlockhashNotFound',
  );
  assert.equal(
    (await send(url, transaction, { encoding: 'base64', preflightCommitment: 'confirmed' })).result,
    transaction.signature,
  );
});

test("preflight refuses in a validator's shape", async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const { error } = await send(
    url,
    signWithdraw(network, withdrawParts({ root: Buffer.alloc(32, 9) })),
  );
  assert.equal(error.code, -32002);
  assert.equal(
    error.message,
    'Transaction simulation failed: Error processing Instruction 2: custom program error: 0x1001',
  );
  assert.deepEqual(error.data.err, custom(0x1001));
  assert.ok(error.data.logs.some((line) => line.endsWith('failed: custom program error: 0x1001')));
  assert.ok(error.data.unitsConsumed > 1000);
  assert.deepEqual(Object.keys(error.data).sort(), [
    'accounts',
    'err',
    'innerInstructions',
    'loadedAccountsDataSize',
    'logs',
    'replacementBlockhash',
    'returnData',
    'unitsConsumed',
  ]);
});

test('the same transaction again is taken while it waits and AlreadyProcessed once it landed', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const transaction = signWithdraw(network, withdrawParts());
  assert.equal((await send(url, transaction)).result, transaction.signature);
  assert.equal((await send(url, transaction, SEND_UNCHECKED)).result, transaction.signature);
  await call(url, 'localnet_advance', 1);
  assert.equal((await send(url, transaction)).error.data.err, 'AlreadyProcessed');
  assert.equal((await send(url, transaction, SEND_UNCHECKED)).result, transaction.signature);
  await call(url, 'localnet_advance', 1);
  assert.equal((await call(url, 'localnet_spentNullifiers')).length, 1);
  assert.equal((await call(url, 'localnet_transactions'))[0].sends, 4);
});

test('a level that has not seen it land still takes it, as that bank would', async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  const { blockhash } = (await call(url, 'getLatestBlockhash')).value;
  const transaction = signWithdraw(network, withdrawParts(), { blockhash });
  await land(network, transaction);
  assert.equal(
    (await send(url, transaction, { encoding: 'base64' })).result,
    transaction.signature,
  );
});

test('a payer without money, or with too little', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  await setBalance(url, payer.publicKey, 0);
  assert.equal(
    (await send(url, signWithdraw(network, withdrawParts()))).error.data.err,
    'AccountNotFound',
  );
  await setBalance(url, payer.publicKey, 8000);
  const poor = signWithdraw(network, withdrawParts());
  assert.equal((await send(url, poor)).error.data.err, 'InsufficientFundsForFee');
  assert.equal(await land(network, poor), null);
  await setBalance(url, payer.publicKey, 10_000_000);
  assert.equal((await land(network, poor)).err, null);
});

test('a recipient left below the least an account may hold', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const outputs = randomOutputs([890_879n, 1_000_000_000n - 7_500_000n - 890_879n]);
  const transaction = signWithdraw(network, withdrawParts({ outputs }));
  const { err } = (await send(url, transaction)).error.data;
  const index = withdrawMessage(network, { ...withdrawParts(), outputs }).keys.findIndex((key) =>
    key.equals(outputs[0].recipient),
  );
  assert.deepEqual(err, { InsufficientFundsForRent: { account_index: index } });
  // In a block it fails, costs its fee and pays nobody.
  const before = await balanceOf(network, payer.publicKey);
  assert.deepEqual((await land(network, transaction)).err, err);
  assert.equal(before - (await balanceOf(network, payer.publicKey)), TRANSACTION_FEE);
  assert.equal(await balanceOf(network, outputs[1].recipient), 0n);
});

test('a transaction that fails in a block costs its fee and is known with its error', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const transaction = signWithdraw(network, withdrawParts({ root: Buffer.alloc(32, 9) }));
  const status = await land(network, transaction);
  assert.deepEqual(status.status, { Err: custom(0x1001) });
  const { meta, slot } = await call(url, 'getTransaction', transaction.signature, {
    commitment: 'confirmed',
  });
  assert.deepEqual(
    [meta.err, slot, meta.fee],
    [custom(0x1001), status.slot, Number(TRANSACTION_FEE)],
  );
  assert.equal(meta.preBalances[0] - meta.postBalances[0], Number(TRANSACTION_FEE));
});

test('signatures that do not verify', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const bytes = signMessage(withdrawMessage(network, withdrawParts()), generateKeypair());
  const transaction = {
    wire: bytes.toString('base64'),
    signature: base58.encode(bytes.subarray(1, 65)),
  };
  assert.equal((await send(url, transaction)).error.code, -32003);
  assert.equal(await land(network, transaction), null);
  assert.equal(
    (
      await ask(url, 'simulateTransaction', transaction.wire, {
        encoding: 'base64',
        commitment: 'processed',
        sigVerify: true,
      })
    ).error.code,
    -32003,
  );
  const { value } = await call(url, 'simulateTransaction', transaction.wire, {
    encoding: 'base64',
    commitment: 'processed',
  });
  assert.equal(value.err, null);
});

test('simulation can replace an old blockhash and changes nothing', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const { wire } = signWithdraw(network, withdrawParts(), {
    blockhash: base58.encode(Buffer.alloc(32, 1)),
  });
  const config = { encoding: 'base64', commitment: 'processed' };
  assert.equal(
    (await call(url, 'simulateTransaction', wire, config)).value.err,
    'BlockhashNotFound',
  );
  const { value } = await call(url, 'simulateTransaction', wire, {
    ...config,
    replaceRecentBlockhash: true,
  });
  assert.equal(value.err, null);
  assert.ok(value.unitsConsumed > 50_000 && value.replacementBlockhash.lastValidBlockHeight > 0);
  assert.deepEqual(await call(url, 'localnet_spentNullifiers'), []);
});

test('base58 is the default encoding of a transaction', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const { bytes, signature } = signWithdraw(network, withdrawParts());
  assert.equal(
    await call(url, 'sendTransaction', base58.encode(bytes), { preflightCommitment: 'processed' }),
    signature,
  );
});

test('history by address and by signature', async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  const first = signWithdraw(network, withdrawParts());
  const second = signWithdraw(network, withdrawParts());
  await land(network, first);
  await land(network, second);
  const history = await call(url, 'getSignaturesForAddress', base58.encode(payer.publicKey), {
    commitment: 'confirmed',
  });
  assert.deepEqual(
    history.map((one) => one.signature),
    [second.signature, first.signature],
  );
  const found = await call(url, 'getTransaction', first.signature, { commitment: 'confirmed' });
  assert.equal(found.transaction.message.accountKeys[0], base58.encode(payer.publicKey));
  assert.equal(await call(url, 'getTransaction', first.signature), null, 'not finalized yet');
});

test('the log tells the fate of everything that arrived', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const parts = withdrawParts();
  const landed = signWithdraw(network, parts);
  const refused = signWithdraw(
    network,
    withdrawParts({ proof: (inputs) => prove(inputs).fill(1, 4) }),
  );
  const expired = signWithdraw(network, withdrawParts(), {
    blockhash: base58.encode(Buffer.alloc(32, 1)),
  });
  await land(network, landed);
  await send(url, refused);
  await land(network, expired);
  const log = await call(url, 'localnet_transactions');
  assert.deepEqual(
    log.map((one) => [one.signature, one.outcome]),
    [
      [landed.signature, 'landed'],
      [refused.signature, 'refused'],
      [expired.signature, 'expired'],
    ],
  );
  assert.equal(log[0].nullifier, parts.nullifier.toString('hex'));
  assert.equal(log[0].wire, landed.wire);
  assert.ok(log[0].landedBlockHeight <= log[0].lastValidBlockHeight);
  assert.equal(log[2].lastValidBlockHeight, null);
});
