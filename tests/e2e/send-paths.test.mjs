// Endpoints that take transactions and answer nothing else, and what a node that limits is asked.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import * as base58 from '../localnet/src/base58.mjs';
import { generateKeypair } from '../localnet/src/signatures.mjs';
import { TIP_ACCOUNTS } from '../localnet/src/tip-accounts.mjs';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { setFaults } from './support.mjs';

const KEY = 'hunter2-hunter2';

/** A send-only endpoint that passes on to the world's first node what it takes; `calls` are what it was asked. */
class Endpoint {
  calls = [];
  /** Each of these, if it is set, stands for what the endpoint answers: {status, body}. */
  answer = null;

  static async start(t, world) {
    const endpoint = new Endpoint();
    endpoint.server = createServer((request, response) => endpoint.#serve(request, response, world));
    endpoint.server.listen(0, '127.0.0.1');
    await once(endpoint.server, 'listening');
    t.after(() => {
      endpoint.server.close();
      endpoint.server.closeAllConnections();
    });
    endpoint.url = `http://127.0.0.1:${endpoint.server.address().port}/v1?key=${KEY}`;
    return endpoint;
  }

  async #serve(request, response, world) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const call = JSON.parse(Buffer.concat(parts));
    this.calls.push(call);
    if (this.answer) {
      response.writeHead(this.answer.status).end(this.answer.body ?? '');
      return;
    }
    const { jsonrpc, id } = call;
    const passed = await fetch(world.network.control.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(call),
    });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc, ...(await passed.json()), id }));
  }
}

async function pay(world, relay) {
  const body = makeBody();
  const job = await relay.outcome(await relay.accept(body), 30);
  assert.equal(job.retry_count, 0);
  await world.assertPaidOnce(body, job);
  return body;
}

