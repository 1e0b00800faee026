// Websockets: the handshake and the frames, and what signatureSubscribe tells.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  SEND_UNCHECKED,
  call,
  land,
  send,
  setFaults,
  signWithdraw,
  startNetwork,
  withdrawParts,
} from './support.mjs';

/** A client's frame; `opcode` 1 is text. */
function frame(text, { opcode = 1, isFinal = true, masked = true } = {}) {
  const payload = Buffer.from(text);
  const { length } = payload;
  const flags = (isFinal ? 0x80 : 0) | opcode;
  const bit = masked ? 0x80 : 0;
  const size = length > 125 ? [bit | 126, length >> 8, length & 0xff] : [bit | length];
  if (!masked) return Buffer.concat([Buffer.from([flags, ...size]), payload]);
  const mask = randomBytes(4);
  for (let i = 0; i < length; i++) payload[i] ^= mask[i % 4];
  return Buffer.concat([Buffer.from([flags, ...size]), mask, payload]);
}

/** Frames of a server: [{opcode, text}]. */
function readFrames(bytes) {
  const frames = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = bytes[at + 1];
    const head = short === 126 ? 4 : 2;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    const payload = bytes.subarray(at + head, at + head + length);
    frames.push({ opcode: bytes[at] & 0x0f, payload });
    at += head + length;
  }
  return frames;
}

/** A connection: `ask` a method, `next()` message, `heard` so far. */
class Client {
  #bytes = Buffer.alloc(0);
  #id = 0;

  static async open(t, url, headers = {}) {
    const key = randomBytes(16).toString('base64');
    const asked = request(url, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
        ...headers,
      },
    });
    asked.end();
    const [response, socket] = await Promise.race([once(asked, 'upgrade'), once(asked, 'response')]);
    if (response.statusCode !== 101) return { refused: response.statusCode };
    const client = new Client();
    client.socket = socket;
    t.after(() => socket.destroy());
    socket.on('data', (bytes) => (client.#bytes = Buffer.concat([client.#bytes, bytes])));
    socket.on('error', () => {});
    client.closed = once(socket, 'close');
    return client;
  }

  get frames() {
    return readFrames(this.#bytes);
  }

  get messages() {
    return this.frames.filter(({ opcode }) => opcode === 1).map(({ payload }) => JSON.parse(payload));
  }

  get notifications() {
    return this.messages.filter((one) => one.method === 'signatureNotification');
  }

  async ask(method, ...params) {
    const id = ++this.#id;
    this.socket.write(frame(JSON.stringify({ jsonrpc: '2.0', id, method, params })));
    for (;;) {
      const answer = this.messages.find((one) => one.id === id);
      if (answer) return answer;
      await pause(5);
    }
  }

  /** The notifications once there are so many. */
  async until(count) {
    while (this.notifications.length < count) await pause(5);
    return this.notifications;
  }
}

const advance = (network, slots) => call(network.control.url, 'localnet_advance', slots);
const notification = (subscription, slot, value) => ({
  jsonrpc: '2.0',
  method: 'signatureNotification',
  params: { result: { context: { slot }, value }, subscription },
});
const failing = (network) =>
  signWithdraw(network, withdrawParts({ root: Buffer.alloc(32, 9) }));

test('a transaction is told once at each level, at the slot that has reached it', async (t) => {
  const network = await startNetwork(t, { finality: 'tower' });
  const { url } = network.nodes[0];
  const client = await Client.open(t, url);
  const transaction = signWithdraw(network, withdrawParts());
  const numbers = [];
  for (const commitment of ['processed', 'confirmed', undefined])
    numbers.push((await client.ask('signatureSubscribe', transaction.signature, { commitment })).result);
  assert.deepEqual(numbers, [0, 1, 2]);
  const { slot } = network.chain.blocks;
  await send(url, transaction);
  await advance(network, 1);
  assert.deepEqual(await client.until(2), [
    notification(0, slot, { err: null }),
    notification(1, slot, { err: null }),
  ]);
  await advance(network, 31);
  await advance(network, 5);
  assert.deepEqual((await client.until(3))[2], notification(2, slot, { err: null }));
  const again = await client.ask('signatureUnsubscribe', 2);
  assert.deepEqual(again.error, { code: -32602, message: 'Invalid subscription id.' });
  assert.equal(client.notifications.length, 3);
});

test('what failed is told with its error; what had landed before is told too', async (t) => {
  const network = await startNetwork(t);
  const client = await Client.open(t, network.nodes[0].url);
  const transaction = failing(network);
  const { err } = await land(network, transaction);
  await client.ask('signatureSubscribe', transaction.signature, { commitment: 'confirmed' });
  assert.equal(client.notifications.length, 0);
  await advance(network, 1);
  const [told] = await client.until(1);
  assert.deepEqual(told.params.result.value, { err });
});

test('unsubscribed is told nothing; others are', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const [one, other] = [await Client.open(t, url), await Client.open(t, url)];
  const transaction = signWithdraw(network, withdrawParts());
  const config = { commitment: 'confirmed' };
  const first = await one.ask('signatureSubscribe', transaction.signature, config);
  const second = await other.ask('signatureSubscribe', transaction.signature, config);
  assert.equal(first.result, second.result, 'a node has one number for it');
  assert.equal((await one.ask('signatureUnsubscribe', first.result)).result, true);
  await land(network, transaction);
  await other.until(1);
  assert.equal(one.notifications.length, 0);
});

