// What a node knows and tells: backends behind one URL, statuses at a slot, numbers that are wrong.
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  SEND,
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

const processed = { commitment: 'processed' };
const statuses = (url, { signature }, options) =>
  ask(url, 'getSignatureStatuses', [signature], options);
const rpc = (id, method, ...params) => ({ jsonrpc: '2.0', id, method, params });

test('each call goes to the next backend, also on one connection and in one body', async (t) => {
  const network = await startNetwork(t, { nodes: 2, backends: [[0, 40], [7]] });
  const [first, second] = network.nodes.map((node) => node.url);
  const tip = network.chain.blocks.slot;
  const slots = [];
  for (let i = 0; i < 4; i++) slots.push(tip - (await call(first, 'getSlot', processed)));
  assert.deepEqual(slots, [0, 40, 0, 40]);
  const body = [1, 2, 3].map((id) => rpc(id, 'getSlot', processed));
  assert.deepEqual(
    (await post(first, body)).json().map((one) => tip - one.result),
    [0, 40, 0],
  );
  assert.equal(tip - (await call(second, 'getSlot', processed)), 7);
  assert.equal(tip - (await call(network.control.url, 'getSlot', processed)), 0);
});

test('a backend behind is behind in everything it tells', async (t) => {
  const network = await startNetwork(t, { nodes: 2, backends: [[40]] });
  const [late, well] = network.nodes.map((node) => node.url);
  const tip = network.chain.blocks.slot;
  const { absoluteSlot, blockHeight } = await call(late, 'getEpochInfo');
  const ahead = await call(well, 'getEpochInfo');
  assert.deepEqual([ahead.absoluteSlot - absoluteSlot, ahead.blockHeight - blockHeight], [40, 40]);
  const heights = await Promise.all(
    [late, well].map(
      async (url) => (await call(url, 'getLatestBlockhash')).value.lastValidBlockHeight,
    ),
  );
  assert.equal(heights[1] - heights[0], 40);
  const transaction = signWithdraw(network, withdrawParts());
  // It has never heard of so new a blockhash.
  assert.equal((await send(late, transaction)).error.data.err, 'BlockhashNotFound');
  assert.equal((await send(well, transaction)).result, transaction.signature);
  await call(well, 'localnet_advance', 10);
  const options = { searchTransactionHistory: true };
  assert.equal((await statuses(late, transaction, options)).result.value[0], null);
  assert.equal((await statuses(well, transaction, options)).result.value[0].slot, tip);
  const { error } = await ask(late, 'getSlot', { ...processed, minContextSlot: tip });
  assert.deepEqual([error.code, error.data], [-32016, { contextSlot: tip - 30 }]);
  await call(well, 'localnet_advance', 30);
  assert.equal((await statuses(late, transaction, options)).result.value[0].slot, tip);
});

test('statuses may come from a backend far behind the heights', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const methods = ['getSignatureStatuses'];
  await setFaults(network, { node: 0, fault: 'lag', slots: 40, methods });
  const transaction = signWithdraw(network, withdrawParts());
  assert.equal(await land(network, transaction), null);
  const slot = await call(url, 'getSlot');
  const fresh = { commitment: 'finalized', minContextSlot: slot, searchTransactionHistory: true };
  const early = await statuses(url, transaction, fresh);
  assert.deepEqual([early.error.code, early.error.data], [-32016, { contextSlot: slot - 40 }]);
  await call(url, 'localnet_advance', 40);
  const answer = await statuses(url, transaction, fresh);
  assert.equal(answer.result.context.slot, slot);
  assert.equal(answer.result.value[0].confirmationStatus, 'finalized');
});