describe('a send-only endpoint', { concurrency: 2 }, () => {
  test('gets each transaction at once, and nothing else', async (t) => {
    const world = await World.start(t);
    const endpoint = await Endpoint.start(t, world);
    const relay = await world.relay({ RELAY_SOLANA_SEND_URLS: endpoint.url });
    for (let count = 0; count < 3; ++count) await pay(world, relay);
    assert.ok(endpoint.calls.length >= 3);
    for (const { method, params } of endpoint.calls) {
      assert.equal(method, 'sendTransaction');
      assert.deepEqual(params[1], { encoding: 'base64', skipPreflight: true, maxRetries: 0 });
    }
    const metrics = await relay.metrics();
    const path = endpoint.url.replace(/\/v1.*/, '');
    assert.equal(metrics.sum('relay_send_path_up', { path }), 1);
    assert.ok(metrics.sum('relay_send_path_sends_total', { path, outcome: 'taken' }) >= 3);
    assert.ok(!relay.output.includes(KEY));
  });

  test('lands what no node takes', async (t) => {
    const world = await World.start(t);
    const endpoint = await Endpoint.start(t, world);
    const relay = await world.relay({ RELAY_SOLANA_SEND_URLS: endpoint.url });
    const sends = { methods: ['sendTransaction'] };
    for (const fault of [{ fault: 'refuses', code: -32602 }, { fault: 'http429' }, { fault: 'http500' }]) {
      await setFaults(world, { node: 0, ...fault, ...sends });
      await pay(world, relay);
    }
  });

  test('gets nothing that a preflight refuses', async (t) => {
    const world = await World.start(t);
    const endpoint = await Endpoint.start(t, world);
    const relay = await world.relay({ RELAY_SOLANA_SEND_URLS: endpoint.url, RELAY_PROOF_CHECK: 'off' });
    const job = await relay.outcome(await relay.accept(makeBody({ spoil: true })), 30);
    assert.equal(job.error_code, 'proof_invalid');
    assert.equal(endpoint.calls.length, 0);
  });

  test('that is away, refuses or limits harms nobody, and is told of once', async (t) => {
    const world = await World.start(t);
    const endpoint = await Endpoint.start(t, world);
    const relay = await world.relay({ RELAY_SOLANA_SEND_URLS: endpoint.url, RELAY_SOLANA_RPC_TIMEOUT: '500ms' });
    const refusal = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32600, message: 'no' } });
    for (const answer of [{ status: 500 }, { status: 429 }, { status: 200, body: refusal }]) {
      endpoint.answer = answer;
      for (let count = 0; count < 3; ++count) await pay(world, relay);
    }
    endpoint.answer = null;
    await until('it is used again', async () => {
      await pay(world, relay);
      return relay.output.includes('send_path_back');
    });
    const said = relay.output.split('\n').filter((line) => line.includes('event=send_path_away'));
    assert.ok(said.length <= 2, said.join('\n'));
  });

  for (const [kind, tip] of [
    ['helius', 200_000],
    ['jito', 1_000],
    ['plain', 0],
  ])
    test(`of the kind of ${kind} lands what every node loses`, async (t) => {
      const world = await World.start(t);
      const sender = await world.sender(kind);
      const tipped = tip > 0 && { RELAY_SOLANA_TIP: tip, RELAY_SOLANA_TIP_ACCOUNTS: TIP_ACCOUNTS[kind].join(',') };
      const relay = await world.relay({ RELAY_SOLANA_SEND_URLS: sender.url, ...tipped });
      await setFaults(world, { node: 'all', fault: 'drop' });
      const body = await pay(world, relay);
      const landed = (await world.transactionsOf(body)).find(({ outcome }) => outcome === 'landed');
      assert.equal(landed.payerPaid - landed.fee, tip);
    });

  test('is tipped by each withdraw, once, and the tip is the payer’s', async (t) => {
    const tipped = [generateKeypair(), generateKeypair()].map((pair) => base58.encode(pair.publicKey));
    const world = await World.start(t);
    for (const account of tipped)
      await rpc(world.network.control.url, 'localnet_setBalance', account, 10_000_000);
    const endpoint = await Endpoint.start(t, world);
    const relay = await world.relay({
      RELAY_SOLANA_SEND_URLS: endpoint.url,
      RELAY_SOLANA_TIP: '12345',
      RELAY_SOLANA_TIP_ACCOUNTS: tipped.join(','),
    });
    const payments = 20;
    for (let count = 0; count < payments; ++count) await pay(world, relay);
    const got = [];
    for (const account of tipped) got.push((await world.balance(account)) - 10_000_000);
    assert.equal(got[0] + got[1], payments * 12345);
    assert.ok(got[0] > 0 && got[1] > 0, `${got}`);
  });
});

test('a node that limits is asked just under what it takes, and everything lands', async (t) => {
  const world = await World.start(t);
  const LIMIT = 3; // statuses a second
  let second = 0;
  let taken = 0;
  let refused = 0;
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    if (JSON.parse(body).method === 'getSignatureStatuses') {
      const now = Math.floor(Date.now() / 1000);
      if (now !== second) [second, taken] = [now, 0];
      if (++taken > LIMIT) {
        ++refused;
        response.writeHead(429).end('slow down');
        return;
      }
    }
    const passed = await fetch(world.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    response.writeHead(passed.status, { 'content-type': 'application/json' }).end(await passed.text());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  const relay = await world.relay({ RELAY_SOLANA_RPC_URLS: url });
  // Somebody always waits for an outcome, so that statuses are always asked for.
  const payFor = async (seconds) => {
    const end = Date.now() + seconds * 1000;
    const lane = async () => {
      while (Date.now() < end) await pay(world, relay);
    };
    await Promise.all([lane(), lane(), lane()]);
  };
  await payFor(15);
  const learnt = refused;
  assert.ok(learnt > 0, 'it was never limited');
  const labels = { node: url, method: 'getSignatureStatuses' };
  const rate = (await relay.metrics()).sum('relay_rpc_pace_calls_per_second', labels);
  assert.ok(rate >= 1 && rate <= 2 * LIMIT, `paced to ${rate}`);
  await payFor(15);
  assert.ok(refused - learnt <= 8, `${refused - learnt} refusals after it was learnt`);
});
