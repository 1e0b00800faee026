// How providers refuse: with JSON-RPC errors, in shapes of their own, and by plan.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as base58 from '../src/base58.mjs';
import {
  SEND,
  SEND_UNCHECKED,
  ask,
  call,
  land,
  post,
  send,
  setFaults,
  signWithdraw,
  startNetwork,
  withdrawParts,
} from './support.mjs';

const health = { jsonrpc: '2.0', id: 1, method: 'getHealth' };

test('429 with whatever Retry-After, and with none', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const retryAfter = async (settings) => {
    await setFaults(network, { node: 0, fault: 'http429', ...settings });
    const { status, headers } = await post(url, health);
    assert.equal(status, 429);
    return headers.get('retry-after');
  };
  assert.equal(await retryAfter({}), '1');
  assert.equal(await retryAfter({ seconds: 7 }), '7');
  assert.equal(await retryAfter({ retryAfter: null }), null);
  assert.equal(await retryAfter({ retryAfter: 0 }), '0');
  assert.equal(await retryAfter({ retryAfter: -5 }), '-5');
  assert.equal(await retryAfter({ retryAfter: '1e999' }), '1e999');
  const date = 'Wed, 21 Oct 2099 07:28:00 GMT';
  assert.equal(await retryAfter({ retryAfter: date }), date);
  await setFaults(network, { node: 0, fault: 'http429', body: '{"error":"quota"}' });
  assert.equal((await post(url, health)).text, '{"error":"quota"}');
});

test('bare objects and pages of HTML', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  for (const code of [-32007, -32029, 429]) {
    await setFaults(network, { node: 0, fault: 'bare_error', code });
    const answer = await post(url, health);
    assert.equal(answer.status, 200);
    assert.deepEqual(Object.keys(answer.json()), ['code', 'message']);
    assert.equal(answer.json().code, code);
  }
  await setFaults(network, { node: 0, fault: 'bare_error', status: 429, message: 'slow down' });
  const answer = await post(url, health);
  assert.deepEqual([answer.status, answer.json().message], [429, 'slow down']);
  for (const status of [403, 520]) {
    await setFaults(network, { node: 0, fault: 'html', status });
    const page = await post(url, health);
    assert.equal(page.status, status);
    assert.match(page.headers.get('content-type'), /^text\/html/);
    assert.match(page.text, /^<!DOCTYPE html>/);
  }
});

test('a plan of five signatures a call', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  await setFaults(network, { node: 0, fault: 'max_signatures', n: 5 });
  const some = (count) => Array(count).fill(base58.encode(Buffer.alloc(64, 1)));
  assert.equal((await call(url, 'getSignatureStatuses', some(5))).value.length, 5);
  assert.equal((await ask(url, 'getSignatureStatuses', some(6))).error.code, -32602);
});

test('any JSON-RPC error for some methods', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const methods = ['sendTransaction', 'getSlot'];
  for (const code of [-32601, -32602, -32003, -32005, -32016]) {
    await setFaults(network, { node: 0, fault: 'refuses', code, methods });
    assert.equal((await ask(url, 'getSlot')).error.code, code);
    assert.equal((await ask(url, 'getHealth')).result, 'ok');
    const transaction = signWithdraw(network, withdrawParts());
    assert.equal((await send(url, transaction, SEND_UNCHECKED)).error.code, code);
  }
  assert.equal((await call(url, 'localnet_info')).transactions, 0);
  const data = { numSlotsBehind: 3 };
  await setFaults(network, { node: 0, fault: 'refuses', code: -32005, message: 'later', data });
  const { error } = await ask(url, 'getBalance');
  assert.deepEqual(error, { code: -32005, message: 'later', data });
});

test('in a batch only the calls that are meant are refused', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  await setFaults(network, { node: 0, fault: 'refuses', code: -32601, methods: ['getSlot'] });
  const answers = (await post(url, [health, { ...health, method: 'getSlot' }])).json();
  assert.deepEqual(
    answers.map((one) => one.result ?? one.error.code),
    ['ok', -32601],
  );
});

test('a level of commitment that a node no longer knows', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  await setFaults(network, { node: 0, fault: 'refuses_commitment', level: 'confirmed' });
  assert.equal((await ask(url, 'getSlot', { commitment: 'confirmed' })).error.code, -32602);
  assert.ok((await call(url, 'getSlot', { commitment: 'finalized' })) > 0);
  assert.ok((await call(url, 'getSlot')) > 0);
  const transaction = signWithdraw(network, withdrawParts());
  const confirmed = { encoding: 'base64', preflightCommitment: 'confirmed' };
  assert.equal((await send(url, transaction, confirmed)).error.code, -32602);
  assert.equal((await send(url, transaction, SEND)).result, transaction.signature);
  // The control port knows everything still.
  assert.ok((await call(network.control.url, 'getSlot', { commitment: 'confirmed' })) > 0);
});

test('a preflight that says what it is told to say', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  for (const err of ['AccountNotFound', { InsufficientFundsForRent: { account_index: 1 } }]) {
    await setFaults(network, { node: 0, fault: 'preflight_says', err });
    const { error } = await send(url, signWithdraw(network, withdrawParts()));
    assert.equal(error.code, -32002);
    assert.deepEqual(error.data.err, err);
    assert.match(error.message, /^Transaction simulation failed: /);
  }
  const transaction = signWithdraw(network, withdrawParts());
  assert.equal((await land(network, transaction)).err, null, 'without preflight it lands');
});
