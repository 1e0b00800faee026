// Send-only endpoints, as relays use beside their nodes: each takes sendTransaction alone, and hands what
// it takes to the leaders by a way of its own (localnet_deliver), where no send is lost.
//
//   helius  Helius Sender (helius.dev/docs/sending-transactions/sender): POST /fast; wants base64,
//           skipPreflight and maxRetries 0, a price of a compute unit, and a tip of 200,000 lamports, or
//           with ?swqos_only=true of 5,000. GET /ping keeps connections warm
//   jito    Jito's block engine (docs.jito.wtf/lowlatencytxnsend): POST /api/v1/transactions; wants a tip
//           of 1,000 lamports, takes one a second, and names the bundle it makes in a header
//   plain   a provider's proxy that knows sendTransaction and answers anything else with a page of HTML
//
// Where the docs do not show an error's shape it is the one that their users report.
//
// Faults: 'away' (the port is closed), 'slow' (`ms`, 1000, before it looks at a call), 'refuses' (every
// send is refused).
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import * as base58 from './base58.mjs';
import { budgetOf } from './fees.mjs';
import { listenAgain } from './listening.mjs';
import { readTransaction } from './methods-transactions.mjs';
import { RpcError, options, text } from './params.mjs';
import { TIP_ACCOUNTS, tipIn } from './tip-accounts.mjs';

const PAGE =
  '<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>\n<body><center><h1>404 Not Found</h1></center></body></html>\n';
const FAULTS = ['away', 'slow', 'refuses'];

/** An error with the HTTP status that carries it. */
class Refusal extends Error {
  constructor(status, code, message, { data, id } = {}) {
    super(message);
    Object.assign(this, { status, code, data, id });
  }
}

function checkHelius(transaction, config, { leastTip, query }) {
  const refuse = (message) => new Refusal(400, -32602, message);
  if (config.encoding !== 'base64') throw refuse('Transaction encoding must be base64');
  if (config.skipPreflight !== true) throw refuse('skipPreflight must be true');
  if (config.maxRetries !== 0) throw refuse('maxRetries must be 0');
  if (budgetOf(transaction.message).price === 0n)
    throw refuse('Transaction must set a compute unit price');
  const least = query.get('swqos_only') === 'true' ? Math.min(leastTip, 5_000) : leastTip;
  if (tipIn(transaction.message, TIP_ACCOUNTS.helius) < least)
    throw refuse(`Transaction must tip at least ${least} lamports to one of the tip accounts`);
}

function checkJito(transaction, _config, { leastTip }) {
  if (tipIn(transaction.message, TIP_ACCOUNTS.jito) < leastTip) {
    const message =
      'Bundles must write lock at least one tip account to be eligible for the auction.';
    throw new Refusal(400, -32602, message, { data: null });
  }
}

const KINDS = {
  helius: { path: '/fast', check: checkHelius, leastTip: 200_000, aSecond: 50 },
  jito: { path: '/api/v1/transactions', check: checkJito, leastTip: 1_000, aSecond: 1 },
  plain: { path: '/', check: () => {}, leastTip: 0, aSecond: Infinity },
};

/** The bundle that a block engine makes of one transaction: the SHA-256 of its signature. */
const bundleOf = (signature) => createHash('sha256').update(signature).digest('hex');

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

export class Sender {
  /** What was handed to the leaders, in order: {signature, tip, at}, lamports and milliseconds. */
  taken = [];
  /** How many calls came, by method; and how many of them were refused. */
  calls = {};
  refused = 0;
  #kind;
  #settings;
  #forward;
  #server = null;
  #sockets = new Set();
  #fault = null;
  #recent = []; // the times of the sends of the last second

  /**
   * @param {{kind: 'helius' | 'jito' | 'plain', forward: string, leastTip?: number, aSecond?: number}} options
   * `forward`: the address of any node of the localnet, its control for one that plays no faults
   */
  static async start({ kind, forward, host = '127.0.0.1', port = 0, ...settings }) {
    const sender = new Sender();
    sender.#kind = kind;
    sender.#settings = { ...KINDS[kind], ...settings };
    sender.#forward = forward;
    Object.assign(sender, { host, port });
    await sender.#listen();
    return sender;
  }

  /** What a relay is given: with the path. */
  get url() {
    return `http://${this.host}:${this.port}${this.#settings.path}`;
  }

