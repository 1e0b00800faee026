// Send-only endpoints: what each wants, how it refuses, and that what it takes lands.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Sender } from '../src/senders.mjs';
import {
  call,
  post,
  signWithdraw,
  startNetwork,
  unitLimit,
  unitPrice,
  withdrawParts,
} from './support.mjs';

const FOR_HELIUS = { encoding: 'base64', skipPreflight: true, maxRetries: 0 };
const body = (method, ...params) => ({ jsonrpc: '2.0', id: 7, method, params });

async function start(t, kind, settings = {}) {
  const network = await startNetwork(t, { congestion: { drops: 1 } });
  const sender = await Sender.start({ kind, forward: network.control.url, ...settings });
  t.after(() => sender.stop());
  return { network, sender };
}

const sign = (network, sender, lamports, overrides = {}) =>
  signWithdraw(network, withdrawParts(), { tip: { to: sender.tipAccounts[1], lamports }, ...overrides });
const send = (sender, { wire }, config = FOR_HELIUS, url = sender.url) =>
  post(url, body('sendTransaction', wire, config));

async function assertLands(network, transaction) {
  await call(network.control.url, 'localnet_advance', 1);
  const { value } = await call(network.control.url, 'getSignatureStatuses', [transaction.signature]);
  assert.equal(value[0]?.err, null);
}

test('helius takes a tipped transaction, and it lands though nodes lose all sends', async (t) => {
  const { network, sender } = await start(t, 'helius');
  const transaction = sign(network, sender, 200_000);
  const answer = await send(sender, transaction);
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json(), { jsonrpc: '2.0', result: transaction.signature, id: 7 });
  assert.deepEqual(sender.taken.map(({ signature, tip }) => [signature, tip]), [
    [transaction.signature, 200_000],
  ]);
  await assertLands(network, transaction);
});

test('helius refuses what lacks anything it wants', async (t) => {
  const { network, sender } = await start(t, 'helius');
  const tipped = sign(network, sender, 200_000);
  const cases = [
    [signWithdraw(network, withdrawParts()), FOR_HELIUS, /tip at least 200000/],
    [sign(network, sender, 199_999), FOR_HELIUS, /tip at least 200000/],
    [tipped, { ...FOR_HELIUS, skipPreflight: false }, /skipPreflight/],
    [tipped, { ...FOR_HELIUS, maxRetries: 3 }, /maxRetries/],
    [sign(network, sender, 200_000, { budget: [unitLimit(300_000)] }), FOR_HELIUS, /unit price/],
  ];
  for (const [transaction, config, words] of cases) {
    const { error } = (await send(sender, transaction, config)).json();
    assert.equal(error.code, -32602);
    assert.match(error.message, words);
  }
  assert.deepEqual([sender.refused, sender.taken.length], [cases.length, 0]);
  const { error } = (await post(sender.url, body('getLatestBlockhash'))).json();
  assert.equal(error.code, -32601);
});

test('helius asks for less on its staked way alone, and answers pings', async (t) => {
  const { network, sender } = await start(t, 'helius');
  const transaction = sign(network, sender, 5_000);
  const staked = `${sender.url}?swqos_only=true`;
  assert.equal((await send(sender, transaction, FOR_HELIUS, staked)).json().result, transaction.signature);
  assert.equal((await fetch(sender.url.replace('/fast', '/ping'))).status, 200);
});

test('jito takes a tip of 1,000 lamports, and names its bundle', async (t) => {
  const { network, sender } = await start(t, 'jito', { aSecond: 100 });
  const transaction = sign(network, sender, 1_000);
  const answer = await send(sender, transaction, { encoding: 'base64' });
  assert.equal(answer.json().result, transaction.signature);
  assert.match(answer.headers.get('x-bundle-id'), /^[0-9a-f]{64}$/);
  await assertLands(network, transaction);
  const refused = await send(sender, sign(network, sender, 999));
  assert.equal(refused.status, 400);
  assert.deepEqual(refused.json().error, {
    code: -32602,
    message: 'Bundles must write lock at least one tip account to be eligible for the auction.',
    data: null,
  });
  assert.equal((await post(sender.url, body('getSlot'))).json().error.code, -32601);
});

test('jito takes one a second, and refuses more in a shape of its own', async (t) => {
  const { network, sender } = await start(t, 'jito');
  const first = await send(sender, sign(network, sender, 1_000));
  const second = await send(sender, sign(network, sender, 1_000));
  assert.deepEqual([first.status, second.status], [200, 429]);
  assert.equal(second.headers.get('retry-after'), null);
  const { id, error } = second.json();
  assert.deepEqual([id, error.code], [null, -32097]);
  assert.match(error.message, /^Rate limit exceeded\. Limit: 1 per second .* Retry after \d+ms$/);
});

test('a plain proxy knows sendTransaction alone', async (t) => {
  const { network, sender } = await start(t, 'plain');
  const transaction = signWithdraw(network, withdrawParts(), {
    budget: [unitLimit(300_000), unitPrice(0)],
  });
  assert.equal((await send(sender, transaction, { encoding: 'base64' })).json().result, transaction.signature);
  await assertLands(network, transaction);
  const other = await post(sender.url, body('getHealth'));
  assert.deepEqual([other.status, other.headers.get('content-type')], [404, 'text/html']);
  assert.match(other.text, /^<!DOCTYPE html>/);
  const garbled = await post(sender.url, body('sendTransaction', 'AAAA', { encoding: 'base64' }));
  assert.equal(garbled.json().error.code, -32602);
});

test('one that is away, slow, or refuses everything', async (t) => {
  const { network, sender } = await start(t, 'plain');
  const transaction = signWithdraw(network, withdrawParts());
  await sender.setFault('away');
  await assert.rejects(send(sender, transaction), /fetch failed/);
  await sender.setFault('refuses');
  assert.equal((await send(sender, transaction)).json().error.code, -32603);
  await sender.setFault('slow', { ms: 150 });
  const began = performance.now();
  assert.equal((await send(sender, transaction)).json().result, transaction.signature);
  assert.ok(performance.now() - began > 140);
  await sender.setFault(null);
  assert.equal((await send(sender, transaction)).json().result, transaction.signature);
  await assert.rejects(sender.setFault('tired'), /away, slow, refuses/);
});
