// Congestion: who else wants the shield pool's accounts, and how much room leaders have for them.
//
// A scenario is an object; each member that is left out is as DEFAULTS has it:
//   room      compute units a block has for transactions that write to the pool's accounts. Agave gives a
//             writable account 12 million a block of 400 ms (cost-model/src/block_cost_limits.rs)
//   bidders   other transactions for that room: `count` a slot on average, each asking for `units` (from,
//             to; equally likely), at a price of micro-lamports a unit that is log-normal: half of them
//             bid less than `median`, and `sigma` is the spread of the logarithm. `patience`: slots until
//             one that has not landed is gone
//   drift     {times, slots}: prices rise to so many times what they were, evenly over so many slots, and
//             stay there; null for none. Below 1 they fall
//   bursts    {times, every, slots}: of `every` slots the last `slots` bring bidders with prices so many
//             times as high; null for none
//   queue     how many may wait at the leaders; of more, the cheapest fall out (as out of the buffer of
//             core/src/banking_stage/transaction_scheduler)
//   drops     share of sends that no leader sees
//   skipped   share of slots that are skipped
//   late      share of slots that take three times as long; only where a timer makes the blocks
//   seed      the same seed draws the same bidders
const DEFAULTS = {
  room: 12_000_000,
  bidders: { count: 0, units: [100_000, 400_000], median: 1_000, sigma: 1, patience: 150 },
  drift: null,
  bursts: null,
  queue: 1_000,
  drops: 0,
  skipped: 0,
  late: 0,
  seed: 1,
};

/**
 * By name. They are for slots of 100 ms: the room is the quarter of a mainnet block's that is mainnet's
 * in the same time, 27 withdraws that ask for no more than they use, or 7 that ask for 400,000 units.
 */
export const SCENARIOS = {
  /** A tenth of the room is wanted, for next to nothing. Who bids anything lands in the next block. */
  calm: {
    room: 3_000_000,
    bidders: { count: 1.2, median: 1_000, sigma: 1.5 },
    drops: 0.01,
    skipped: 0.02,
    late: 0.02,
  },
  /**
   * A third more is wanted than there is room for. The price of a place is around 4,000, and three times
   * that for 5 s of every 20: around what a relay with the usual settings bids.
   */
  busy: {
    room: 3_000_000,
    bidders: { count: 16, median: 8_000, sigma: 1 },
    bursts: { times: 3, every: 200, slots: 50 },
    drops: 0.05,
    skipped: 0.05,
    late: 0.05,
  },
  /**
   * Four times as much is wanted as there is room for, by bidders of whom half pay more than 40,000. A
   * place costs some 70,000 at first, and five times that a minute later.
   */
  storm: {
    room: 3_000_000,
    bidders: { count: 48, median: 40_000, sigma: 0.8 },
    drift: { times: 5, slots: 600 },
    drops: 0.2,
    skipped: 0.05,
    late: 0.1,
  },
  /**
   * Four times as much is wanted as there is room for. A place costs some 9,000; 25 s after the start, and
   * then every minute, that jumps to twenty times as much, within seconds, for 35 s: what was signed before is
   * stuck until it has expired.
   */
  squall: {
    room: 3_000_000,
    bidders: { count: 48, median: 5_000, sigma: 0.8 },
    bursts: { times: 20, every: 600, slots: 350 },
    drops: 0.05,
    skipped: 0.05,
    late: 0.05,
  },
};

const MOST = { room: 1e9, count: 500, median: 1e12, sigma: 5, patience: 10_000, queue: 100_000 };
const isNumber = (value, { least = 0, most = Infinity }) =>
  Number.isFinite(value) && value >= least && value <= most;
const isWhole = (value, limits) => Number.isSafeInteger(value) && isNumber(value, limits);
const isShare = (value) => isNumber(value, { most: 1 });

const RULES = {
  room: (value) => isWhole(value, { most: MOST.room }),
  queue: (value) => isWhole(value, { least: 1, most: MOST.queue }),
  drops: isShare,
  skipped: (value) => isNumber(value, { most: 0.9 }),
  late: isShare,
  seed: (value) => isWhole(value, {}),
  'bidders.count': (value) => isNumber(value, { most: MOST.count }),
  'bidders.units': (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((one) => isWhole(one, { least: 1, most: 1_400_000 })) &&
    value[0] <= value[1],
  'bidders.median': (value) => isNumber(value, { most: MOST.median }),
  'bidders.sigma': (value) => isNumber(value, { most: MOST.sigma }),
  'bidders.patience': (value) => isWhole(value, { least: 1, most: MOST.patience }),
  'drift.times': (value) => isNumber(value, { least: 0.001, most: 1_000 }),
  'drift.slots': (value) => isWhole(value, { least: 1 }),
  'bursts.times': (value) => isNumber(value, { least: 0.001, most: 1_000 }),
  'bursts.every': (value) => isWhole(value, { least: 1 }),
  'bursts.slots': (value) => isWhole(value, {}),
};

/** [name, value] of each member, those of a group as `group.name`. */
const members = (scenario) =>
  Object.entries(scenario).flatMap(([name, value]) =>
    ['bidders', 'drift', 'bursts'].includes(name)
      ? Object.entries(value ?? {}).map(([inner, one]) => [`${name}.${inner}`, one])
      : [[name, value]],
  );

function faultIn(scenario) {
  for (const [name, value] of members(scenario)) {
    if (!Object.hasOwn(RULES, name)) return `a scenario has no ${name}`;
    if (!RULES[name](value)) return `${name} cannot be ${JSON.stringify(value)}`;
  }
  const names = members(scenario).map(([name]) => name);
  const missing = Object.keys(RULES).find(
    (name) => scenario[name.split('.')[0]] && !names.includes(name),
  );
  return missing ? `${missing} is missing` : null;
}

/**
 * The whole scenario of a name, or of an object with what differs from the defaults.
 * @returns {{scenario: object} | {wrong: string}}
 */
export function readScenario(given) {
  const isName = typeof given === 'string';
  if (isName && !Object.hasOwn(SCENARIOS, given))
    return { wrong: `no such scenario; there are ${Object.keys(SCENARIOS).join(', ')}` };
  const chosen = isName ? SCENARIOS[given] : given;
  if (typeof chosen !== 'object' || chosen === null || Array.isArray(chosen))
    return { wrong: 'a scenario is a name or an object' };
  const bidders = { ...DEFAULTS.bidders, ...chosen.bidders };
  const scenario = { ...DEFAULTS, ...chosen, bidders };
  const wrong = faultIn(scenario);
  return wrong ? { wrong } : { scenario };
}