test('statuses are told with the slot of the bank that was asked for', async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  const transaction = signWithdraw(network, withdrawParts());
  await land(network, transaction);
  const tip = network.chain.blocks.slot;
  const slotOf = async (options) => (await statuses(url, transaction, options)).result.context.slot;
  assert.equal(await slotOf(), tip);
  assert.equal(await slotOf({ commitment: 'confirmed' }), tip - 1);
  assert.equal(await slotOf({ commitment: 'finalized' }), tip - 32);
  assert.equal(await slotOf({ minContextSlot: tip }), tip);
  const finalized = { commitment: 'finalized', minContextSlot: tip - 31 };
  assert.equal((await statuses(url, transaction, finalized)).error.code, -32016);
  const [known] = (await statuses(url, transaction, { commitment: 'finalized' })).result.value;
  assert.equal(known.confirmationStatus, 'confirmed', 'the statuses are those of the tip');
  assert.equal((await statuses(url, transaction, { commitment: 'soon' })).error.code, -32602);

  await setFaults(network, { node: 0, fault: 'ignores_min_context_slot' });
  assert.equal(await slotOf({ ...finalized, minContextSlot: tip + 1000 }), tip);
});

test('a node without history knows recent statuses only', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  await setFaults(network, { node: 0, fault: 'no_history' });
  const transaction = signWithdraw(network, withdrawParts());
  assert.equal((await land(network, transaction)).err, null);
  const searching = { searchTransactionHistory: true };
  assert.equal((await statuses(url, transaction, searching)).error.code, -32011);
  assert.equal((await ask(url, 'getTransaction', transaction.signature)).error.code, -32011);
  await call(url, 'localnet_advance', 299);
  assert.equal((await statuses(url, transaction)).result.value[0].err, null);
  await call(url, 'localnet_advance', 1);
  assert.equal((await statuses(url, transaction)).result.value[0], null);
});

test('a node too old for Alpenglow does not know of its certificate', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  await setFaults(network, { node: 0, preset: 'old' });
  assert.equal((await ask(url, 'getAgGenesisCert')).error.code, -32601);
});

test('numbers that are wrong, each by itself', async (t) => {
  const network = await startNetwork(t, { nodes: 2 });
  const [sick, well] = network.nodes.map((node) => node.url);
  const view = async (url) => {
    const info = await call(url, 'getEpochInfo');
    const blockhash = await call(url, 'getLatestBlockhash');
    return {
      slot: await call(url, 'getSlot'),
      height: await call(url, 'getBlockHeight'),
      infoSlot: info.absoluteSlot,
      infoHeight: info.blockHeight,
      contextSlot: blockhash.context.slot,
      lastValid: blockhash.value.lastValidBlockHeight,
    };
  };
  const right = await view(well);
  const cases = [
    [{ fault: 'height_is_slot' }, { height: right.slot, infoHeight: right.slot }],
    [
      { fault: 'wrong_height', add: -7 },
      { height: right.height - 7, infoHeight: right.height - 7 },
    ],
    [{ fault: 'wrong_height', add: 9, methods: ['getBlockHeight'] }, { height: right.height + 9 }],
    [
      { fault: 'wrong_slot', add: 12 },
      { slot: right.slot + 12, infoSlot: right.slot + 12, contextSlot: right.slot + 12 },
    ],
    [
      { fault: 'wrong_slot', add: -3, methods: ['getLatestBlockhash'] },
      { contextSlot: right.slot - 3 },
    ],
    [{ fault: 'wrong_last_valid', add: -100 }, { lastValid: right.lastValid - 100 }],
    [{ fault: 'wrong_last_valid', add: 1e6 }, { lastValid: right.lastValid + 1e6 }],
  ];
  for (const [fault, changes] of cases) {
    await setFaults(network, { node: 0, ...fault });
    assert.deepEqual(await view(sick), { ...right, ...changes }, JSON.stringify(fault));
    assert.deepEqual(await view(well), right);
  }
  assert.ok(right.slot - right.height >= 21_800_000);
});

test('wrong numbers change nothing about what the node does', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  await setFaults(network, { node: 0, preset: 'liar' }, { node: 0, fault: 'wrong_slot', add: 500 });
  const transaction = signWithdraw(network, withdrawParts());
  assert.equal((await send(url, transaction, SEND)).result, transaction.signature);
  await call(url, 'localnet_advance', 1);
  const answer = (await statuses(url, transaction)).result;
  assert.equal(answer.value[0].slot, answer.context.slot - 501);
});
