// Strangers' bytes, as a client's socket sees them: answers that never end, that come slowly or after
// others, and connections that a box in between has forgotten.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, call, post, setFaults, startNetwork } from './support.mjs';

const health = { jsonrpc: '2.0', id: 9, method: 'getHealth' };
const BODY = JSON.stringify(health);
const REQUEST = `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;

/** A connection whose bytes are kept as text; `isOver` tells that the other side has ended it. */
function open(t, { port, host }) {
  const socket = connect(port, host);
  const connection = { socket, text: '', isOver: false, ask: () => socket.write(REQUEST) };
  socket.on('data', (bytes) => (connection.text += bytes.toString('latin1')));
  socket.on('end', () => (connection.isOver = true)).on('error', () => (connection.isOver = true));
  t.after(() => socket.destroy());
  return connection;
}

async function until(what, check) {
  for (const deadline = Date.now() + 5000; !check(); await pause(5))
    assert.ok(Date.now() < deadline, what);
}

test('JSON of a depth that no stack holds', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  for (const [where, member] of [
    ['message', 'error'],
    ['result', 'result'],
  ]) {
    await setFaults(network, { node: 0, fault: 'deep_json', where, depth: 60_000 });
    const { text } = await post(url, health);
    assert.match(text, new RegExp(`^\\{"jsonrpc":"2.0","id":9,"${member}"`));
    assert.equal(text.split('[').length - 1, 60_000);
    assert.equal(text.split(']').length - 1, 60_000);
  }
  await setFaults(network, { node: 0, fault: 'deep_json', depth: 2 });
  assert.deepEqual((await ask(url, 'getHealth')).error.message, [[]]);
});

for (const fault of ['endless_chunks', 'endless_trailers']) {
  test(`${fault} goes on for as long as it is read, and ends with the connection`, async (t) => {
    const network = await startNetwork(t);
    const [node] = network.nodes;
    await setFaults(network, { node: 0, fault });
    const client = open(t, node);
    client.ask();
    await until('a megabyte of it', () => client.text.length > 1_000_000);
    assert.match(client.text, /^HTTP\/1.1 200 OK\r\n/);
    if (fault === 'endless_chunks') assert.match(client.text, /\r\n\r\n2;name=x+$/);
    else assert.match(client.text, /\r\n\r\n2\r\n\{\}\r\n0\r\nx-trailer-0: x+\r\nx-trailer-1: /);
    client.socket.destroy();
    await setFaults(network);
    assert.equal(await call(node.url, 'getHealth'), 'ok');
  });
}

test('informational answers come before the answer', async (t) => {
  const network = await startNetwork(t);
  const [node] = network.nodes;
  for (const [settings, expected] of [
    [{}, /^HTTP\/1.1 103 Early Hints\r\nlink: .*\r\n\r\nHTTP\/1.1 200 OK\r\n/],
    [{ status: 100, count: 3 }, /^(HTTP\/1.1 100 Continue\r\n\r\n){3}HTTP\/1.1 200 OK\r\n/],
  ]) {
    await setFaults(network, { node: 0, fault: 'informational', ...settings });
    const client = open(t, node);
    client.ask();
    await until('the answer', () => client.text.includes('"result":"ok"'));
    assert.match(client.text, expected);
  }
});

test('slow_bytes sends the whole answer, a byte at a time', async (t) => {
  const network = await startNetwork(t);
  const [node] = network.nodes;
  await setFaults(network, { node: 0, fault: 'slow_bytes', ms: 4 });
  const start = performance.now();
  assert.equal((await post(node.url, health)).json().result, 'ok');
  assert.ok(performance.now() - start > 100);
  const client = open(t, node);
  client.ask();
  await until('its first byte', () => client.text.includes('\r\n\r\n{'));
  assert.ok(!client.text.includes('ok'));
  client.socket.destroy();
});

test('a connection that a NAT has forgotten neither answers nor ends; new ones work', async (t) => {
  const network = await startNetwork(t);
  const [node] = network.nodes;
  const busy = open(t, node);
  const kept = open(t, node);
  const silent = open(t, node); // nothing was ever sent on it
  for (const client of [busy, kept]) client.ask();
  await until('both are answered', () => busy.text && kept.text);
  await setFaults(network, { node: 0, fault: 'nat', idle: 1000 });
  for (let round = 0; round < 7; round++) {
    busy.text = '';
    busy.ask();
    await until('what is used goes on', () => busy.text.includes('"ok"'));
    await pause(200);
  }
  kept.text = '';
  for (const client of [kept, silent]) client.ask();
  await pause(300);
  // What it was told to forget it does not remember when it is well again.
  await setFaults(network);
  kept.ask();
  await pause(200);
  for (const client of [kept, silent]) assert.deepEqual([client.text, client.isOver], ['', false]);
  assert.equal(await call(node.url, 'getHealth'), 'ok');
});

test('a NAT does not forget while an answer is being waited for', async (t) => {
  const network = await startNetwork(t);
  const [node] = network.nodes;
  await setFaults(
    network,
    { node: 0, fault: 'nat', idle: 50 },
    { node: 0, fault: 'slow', ms: 200 },
  );
  const client = open(t, node);
  client.ask();
  await until('the late answer', () => client.text.includes('"ok"'));
});