test('its arrival is told first where that is asked for', async (t) => {
  const network = await startNetwork(t, { congestion: { room: 0 } });
  const { url } = network.nodes[0];
  const client = await Client.open(t, url);
  const transaction = signWithdraw(network, withdrawParts());
  const config = { commitment: 'processed', enableReceivedNotification: true };
  await client.ask('signatureSubscribe', transaction.signature, config);
  await send(url, transaction, SEND_UNCHECKED);
  await advance(network, 2);
  assert.deepEqual(
    (await client.until(1)).map((one) => one.params.result.value),
    ['receivedSignature'],
  );
  await call(url, 'localnet_congestion', null);
  await advance(network, 1);
  assert.deepEqual((await client.until(2))[1].params.result.value, { err: null });
});

test('calls that cannot be are refused', async (t) => {
  const network = await startNetwork(t);
  const client = await Client.open(t, network.nodes[0].url);
  const refusals = [
    [await client.ask('signatureSubscribe', 'none'), -32602],
    [await client.ask('signatureSubscribe', signWithdraw(network, withdrawParts()).signature, { commitment: 'max' }), -32602],
    [await client.ask('signatureUnsubscribe', 77), -32602],
    [await client.ask('getSlot'), -32601],
  ];
  for (const [{ error }, code] of refusals) assert.equal(error.code, code);
  client.socket.write(frame('{"jsonrpc"'));
  while (client.messages.length < 5) await pause(5);
  assert.equal(client.messages.at(-1).error.code, -32700);
  assert.ok((await client.ask('getVersion')).result['solana-core']);
});

test('messages in pieces, pings, and what breaks the protocol', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  const client = await Client.open(t, url);
  const text = JSON.stringify({ jsonrpc: '2.0', id: 'x', method: 'getVersion' });
  const bytes = Buffer.concat([
    frame(text.slice(0, 20), { isFinal: false }),
    frame('hello', { opcode: 9 }),
    frame(text.slice(20), { opcode: 0 }),
  ]);
  for (const byte of bytes) client.socket.write(Buffer.from([byte]));
  while (client.frames.length < 2) await pause(5);
  assert.deepEqual(
    client.frames.map(({ opcode }) => opcode),
    [10, 1],
  );
  assert.equal(client.frames[0].payload.toString(), 'hello');
  client.socket.write(frame(Buffer.from([3, 232]), { opcode: 8 }));
  await client.closed;
  assert.equal(client.frames.at(-1).payload.readUInt16BE(0), 1000);

  for (const [bad, code] of [
    [frame(text, { masked: false }), 1002],
    [frame(text, { opcode: 0 }), 1002],
    [frame(text, { opcode: 2 }), 1003],
    [Buffer.concat([Buffer.from([0x81, 0xff]), Buffer.alloc(8, 1)]), 1009],
  ]) {
    const other = await Client.open(t, url);
    other.socket.write(bad);
    await other.closed;
    assert.equal(other.frames.at(-1).payload.readUInt16BE(0), code);
  }
  assert.deepEqual(await Client.open(t, url, { 'sec-websocket-version': '8' }), { refused: 400 });
});

test('nodes whose websockets are refused, break, keep silent or lie', async (t) => {
  const network = await startNetwork(t, { nodes: 3 });
  const [{ url }, silent, liar] = network.nodes;
  const transaction = failing(network);
  const subscribe = (client) =>
    client.ask('signatureSubscribe', transaction.signature, { commitment: 'confirmed' });
  const open = await Client.open(t, url);
  await setFaults(network, { node: 0, fault: 'ws_drop', ms: 30 });
  await open.closed;
  const short = await Client.open(t, url);
  await short.closed;
  await setFaults(
    network,
    { node: 0, fault: 'ws_refuse' },
    { node: 1, fault: 'ws_mute' },
    { node: 2, fault: 'ws_false' },
  );
  assert.deepEqual(await Client.open(t, url), { refused: 404 });
  const [mute, lied] = [await Client.open(t, silent.url), await Client.open(t, liar.url)];
  for (const client of [mute, lied]) assert.equal((await subscribe(client)).result, 0);
  await advance(network, 1);
  assert.deepEqual((await lied.until(1))[0].params.result.value, { err: null });
  await land(network, transaction);
  await advance(network, 1);
  await mute.ask('getVersion');
  assert.equal(mute.notifications.length, 0);
  await setFaults(network, { node: 1, fault: 'refuse' });
  await mute.closed;
});

test('a backend that is behind tells late', async (t) => {
  const network = await startNetwork(t, { nodes: 2, backends: [[5], [0]] });
  const [late, well] = await Promise.all(network.nodes.map((node) => Client.open(t, node.url)));
  const transaction = signWithdraw(network, withdrawParts());
  for (const client of [late, well])
    await client.ask('signatureSubscribe', transaction.signature, { commitment: 'confirmed' });
  await send(network.nodes[1].url, transaction);
  const { slot } = network.chain.blocks;
  await advance(network, 5);
  await well.until(1);
  await late.ask('getVersion');
  assert.equal(late.notifications.length, 0);
  await advance(network, 1);
  assert.equal((await late.until(1))[0].params.result.context.slot, slot);
});
