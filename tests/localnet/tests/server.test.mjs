// The node as a relay meets it, transactions' fates aside: framing, limits, accounts, heights.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as base58 from '../src/base58.mjs';
import {
  SEND,
  SEND_UNCHECKED,
  TRANSACTION_FEE,
  WITHDRAW_INDEX,
  ask,
  balanceOf,
  call,
  land,
  payer,
  post,
  randomOutputs,
  send,
  signWithdraw,
  startNetwork,
  withdrawParts,
} from './support.mjs';

const custom = (code) => ({ InstructionError: [WITHDRAW_INDEX, { Custom: code }] });
const statusOf = async (url, transaction, options) =>
  (await call(url, 'getSignatureStatuses', [transaction.signature], options)).value[0];

test('a pushed root is known, and 63 more leave it known', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const root = Buffer.alloc(32, 0xab);
  const withdraw = () => signWithdraw(network, withdrawParts({ root }));
  assert.deepEqual((await send(url, withdraw())).error.data.err, custom(0x1001));
  await call(url, 'localnet_pushRoot', root.toString('hex'));
  assert.equal((await call(url, 'localnet_info')).root, root.toString('hex'));
  for (let i = 1; i < 64; i++)
    await call(url, 'localnet_pushRoot', Buffer.alloc(32, i).toString('hex'));
  assert.equal((await land(network, withdraw())).err, null);
  await call(url, 'localnet_pushRoot', Buffer.alloc(32, 64).toString('hex'));
  assert.deepEqual((await send(url, withdraw())).error.data.err, custom(0x1001));
});

test('slots go on by the timer', async (t) => {
  const network = await startNetwork(t, { slotMs: 5 });
  const { url } = network.nodes[0];
  const transaction = signWithdraw(network, withdrawParts());
  await send(url, transaction);
  while ((await statusOf(url, transaction))?.confirmationStatus !== 'finalized');
  assert.equal((await statusOf(url, transaction)).err, null);
});

test('accounts, balances and fees', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const { rootsRing } = network.addresses;
  const { value } = await call(url, 'getAccountInfo', base58.encode(rootsRing), {
    encoding: 'base64',
  });
  assert.equal(Buffer.from(value.data[0], 'base64').length, 8 + 64 * 32);
  assert.equal(value.owner, base58.encode(network.chain.programId));
  assert.equal((await call(url, 'getAccountInfo', base58.encode(Buffer.alloc(32, 5)))).value, null);
  const many = await call(url, 'getMultipleAccounts', [
    base58.encode(rootsRing),
    base58.encode(Buffer.alloc(32, 5)),
  ]);
  assert.deepEqual(
    many.value.map((account) => account?.space ?? null),
    [2056, null],
  );
  assert.equal(await call(url, 'getMinimumBalanceForRentExemption', 0), 890_880);
  const message = signWithdraw(network, withdrawParts()).bytes.subarray(65).toString('base64');
  assert.equal(
    (await call(url, 'getFeeForMessage', message, { commitment: 'processed' })).value,
    Number(TRANSACTION_FEE),
  );
  const before = await balanceOf(network, payer.publicKey);
  await call(url, 'requestAirdrop', base58.encode(payer.publicKey), 5);
  await call(url, 'requestAirdrop', base58.encode(payer.publicKey), 5);
  assert.equal((await balanceOf(network, payer.publicKey)) - before, 10n);
});

test('heights run behind slots, and levels behind each other', async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  const levels = ['processed', 'confirmed', 'finalized'];
  const slots = await Promise.all(levels.map((commitment) => call(url, 'getSlot', { commitment })));
  assert.deepEqual(
    slots.map((slot) => slots[0] - slot),
    [0, 1, 32],
  );
  assert.ok((await call(url, 'getBlockHeight')) < slots[2]);
  const answer = await ask(url, 'getBalance', base58.encode(payer.publicKey), {
    commitment: 'processed',
    minContextSlot: slots[0] + 1,
  });
  assert.deepEqual([answer.error.code, answer.error.data], [-32016, { contextSlot: slots[0] }]);
});

test('on Alpenglow confirmed is finalized, a slot after processed', async (t) => {
  const view = async (options) => {
    const { url } = (await startNetwork(t, options)).nodes[0];
    const at = (commitment) => call(url, 'getSlot', { commitment });
    const processed = await at('processed');
    return [processed - (await at('confirmed')), processed - (await at('finalized'))];
  };
  assert.deepEqual(await view({}), [1, 1]);
  assert.deepEqual(await view({ finality: 'tower' }), [1, 32]);
  assert.deepEqual(await view({ finality: 'tower', finalizeAfter: 9 }), [1, 9]);
  assert.deepEqual(await view({ confirmAfter: 2, finalizeAfter: 3 }), [2, 3]);
  const alpenglow = await startNetwork(t);
  const { block, signature } = await call(alpenglow.nodes[0].url, 'getAgGenesisCert');
  assert.deepEqual([block.block_id.length, signature.signature.length], [32, 192]);
  const tower = await startNetwork(t, { finality: 'tower' });
  assert.equal(await call(tower.nodes[0].url, 'getAgGenesisCert'), null);
});

