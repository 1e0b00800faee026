// The faults a node can play, and the switches for them.
//
// A fault is {node, fault, ...} with, for every kind: `methods` (only calls of these; the default
// is in DEFAULT_METHODS, else all), `p` (probability, 1 by default) and `times` (how often it
// happens before it is over).
//
// The kinds and their own settings:
//   refuse            the port is closed and connections are cut
//   hang              no answer, the connection stays open
//   slow              `ms` (1000) before the call is looked at
//   http500           500 and a line of text
//   http429           429 with Retry-After: `seconds` (1)
//   behind            error -32005 with numSlotsBehind: `slots` (500)
//   garbage           200 with what is not JSON
//   huge_body         200 with a body of `bytes` (100 MB), sent as fast as it is read
//   lose_answer       the call is done, then the connection is cut
//   drop              a sent transaction is answered with its signature and never lands
//   forget_statuses   the node knows no transaction, not even in its history
//   stuck_height      slot, height, blockhash and statuses stand still from now on
//   wrong_genesis     another cluster's genesis hash
import { refuseAll } from './rpc.mjs';

export const KINDS = [
  'refuse',
  'hang',
  'slow',
  'http500',
  'http429',
  'behind',
  'garbage',
  'huge_body',
  'lose_answer',
  'drop',
  'forget_statuses',
  'stuck_height',
  'wrong_genesis',
];
const DEFAULT_METHODS = { lose_answer: ['sendTransaction'] };

/** Random numbers in [0, 1) that a seed fixes. */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One node's faults. */
export class Faults {
  #active = [];
  #random;

  constructor(random = Math.random) {
    this.#random = random;
  }

  replace(faults) {
    this.#active = faults.map((fault) => ({ ...fault }));
  }

  list() {
    return this.#active.map((fault) => ({ ...fault }));
  }

  has(kind) {
    return this.#active.some((fault) => fault.fault === kind);
  }

  /** The fault of this kind, if it is to happen now to any of these methods. */
  take(kind, ...methods) {
    const fault = this.#active.find((one) => one.fault === kind && concerns(one, methods));
    if (!fault || (fault.p !== undefined && this.#random() >= fault.p)) return null;
    if (fault.times !== undefined && --fault.times <= 0)
      this.#active.splice(this.#active.indexOf(fault), 1);
    return fault;
  }
}

function concerns(fault, methods) {
  const wanted = fault.methods ?? DEFAULT_METHODS[fault.fault];
  return !wanted || methods.some((method) => wanted.includes(method));
}

// What happens to a request instead of its being answered. Each returns once it has done its part.
const INSTEAD_OF_AN_ANSWER = {
  hang: () => {},
  http500: (response) =>
    response.writeHead(500, { 'content-type': 'text/plain' }).end('Internal Server Error\n'),
  http429: (response, { seconds = 1 }) =>
    response
      .writeHead(429, { 'content-type': 'text/plain', 'retry-after': seconds })
      .end('Too Many Requests\n'),
  garbage: (response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end('<html>this is not JSON {"jsonrpc":'),
  huge_body: (response, { bytes = 100_000_000 }) => streamHugeBody(response, bytes),
  behind: (response, { slots = 500 }, parsed) => {
    const error = {
      code: -32005,
      message: `Node is behind by ${slots} slots`,
      data: { numSlotsBehind: slots },
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(refuseAll(parsed, error));
  },
};

function streamHugeBody(response, bytes) {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"jsonrpc":"2.0","id":1,"result":"');
  let left = bytes;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      if (!response.write(chunk)) return;
    }
    response.end('"}');
  };
  response.on('drain', more);
  more();
}

/** Plays a fault on the request; true where that was its answer. */
export async function playFault(faults, methods, parsed, response) {
  const slow = faults.take('slow', ...methods);
  if (slow) await new Promise((resolve) => setTimeout(resolve, slow.ms ?? 1000));
  for (const [kind, play] of Object.entries(INSTEAD_OF_AN_ANSWER)) {
    const fault = faults.take(kind, ...methods);
    if (!fault) continue;
    play(response, fault, parsed);
    return true;
  }
  return false;
}
