// One RPC node: an HTTP listener in front of the chain, with faults of its own. Behind its URL stand
// one or more backends, each so many slots behind the chain; calls go to them by turns. Websockets are
// opened on the same port, as providers have it (a validator's own are on the next), and stay with the
// first backend.
import { createServer } from 'node:http';
import { Faults } from './faults.mjs';
import { listenAgain } from './listening.mjs';
import { Nat } from './nat.mjs';
import { answer, methodsOf, parseBody } from './rpc.mjs';
import { playFault, refuseUpgrade, sendAnswer } from './strange-answers.mjs';
import { Subscriptions } from './subscriptions.mjs';
import { WebSocket, acceptUpgrade } from './websocket.mjs';

/** A validator's limit on a request's body. */
export const MAX_BODY = 50 * 1024;
/** Node's own default of 5 s would cut the idle connections that a relay keeps. */
const KEEP_ALIVE_MS = 75_000;

const reply = (response, status, text, type = 'text/plain') =>
  response.writeHead(status, { 'content-type': type }).end(text);

/** The body as text, or null where it is longer than the limit. */
async function readBody(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > MAX_BODY) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

export class Node {
  #server = null;
  #sockets = new Set();
  #stuckTip = null;
  #nat = new Nat();
  #lags;
  #turn = 0;
  #subscriptions;

  /**
   * @param {{name: number | string, chain: Chain, network: object, random?: () => number,
   *          lags?: number[]}} options
   */
  constructor({ name, chain, network, random, lags = [0] }) {
    this.#lags = lags;
    this.name = name;
    this.chain = chain;
    this.network = network;
    this.faults = new Faults(random);
    this.host = '127.0.0.1';
    this.port = 0;
    const tipOf = () => this.#tipBehind(lags[0], 'signatureSubscribe');
    this.#subscriptions = new Subscriptions({ chain, faults: this.faults, tipOf });
  }

  get url() {
    return `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  async listen(host, port) {
    this.host = host;
    this.port = port;
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      this.#nat.carry(request.socket, response);
      this.#handle(request, response).catch((error) => this.#abandon(response, error));
    });
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      this.#nat.watch(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise((resolve, reject) =>
      server.once('error', reject).listen(port, host, resolve),
    );
    this.port = server.address().port;
    this.#server = server;
  }

  /** Stops listening and cuts every connection. */
  async close() {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async setFaults(faults) {
    this.faults.replace(faults);
    if (!this.faults.has('stuck_height')) this.#stuckTip = null;
    else this.#stuckTip ??= this.chain.blocks.slot;
    const nat = this.faults.find('nat');
    this.#nat.setIdle(nat ? (nat.idle ?? 1000) : null);
    const drop = this.faults.find('ws_drop');
    if (drop) setTimeout(() => this.#subscriptions.cutAll(), drop.ms ?? 1000).unref();
    if (this.faults.has('refuse')) await this.close();
    else if (!this.#server) await listenAgain(() => this.listen(this.host, this.port));
  }

  /** What a call of the method works on: each call is of the next backend. */
  #callOf(method) {
    const { chain, network, name, faults } = this;
    return { chain, network, node: name, tip: this.#tipFor(method), faults };
  }

  #tipFor(method) {
    const { slot } = this.chain.blocks;
    if (method.startsWith('localnet_')) return slot;
    return this.#tipBehind(this.#lags[this.#turn++ % this.#lags.length], method);
  }

  #tipBehind(ownLag, method) {
    const { slot } = this.chain.blocks;
    const fault = this.faults.take('lag', method);
    const lag = fault ? Math.max(fault.slots ?? 40, ownLag) : ownLag;
    return Math.min(this.#stuckTip ?? slot, slot - lag);
  }

  async #handle(request, response) {
    if (request.method === 'GET' && request.url === '/health') return reply(response, 200, 'ok');
    if (request.method !== 'POST')
      return reply(response, 405, 'Used HTTP Method is not allowed. POST or OPTIONS is required\n');
    if (!/^application\/json(;|$)/i.test(request.headers['content-type'] ?? '')) {
      return reply(
        response,
        415,
        'Supplied content type is not allowed. Content-Type: application/json is required\n',
      );
    }
    const body = await readBody(request);
    if (body === null) {
      response.setHeader('connection', 'close');
      return reply(response, 413, 'Request body is too large\n');
    }
    return this.#answer(body, response);
  }

  #upgrade(request, socket, head) {
    if (this.faults.take('hang', 'signatureSubscribe')) return;
    const refused = this.faults.take('ws_refuse', 'signatureSubscribe');
    const accepted = acceptUpgrade(request);
    if (refused || !accepted) return refuseUpgrade(socket, refused ?? { status: 400 });
    socket.write(accepted);
    const connection = new WebSocket(socket);
    this.#subscriptions.open(connection);
    connection.listen(head, (message) => this.#subscriptions.take(connection, message));
    const drop = this.faults.take('ws_drop', 'signatureSubscribe');
    if (drop) setTimeout(() => connection.cut(), drop.ms ?? 1000).unref();
  }

  async #answer(body, response) {
    const parsed = parseBody(body);
    const methods = methodsOf(parsed);
    if (await playFault(this.faults, methods, parsed, response)) return;
    const text = await answer(parsed, (method) => this.#callOf(method));
    sendAnswer(this.faults, methods, text, response);
  }

  // The client has gone away in the middle, or something unforeseen was thrown; the process goes
  // on.
  #abandon(response, error) {
    if (error.code !== 'ECONNRESET' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE')
      console.error(`localnet: ${error.stack}`);
    response.destroy();
  }
}
