// What a node tells over websockets: signatureSubscribe, signatureUnsubscribe and getVersion, as Agave's
// rpc/src/rpc_pubsub.rs and rpc_subscriptions.rs have them.
//
// A subscription is looked at whenever a block was made, at the slot that its level has reached by then.
// Once its transaction has landed there it is told so, and the subscription is over. What had landed
// before is told too, for as long as the node remembers statuses. The same subscription again, on whatever
// connection to the node, has the same number.
import { toJson } from './json.mjs';
import { API_VERSION, RpcError, invalidParams, options, signatureText, text } from './params.mjs';
import { parseBody } from './rpc.mjs';
import { RECENT_SLOTS, isLanded } from './transaction-log.mjs';

const LEVELS = ['processed', 'confirmed', 'finalized'];

function readSubscription(params) {
  const config = options(params, 1);
  const { commitment: level = 'finalized', enableReceivedNotification: isReceivedWanted = false } = config;
  if (!LEVELS.includes(level))
    throw invalidParams(
      `Invalid params: unknown variant \`${level}\`, expected one of processed, confirmed, finalized`,
    );
  const signature = text(params, 0);
  try {
    signatureText(signature);
  } catch {
    throw invalidParams('Invalid Request: Invalid signature provided');
  }
  return { signature, level, isReceivedWanted: isReceivedWanted === true };
}

export class Subscriptions {
  #chain;
  #faults;
  #tipOf;
  #connections = new Map(); // by WebSocket: its subscriptions by number
  #numbers = new Map(); // by what is subscribed to

  /** `tipOf()`: the open slot as the node knows it. */
  constructor({ chain, faults, tipOf }) {
    this.#chain = chain;
    this.#faults = faults;
    this.#tipOf = tipOf;
    chain.onBlock(() => this.#lookAtAll());
  }

  /** A connection was opened: what comes on it is for take(). */
  open(socket) {
    this.#connections.set(socket, new Map());
    socket.onClose(() => this.#connections.delete(socket));
  }

  cutAll() {
    for (const socket of this.#connections.keys()) socket.cut();
  }

  /** Answers a message. */
  take(socket, message) {
    const parsed = parseBody(message);
    const failure = (id, code, words) =>
      socket.send(toJson({ jsonrpc: '2.0', error: { code, message: words }, id }));
    if (!parsed) return failure(null, -32700, 'Parse error');
    for (const { id = null, method, params = [] } of parsed.requests.map((one) => one ?? {})) {
      try {
        const result = this.#call(socket, method, Array.isArray(params) ? params : []);
        socket.send(toJson({ jsonrpc: '2.0', result, id }));
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        failure(id, error.code, error.message);
      }
    }
  }

  #call(socket, method, params) {
    const own = this.#connections.get(socket);
    if (method === 'getVersion') return { 'solana-core': API_VERSION, 'feature-set': 0 };
    if (method === 'signatureSubscribe') return this.#subscribe(own, readSubscription(params));
    if (method !== 'signatureUnsubscribe') throw new RpcError(-32601, 'Method not found');
    if (!own?.delete(params[0])) throw invalidParams('Invalid subscription id.');
    return true;
  }

  #subscribe(own, subscription) {
    const name = JSON.stringify(subscription);
    if (!this.#numbers.has(name)) this.#numbers.set(name, this.#numbers.size);
    const number = this.#numbers.get(name);
    own?.set(number, { ...subscription, wasReceivedTold: false });
    return number;
  }

  #lookAtAll() {
    for (const [socket, own] of this.#connections)
      for (const [number, subscription] of own) this.#lookAt(socket, own, number, subscription);
  }

  #lookAt(socket, own, number, subscription) {
    if (this.#faults.take('ws_mute', 'signatureSubscribe')) return;
    const tip = this.#tipOf();
    const slot = this.#reached(subscription.level, tip);
    const record = this.#chain.log.find(subscription.signature);
    const tell = (value) => this.#tell(socket, number, slot, value);
    const lie = this.#faults.take('ws_false', 'signatureSubscribe');
    if (lie) {
      own.delete(number);
      return void tell({ err: lie.err ?? null });
    }
    if (record && subscription.isReceivedWanted && !subscription.wasReceivedTold) {
      subscription.wasReceivedTold = true;
      tell('receivedSignature');
    }
    if (!isLanded(record, slot) || tip - record.landedSlot > RECENT_SLOTS) return;
    own.delete(number);
    tell({ err: record.err });
  }

  /** The slot of the newest full block at the level: the open one is told of when it is full. */
  #reached(level, tip) {
    const { blocks } = this.#chain;
    return level === 'processed' ? blocks.slotsUpTo(tip, 2)[0] : blocks.slotAt(level, tip);
  }

  #tell(socket, subscription, slot, value) {
    const params = { result: { context: { slot }, value }, subscription };
    socket.send(toJson({ jsonrpc: '2.0', method: 'signatureNotification', params }));
  }
}