test('rent may be another, and may fall while the chain runs', async (t) => {
  const network = await startNetwork(t, { rent: 3480 });
  const { url } = network.nodes[0];
  const least = () => call(url, 'getMinimumBalanceForRentExemption', 0);
  const pay = async (lamports) => {
    const outputs = randomOutputs([lamports, 1_000_000_000n - 7_500_000n - lamports]);
    return (await land(network, signWithdraw(network, withdrawParts({ outputs })))).err;
  };
  assert.equal(await least(), 445_440);
  assert.equal(await call(url, 'getMinimumBalanceForRentExemption', 100), 3480 * 228);
  assert.ok((await pay(445_439n)).InsufficientFundsForRent);
  assert.equal(await pay(445_440n), null);
  assert.equal(await call(url, 'localnet_setRent', 696), 696);
  assert.equal(await least(), 89_088);
  assert.ok((await pay(89_087n)).InsufficientFundsForRent);
  assert.equal(await pay(89_088n), null);
});

test('framing: batches, notifications, unknown methods, bad JSON, limits', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const request = (id, method, params) => ({ jsonrpc: '2.0', id, method, params });
  const batch = (
    await post(url, [
      request(1, 'getHealth'),
      request('b', 'nothing'),
      { jsonrpc: '2.0', method: 'getHealth' },
      5,
    ])
  ).json();
  assert.deepEqual(
    batch.map((one) => [one.id, one.result ?? one.error.code]),
    [
      [1, 'ok'],
      ['b', -32601],
      [null, -32600],
    ],
  );
  assert.equal((await post(url, '{"jsonrpc":')).json().error.code, -32700);
  assert.equal((await post(url, '[]')).json().error.code, -32600);
  assert.equal((await ask(url, 'getBalance')).error.code, -32602);
  assert.equal((await ask(url, 'getBalance', 'O0l')).error.code, -32602);
  assert.equal((await ask(url, 'getSlot', { commitment: 'soon' })).error.code, -32602);
  const tooMany = Array.from({ length: 257 }, () => base58.encode(Buffer.alloc(64, 1)));
  assert.equal(
    (await ask(url, 'getSignatureStatuses', tooMany)).error.message,
    'Too many inputs provided; max 256',
  );
  assert.equal((await call(url, 'getSignatureStatuses', tooMany.slice(1))).value.length, 256);
  assert.equal((await post(url, `"${'x'.repeat(51_200)}"`)).status, 413);
  assert.equal((await post(url, '{}', { 'content-type': 'text/plain' })).status, 415);
  assert.equal((await fetch(url)).status, 405);
  assert.equal(await (await fetch(`${url}/health`)).text(), 'ok');
});

test('transactions that no runtime should see', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const { bytes, wire } = signWithdraw(network, withdrawParts());
  const wires = {
    'too long': Buffer.concat([bytes, Buffer.alloc(1233 - bytes.length)]),
    cut: bytes.subarray(0, 300),
    'one byte more': Buffer.concat([bytes, Buffer.alloc(1)]),
    'longer length than needed': Buffer.concat([Buffer.from([0x81, 0]), bytes.subarray(1)]),
    'version 1': Buffer.concat([
      bytes.subarray(0, 65),
      Buffer.from([0x81]),
      bytes.subarray(65),
      Buffer.alloc(1),
    ]),
    'no signature': Buffer.concat([Buffer.alloc(1), bytes.subarray(65)]),
    empty: Buffer.alloc(0),
  };
  for (const [name, one] of Object.entries(wires)) {
    for (const config of [SEND, SEND_UNCHECKED]) {
      assert.equal(
        (await send(url, { wire: one.toString('base64') }, config)).error.code,
        -32602,
        name,
      );
    }
  }
  assert.equal(
    (await send(url, { wire: `${wire.slice(0, -4)}!!!!` })).error.message,
    'invalid base64 encoding',
  );
  assert.equal((await send(url, { wire }, { encoding: 'hex' })).error.code, -32602);
  assert.equal((await send(url, { wire })).result, base58.encode(bytes.subarray(1, 65)));
});
