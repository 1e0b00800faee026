// What befalls the RPC nodes of a chaos run, and the chain behind them. Two lines of it run at once: one
// breaks nodes or lets a lone one lie, the other has nodes tell the truth late, or only part of it, and
// takes back blocks that are not final. Each fault is {what, ms, heal()}, made when it begins.
import { setTimeout as pause } from 'node:timers/promises';

const plain = (fault) => () => ({ fault });

// Nodes that break: all of them may at once. None of these says a thing about the chain that is untrue.
const BREAKS = [
  ...['refuse', 'hang', 'slow', 'http500', 'behind', 'garbage', 'huge_body', 'lose_answer', 'drop'].map(plain),
  ...['deep_json', 'endless_chunks', 'endless_trailers', 'slow_bytes'].map(plain),
  (draw) => ({ fault: 'http429', retryAfter: draw.one([null, 0, 1, 2, -1, 'soon', '1e9', 'Thu, 01 Jan 1970 00:00:00 GMT']) }),
  (draw) => ({ fault: 'html', status: draw.one([200, 403, 520]) }),
  (draw) => ({ fault: 'bare_error', code: draw.one([-32007, -32029, 429]), status: draw.one([200, 429]) }),
  (draw) => ({ fault: 'refuses', code: draw.one([-32602, -32003]), methods: ['sendTransaction'] }),
  (draw) => ({ fault: 'refuses', code: draw.one([-32601, -32602, -32603, -32005, -32016]) }),
  (draw) => ({ fault: 'preflight_says', err: draw.one(['AccountNotFound', 'BlockhashNotFound', 'InsufficientFundsForFee']) }),
  (draw) => ({ fault: 'nat', idle: draw.one([100, 400, 1000]) }),
];

// Lies: where every node told them, nobody could know better. These befall one node at a time.
const LIES = [
  ...['forget_statuses', 'stuck_height', 'wrong_genesis', 'height_is_slot'].map(plain),
  (draw) => ({ fault: 'wrong_height', add: draw.one([-1000, -50, 50, 200, 1_000_000]) }),
  (draw) => ({ fault: 'wrong_slot', add: draw.one([-1000, -50, 50, 500, 1_000_000]) }),
  (draw) => ({ fault: 'wrong_last_valid', add: draw.one([-1_000_000, -100, 500, 1_000_000]) }),
];

const STATUSES = ['getSignatureStatuses'];

// The truth, late or in part: all nodes may be so at once, for long, and broken besides.
const VIEWS = [
  (draw) => [{ fault: 'lag', slots: draw.one([40, 40, 100]), methods: STATUSES }],
  (draw) => [{ fault: 'lag', slots: draw.one([2, 10, 40]), p: 0.5 }],
  (draw) => [{ fault: 'lag', slots: draw.one([5, 40]), methods: STATUSES }, { fault: 'ignores_min_context_slot' }],
  (draw) => [{ fault: 'lag', slots: 20, methods: STATUSES, p: 0.5 }, { fault: 'no_history', p: draw.one([1, 0.5]) }],
  (draw) => [{ fault: 'max_signatures', n: draw.one([1, 5]) }],
  (draw) => [{ fault: 'informational', status: draw.one([100, 102, 103]), count: draw.one([1, 3]) }],
  () => [{ fault: 'no_ag_genesis_cert' }, { fault: 'refuses_commitment', level: 'confirmed' }],
  (draw) => [{ fault: 'hold', slots: draw.one([3, 20, 60]), p: draw.one([1, 0.5]) }],
  (draw) => [{ fault: 'hold', until: 'last', p: draw.one([1, 0.5]) }],
  (draw) => [{ fault: 'drop', p: 0.5 }, { fault: 'hold', until: 'last', p: 0.5 }],
];

/** Several lines of mischief share the nodes: what one sets stands beside what the other has set. */
export class Board {
  #network;
  #byLine = new Map();

  constructor(network) {
    this.#network = network;
  }

  get nodes() {
    return this.#network.nodes.map((_, index) => index);
  }

  async set(line, faults) {
    this.#byLine.set(line, faults);
    await this.#network.setFaults([...this.#byLine.values()].flat());
  }
}

const settingsOf = ({ fault, node: _node, methods: _methods, ...settings }) =>
  [fault, ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)].join(' ');

async function afflict(board, line, nodes, faults, ms) {
  await board.set(line, faults.map((fault) => ({ ...fault, node: nodes })));
  const what = `nodes ${nodes} ${faults.map(settingsOf).join(' + ')}`;
  return { what, kind: faults.map((one) => one.fault).join(' + '), ms, heal: () => board.set(line, []) };
}

const someNodes = ({ nodes }, draw) => draw.some(nodes, 1 + draw.below(nodes.length));

export const BREAKING = [
  ({ board }, draw) => {
    const fault = { ...draw.one(BREAKS)(draw), p: draw.one([1, 1, 0.5]) };
    return afflict(board, 'breaks', someNodes(board, draw), [fault], draw.between(500, 5000));
  },
  ({ board }, draw) => afflict(board, 'breaks', [draw.one(board.nodes)], [draw.one(LIES)(draw)], draw.between(1000, 10_000)),
  ({ purse }, draw) => {
    purse.drain();
    return { what: 'payer drained', ms: draw.between(500, 2000), heal: () => purse.fill() };
  },
];

/** Until a transaction has landed in the open block; at most so long. */
async function landing(chain) {
  const before = chain.landedCount;
  for (const deadline = Date.now() + 2000; chain.landedCount <= before && Date.now() < deadline; ) await pause(5);
}

/** Takes blocks back, some times over, just when something has landed in the newest. */
async function fork({ world }, draw) {
  const { chain } = world.network;
  const options = { confirmed: draw.chance(0.7), again: draw.one([undefined, 0, 5, 30]) };
  const [blocks, times] = [1 + draw.below(20), 1 + draw.below(5)];
  let taken = 0;
  for (let count = 0; count < times; count++) {
    await landing(chain);
    taken += chain.fork(blocks, options).length;
  }
  const fate = options.again === undefined ? 'lost' : `again=${options.again}`;
  return { what: `${taken} transactions taken back in ${times} forks, ${fate}`, kind: 'fork', ms: 0, heal: () => {} };
}

const view = ({ board }, draw) => {
  const nodes = draw.chance(0.5) ? board.nodes : someNodes(board, draw);
  return afflict(board, 'views', nodes, draw.one(VIEWS)(draw), draw.between(1000, 10_000));
};

export const LATENESS = [view, view, fork];