  get tipAccounts() {
    return TIP_ACCOUNTS[this.#kind] ?? [];
  }

  /** One of the faults, or null for none. */
  async setFault(fault, { ms = 1000 } = {}) {
    if (fault !== null && !FAULTS.includes(fault))
      throw new Error(`no such fault; there are ${FAULTS.join(', ')}`);
    this.#fault = fault && { fault, ms };
    if (fault === 'away') await this.stop();
    else if (!this.#server) await listenAgain(() => this.#listen());
  }

  async stop() {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #listen() {
    const server = createServer((request, response) => {
      this.#handle(request, response).catch((error) => {
        if (error.code !== 'ECONNRESET') console.error(`sender: ${error.stack}`);
        response.destroy();
      });
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise((resolve, reject) =>
      server.once('error', reject).listen(this.port, this.host, resolve),
    );
    this.port = server.address().port;
    this.#server = server;
  }

  async #handle(request, response) {
    const { pathname, searchParams } = new URL(request.url, 'http://sender');
    const body = await bodyOf(request);
    if (this.#fault?.fault === 'slow') await pause(this.#fault.ms);
    if (this.#kind === 'helius' && request.method === 'GET' && pathname === '/ping')
      return response.writeHead(200, { 'content-type': 'text/plain' }).end('pong');
    if (request.method !== 'POST' || pathname !== this.#settings.path)
      return this.#answerPage(response);
    let call;
    try {
      call = JSON.parse(body);
    } catch {
      return this.#answer(response, new Refusal(400, -32700, 'Parse error', { id: null }));
    }
    this.calls[call?.method] = (this.calls[call?.method] ?? 0) + 1;
    if (call?.method !== 'sendTransaction') return this.#answerOther(call, response);
    try {
      const signature = await this.#send(call.params ?? [], searchParams);
      const bundle = this.#kind === 'jito' ? { 'x-bundle-id': bundleOf(signature) } : {};
      this.#write(response, 200, { jsonrpc: '2.0', result: signature, id: call.id ?? null }, bundle);
    } catch (error) {
      if (!(error instanceof Refusal) && !(error instanceof RpcError)) throw error;
      this.refused += 1;
      this.#answer(response, error, call);
    }
  }

  async #send(params, query) {
    this.#countSend();
    if (this.#fault?.fault === 'refuses') throw new Refusal(200, -32603, 'Internal error');
    const config = options(params, 1);
    const transaction = readTransaction(text(params, 0), config.encoding);
    this.#settings.check(transaction, config, { ...this.#settings, query });
    const signature = base58.encode(transaction.signatures[0]);
    await this.#deliver(transaction.bytes);
    const tip = Number(tipIn(transaction.message, this.tipAccounts));
    this.taken.push({ signature, tip, at: Date.now() });
    return signature;
  }

  #countSend() {
    const now = performance.now();
    this.#recent = this.#recent.filter((time) => now - time < 1000);
    const { aSecond } = this.#settings;
    if (this.#recent.length < aSecond) return void this.#recent.push(now);
    const wait = Math.ceil(1000 - (now - this.#recent[0]));
    const words = `Rate limit exceeded. Limit: ${aSecond} per second for txn requests. Back-off triggered: Retry after ${wait}ms`;
    if (this.#kind === 'jito') throw new Refusal(429, -32097, words, { data: null, id: null });
    throw new Refusal(429, -32429, 'rate limited');
  }

  async #deliver(bytes) {
    const call = { jsonrpc: '2.0', id: 1, method: 'localnet_deliver', params: [bytes.toString('base64')] };
    const response = await fetch(this.#forward, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(call),
    });
    const { error } = await response.json();
    if (error) throw new Refusal(200, error.code, error.message);
  }

  #answerOther(call, response) {
    if (this.#kind === 'plain') return this.#answerPage(response);
    const status = this.#kind === 'jito' ? 400 : 200;
    this.#answer(response, new Refusal(status, -32601, 'Method not found'), call);
  }

  #answerPage(response) {
    response.writeHead(404, { 'content-type': 'text/html' }).end(PAGE);
  }

  #answer(response, { status = 200, code, message, data, id }, call) {
    const error = { code, message, data };
    this.#write(response, status, { jsonrpc: '2.0', error, id: id === undefined ? (call?.id ?? null) : id });
  }

  #write(response, status, answer, headers = {}) {
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(answer));
  }
}
