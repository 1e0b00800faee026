// Any bytes at all: mutated transactions, properly signed or not, and mutated requests. The runtime
// ends the whole process on bytes it cannot read, so a hole in the guard shows as this file's
// sudden death.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test from 'node:test';
import { seededRandom } from '../src/faults.mjs';
import { signWith } from '../src/signatures.mjs';
import { parseTransaction } from '../src/wire.mjs';
import {
  SEND,
  SEND_UNCHECKED,
  call,
  payer,
  post,
  send,
  signWithdraw,
  startNetwork,
  withdrawParts,
} from './support.mjs';

const random = seededRandom(20);
const below = (limit) => Math.floor(random() * limit);

/** One to three of: a byte changed, a byte put in, bytes taken out. */
function mutate(bytes) {
  let mutated = Buffer.from(bytes);
  for (let left = 1 + below(3); left > 0; left--) {
    const at = below(mutated.length);
    const kind = below(3);
    if (kind === 0) mutated[at] = below(256);
    else if (kind === 1)
      mutated = Buffer.concat([
        mutated.subarray(0, at),
        Buffer.from([below(256)]),
        mutated.subarray(at),
      ]);
    else mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(at + 1 + below(4))]);
  }
  return mutated;
}

/** Changed counts and indexes of a message, signed anew so that they reach the runtime. */
function mutateMessage(bytes) {
  const message = Buffer.from(bytes.subarray(65));
  const structure = [
    0,
    1,
    2,
    3,
    ...Array.from({ length: 40 }, (_, i) => message.length - 560 + i),
  ].filter((at) => at >= 0 && at < message.length);
  for (let left = 1 + below(2); left > 0; left--)
    message[structure[below(structure.length)]] = below(20);
  return Buffer.concat([Buffer.from([1]), signWith(payer.seed, message), message]);
}

const isParsable = (bytes) => {
  try {
    return Boolean(parseTransaction(bytes));
  } catch {
    return false;
  }
};

test('thousands of mutated transactions leave the node alive', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const { bytes } = signWithdraw(network, withdrawParts());
  let parsable = 0;
  for (let round = 0; round < 40; round++) {
    const batch = Array.from({ length: 25 }, (_, id) => {
      const mutated = id % 5 === 0 ? mutateMessage(bytes) : mutate(bytes);
      if (isParsable(mutated)) parsable++;
      return [SEND, SEND_UNCHECKED].map((config) => ({
        jsonrpc: '2.0',
        id,
        method: 'sendTransaction',
        params: [mutated.toString('base64'), config],
      }));
    })
      .flat()
      .concat({
        jsonrpc: '2.0',
        id: 'simulate',
        method: 'simulateTransaction',
        params: [
          mutateMessage(bytes).toString('base64'),
          { encoding: 'base64', replaceRecentBlockhash: true },
        ],
      });
    for (let from = 0; from < batch.length; from += 17) {
      const response = await post(url, batch.slice(from, from + 17));
      assert.equal(response.status, 200);
      assert.equal(response.json().length, Math.min(17, batch.length - from));
    }
  }
  assert.ok(parsable > 100, `only ${parsable} of them were worth running`);
  await call(url, 'localnet_advance', 1);
  const { signature, wire } = signWithdraw(network, withdrawParts());
  assert.equal((await send(url, { wire })).result, signature);
});

test('a transaction of every message byte changed, signed anew, leaves the node alive', async (t) => {
  const network = await startNetwork(t);
  const { bytes } = signWithdraw(network, withdrawParts());
  for (let at = 65; at < bytes.length; at += 1) {
    // Keys, proof and amounts are values like any other: every seventh byte of them is enough.
    const isStructure = at < 70 || (at > 65 + 3 + 32 * 9 && at < 65 + 3 + 32 * 9 + 80);
    if (!isStructure && at % 7) continue;
    const message = Buffer.from(bytes.subarray(65));
    message[at - 65] ^= 1 << below(8);
    const mutated = Buffer.concat([Buffer.from([1]), signWith(payer.seed, message), message]);
    if (!isParsable(mutated)) continue;
    network.chain.simulate(parseTransaction(mutated), {
      slot: network.chain.blocks.slot,
      checkBlockhash: false,
    });
  }
});

test('mutated requests get an answer each', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const { wire } = signWithdraw(network, withdrawParts());
  const body = Buffer.from(
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'sendTransaction', params: [wire, SEND] }),
  );
  for (let i = 0; i < 500; i++) {
    const response = await post(
      url,
      mutate(i % 2 ? body.subarray(0, 80) : body).toString('latin1'),
    );
    assert.equal(response.status, 200);
    assert.ok(response.text === '' || typeof response.json() === 'object');
  }
  const odd = [
    null,
    1,
    'x',
    [],
    [[]],
    {},
    { jsonrpc: '2.0', method: 'getBalance', params: {}, id: 1 },
    { jsonrpc: '2.0', method: '__proto__', id: 1 },
    { jsonrpc: '2.0', method: 'getSignatureStatuses', params: [[null, {}]], id: 1 },
    { jsonrpc: '2.0', method: 'getAccountInfo', params: [{}, 'x'], id: 1 },
    { jsonrpc: '2.0', method: 'sendTransaction', params: [wire, { encoding: '__proto__' }], id: 1 },
  ];
  for (const one of odd)
    assert.ok(
      (await post(url, one)).json().error ?? (await post(url, one)).json()[0].error,
      JSON.stringify(one),
    );
});

test('raw bytes instead of HTTP leave the node alive', async (t) => {
  const network = await startNetwork(t);
  const [node] = network.nodes;
  const heads = [
    '',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99999\r\n\r\n',
    'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n',
  ];
  for (let i = 0; i < 60; i++) {
    const socket = connect(node.port, node.host);
    const closed = new Promise((resolve) => socket.on('close', resolve).on('error', () => {}));
    socket
      .resume()
      .end(
        Buffer.concat([
          Buffer.from(heads[i % 3]),
          Buffer.from(Array.from({ length: 300 }, () => below(256))),
        ]),
      );
    await closed;
  }
  assert.equal(await call(node.url, 'getHealth'), 'ok');
});
