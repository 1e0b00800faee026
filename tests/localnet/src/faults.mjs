// The faults a node can play, and the switches for them.
//
// A fault is {node, fault, ...} with, for every kind: `methods` (only calls of these; the default
// is all that the kind concerns), `p` (probability, 1 by default) and `times` (how often it happens
// before it is over). Of several faults of one kind, the first that happens is played.
//
// The kinds and their own settings, with what holds where a setting is left out.
// The whole connection or body:
//   refuse            the port is closed and connections are cut
//   hang              no answer, the connection stays open
//   slow              `ms` (1000) before the call is looked at
//   nat               a connection on which nothing went for `idle` ms (1000) is dead ever after,
//                     and neither side is told
//   lose_answer       the call is done, then the connection is cut (sendTransaction alone)
// Answers in place of the node's:
//   http500           500 and a line of text
//   http429           429 with Retry-After: `seconds` (1), or `retryAfter`, any text or number, or
//                     null for none; `body`, a line of text
//   html              a page of HTML with `status` (403)
//   bare_error        {"code": `code` (-32007), "message": `message`} with `status` (200), no JSON-RPC
//   behind            error -32005 with numSlotsBehind: `slots` (500)
//   garbage           200 with what is not JSON
//   huge_body         200 with a body of `bytes` (100 MB), sent as fast as it is read
//   deep_json         nested `depth` (60000) deep, `where`: the error's 'message' or the 'result'
//   endless_chunks    a chunk whose extension never ends
//   endless_trailers  a chunked answer whose trailers never end
// The node's answer, sent strangely:
//   informational     `count` (1) answers with `status` (103) come first
//   slow_bytes        a byte every `ms` (50)
// One call refused:
//   refuses           error `code` with `message` and `data`
//   refuses_commitment  -32602 for a call that names `level` (confirmed)
//   max_signatures    -32602 for more than `n` (5) signatures
//   no_history        -32011 for what needs the history
//   no_ag_genesis_cert  -32601 for getAgGenesisCert: the node is too old
//   preflight_says    every preflight fails with `err`
// Transactions:
//   drop              answered with its signature, never lands
//   hold              answered with its signature, lands `slots` (1) later, or with `until`: 'last'
//                     in the last block that can take it
// What the node knows:
//   lag               answered by a backend `slots` (40) behind
//   stuck_height      slot, height, blockhash and statuses stand still from now on
//   forget_statuses   the node knows no transaction, not even in its history
//   ignores_min_context_slot  getSignatureStatuses as of old: no minContextSlot, no commitment
//   wrong_genesis     another cluster's genesis hash
//   height_is_slot    getBlockHeight and getEpochInfo answer the slot for the height
//   wrong_height      `add` to the height these two tell
//   wrong_slot        `add` to every slot told: getSlot, getEpochInfo, the context of any answer
//   wrong_last_valid  `add` to the lastValidBlockHeight of getLatestBlockhash
//   wrong_prices      getRecentPrioritizationFees tells `price` (10^12) for every slot
//   wrong_units       a simulation tells `units` (1) as consumed
// Websockets:
//   ws_refuse         the upgrade is answered with `status` (404) and a page of HTML
//   ws_drop           each connection is cut `ms` (1000) after it was opened, those there are after so long
//   ws_mute           subscriptions are answered, and nothing is told
//   ws_false          a subscription is told at the next block that its transaction landed with `err` (null)

const COMMON = ['node', 'fault', 'methods', 'p', 'times'];
const SETTINGS = {
  refuse: [],
  hang: [],
  slow: ['ms'],
  nat: ['idle'],
  lose_answer: [],
  http500: [],
  http429: ['seconds', 'retryAfter', 'body'],
  html: ['status'],
  bare_error: ['code', 'status', 'message'],
  behind: ['slots'],
  garbage: [],
  huge_body: ['bytes'],
  deep_json: ['depth', 'where'],
  endless_chunks: [],
  endless_trailers: [],
  informational: ['count', 'status'],
  slow_bytes: ['ms'],
  refuses: ['code', 'message', 'data'],
  refuses_commitment: ['level'],
  max_signatures: ['n'],
  no_history: [],
  no_ag_genesis_cert: [],
  preflight_says: ['err'],
  drop: [],
  hold: ['slots', 'until'],
  lag: ['slots'],
  stuck_height: [],
  forget_statuses: [],
  ignores_min_context_slot: [],
  wrong_genesis: [],
  height_is_slot: [],
  wrong_height: ['add'],
  wrong_slot: ['add'],
  wrong_last_valid: ['add'],
  wrong_prices: ['price'],
  wrong_units: ['units'],
  ws_refuse: ['status'],
  ws_drop: ['ms'],
  ws_mute: [],
  ws_false: ['err'],
};
export const KINDS = Object.keys(SETTINGS);
const DEFAULT_METHODS = { lose_answer: ['sendTransaction'] };

/** What is wrong with a fault, in words; null where nothing is. */
export function faultOf(fault) {
  if (!KINDS.includes(fault?.fault)) return `no such fault; there are ${KINDS.join(', ')}`;
  const known = [...COMMON, ...SETTINGS[fault.fault]];
  const unknown = Object.keys(fault).find((name) => !known.includes(name));
  return unknown === undefined ? null : `${fault.fault} has no ${unknown}, but ${known.join(', ')}`;
}

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

  /** The first fault of this kind, whether it is to happen now or not. */
  find(kind) {
    return this.#active.find((fault) => fault.fault === kind) ?? null;
  }

  has(kind) {
    return this.find(kind) !== null;
  }

  /** The fault of this kind, if one is to happen now to any of these methods. */
  take(kind, ...methods) {
    const fault = this.#active.find(
      (one) => one.fault === kind && concerns(one, methods) && this.#isDrawn(one),
    );
    if (!fault) return null;
    if (fault.times !== undefined && --fault.times <= 0)
      this.#active.splice(this.#active.indexOf(fault), 1);
    return fault;
  }

  #isDrawn({ p }) {
    return p === undefined || this.#random() < p;
  }
}

function concerns(fault, methods) {
  const wanted = fault.methods ?? DEFAULT_METHODS[fault.fault];
  return !wanted || methods.some((method) => wanted.includes(method));
}
