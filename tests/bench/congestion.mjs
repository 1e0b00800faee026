// ./dev bench --congestion [--scenario NAME] [--quick] [--seconds N] [--json FILE] [--svg FILE]: what lands, how
// soon and at what price, where others want the same accounts. A localnet on which blocks are auctioned
// (tests/localnet/src/scenarios.mjs), one relay after the other with a policy of its own, withdraws posted to it at a
// steady rate.
//
// Every run has the same bidders, by the scenario's seed, and ends by itself: posts for so many seconds, then at most
// as long as the longest of the times within which landing counts.
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { budgetOf } from '../localnet/src/fees.mjs';
import * as base58 from '../localnet/src/base58.mjs';
import { parseTransaction } from '../localnet/src/wire.mjs';
import { required } from '../harness/environment.mjs';
import { rpc } from '../harness/rpc.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { chartOf } from './congestion_chart.mjs';

/** A blockhash lives 150 blocks: 15 s, and a little more for slots that are late or skipped. */
const SLOT_MS = 100;
const NODES = 2;
/** Slots before the relay starts: nodes tell prices of the last 150 blocks. */
const WARM_UP_SLOTS = 160;
const CAP = 5_000_000;
const SCENARIO_WORDS = {
  calm: 'a tenth of the room is wanted',
  busy: 'a third more is wanted than there is room for, and bursts at three times the price',
  storm: 'four times the room is wanted; half bid over 40,000, rising fivefold within a minute; a fifth of sends lost',
  squall: 'four times the room is wanted; half bid over 5,000, and from a few seconds after the first post on 100,000',
};

/** By name: the relay's settings, of the price that a rival would take from the nodes at the start. */
const POLICIES = {
  fixed: () => ({ RELAY_SOLANA_COMPUTE_UNIT_LIMIT: '400000', RELAY_SOLANA_COMPUTE_UNIT_PRICE: '10000' }),
  percentile: (price) => ({
    RELAY_SOLANA_COMPUTE_UNIT_LIMIT: '400000',
    RELAY_SOLANA_COMPUTE_UNIT_PRICE: String(price),
  }),
  auto: () => ({
    RELAY_SOLANA_COMPUTE_UNIT_LIMIT: 'auto',
    RELAY_SOLANA_COMPUTE_UNIT_PRICE: 'auto',
    RELAY_SOLANA_COMPUTE_UNIT_PRICE_CAP: String(CAP),
  }),
};

const mean = (list) => (list.length > 0 ? list.reduce((sum, one) => sum + one, 0) / list.length : null);

/** Whether this relayd takes the policy's settings; an older one does not know them. */
async function isKnown(policy) {
  const needed = { RELAY_SOLANA_KEYPAIR: required('RELAY_BENCH_KEYPAIR') };
  const { code } = await World.command(['config'], { ...needed, ...POLICIES[policy](1) });
  return code === 0;
}

/** What who estimates a price would ask for, and take: the 75th percentile of the recent ones. */
async function percentileNow(world) {
  const { pool, treasury, shard } = world.network.addresses;
  const accounts = [pool, treasury, shard].map(base58.encode);
  const prices = await rpc(world.url, 'getRecentPrioritizationFees', accounts);
  const sorted = prices.map((one) => one.prioritizationFee).sort((one, other) => one - other);
  return sorted[Math.floor(0.75 * (sorted.length - 1))];
}

/** Posts each at its time. @returns {Map<string, number>} the time in which each was accepted, by nullifier */
async function post(relay, bodies, rate) {
  const acceptedAt = new Map();
  const began = performance.now();
  const posts = bodies.map(async (body, index) => {
    await pause((index / rate) * 1000 - (performance.now() - began));
    await relay.accept(body);
    acceptedAt.set(body.public_inputs.nf, Date.now());
  });
  await Promise.all(posts);
  return acceptedAt;
}

/** Until all have landed well, or so many seconds are over. */
async function settle(world, count, most) {
  const deadline = Date.now() + most * 1000;
  const hasLanded = (one) => one.outcome === 'landed' && one.err === null;
  while (Date.now() < deadline && world.network.chain.log.all().filter(hasLanded).length < count)
    await pause(200);
}

const priceOf = ({ wire }) => Number(budgetOf(parseTransaction(Buffer.from(wire, 'base64')).message).price);

/** What became of the withdraws; `from` is the slot in which the first was posted. */
async function ratesOf(world, acceptedAt, limits, from) {
  const control = world.network.control.url;
  const all = await rpc(control, 'localnet_transactions');
  const auctions = await rpc(control, 'localnet_auctions', { from });
  const clearing = new Map(auctions.map((one) => [one.slot, one.clearing]));
  const landed = all.filter((one) => one.outcome === 'landed' && one.err === null);
  const seconds = landed.map((one) => (one.landedAt - acceptedAt.get(one.nullifier)) / 1000);
  const contested = landed.filter((one) => clearing.get(one.landedSlot) > 0);
  const paid = all.reduce((sum, one) => sum + (one.payerPaid ?? 0), 0);
  return {
    withdraws: acceptedAt.size,
    within: limits.map((limit) => seconds.filter((one) => one <= limit).length / acceptedAt.size),
    lamports: landed.length > 0 ? paid / landed.length : null,
    overpaid: mean(contested.map((one) => priceOf(one) / clearing.get(one.landedSlot))),
    signed: all.length / acceptedAt.size,
    failed: Number((await world.query(`SELECT count(*) FROM jobs WHERE status = 'failed'`))[0]),
    // By slots since the first post, for the chart.
    clearing: auctions.map((one) => [one.slot - from, one.clearing]),
    landed: landed.map((one) => [one.landedSlot - from, priceOf(one)]),
  };
}

async function measure(scenario, policy, { rate, seconds, limits }) {
  const bodies = Array.from({ length: Math.round(rate * seconds) }, () => makeBody());
  const ends = [];
  const world = await World.start(
    { after: (end) => ends.unshift(end) },
    // Room for them all, and no more: the program walks through the whole shard.
    { slotMs: SLOT_MS, nodes: NODES, shardCapacity: bodies.length + 10, congestion: scenario },
  );
  try {
    const first = world.network.chain.blocks.slot;
    while (world.network.chain.blocks.slot < first + WARM_UP_SLOTS) await pause(SLOT_MS);
    const relay = await world.relay({
      ...POLICIES[policy](await percentileNow(world)),
      RELAY_WORKER_MAX_CONCURRENT_JOBS: '1000',
      RELAY_LOG_LEVEL: 'error',
    });
    const [began, from] = [Date.now(), world.network.chain.blocks.slot];
    const acceptedAt = await post(relay, bodies, rate);
    await settle(world, bodies.length, Math.max(...limits));
    const slotMs = (Date.now() - began) / (world.network.chain.blocks.slot - from);
    return { slotMs, ...(await ratesOf(world, acceptedAt, limits, from)) };
  } finally {
    for (const end of ends) await end();
  }
}

const number = (value, digits) =>
  value === null ? '-' : value.toLocaleString('en', { maximumFractionDigits: digits });
const share = (value) => `${(100 * value).toFixed(0)} %`;

function row(scenario, policy, { within, lamports, overpaid, signed, failed }) {
  const figures = [number(lamports, 0), number(overpaid, 2), number(signed, 2), failed];
  const cells = [scenario, policy, ...within.map(share), ...figures];
  return `| ${cells.join(' | ')} |`;
}

const headOf = (limits) => {
  const landed = limits.map((limit) => `landed in ${limit} s`);
  const figures = ['lamports a landed one', 'paid / price of a place', 'signed each', 'failed'];
  const titles = ['congestion', 'policy', ...landed, ...figures];
  return `| ${titles.join(' | ')} |\n|${titles.map(() => '---|').join('')}`;
};

/** `quick`: an idea of it, in a third of the time; `scenario`: that one alone. */
export async function measureCongestion({ quick, seconds, scenario: only, json, svg, tell }) {
  const run = quick ? { rate: 5, seconds: 15, limits: [5, 15, 20] } : { rate: 5, seconds, limits: [5, 15, 60] };
  const policies = [];
  for (const policy of Object.keys(POLICIES)) {
    if (await isKnown(policy)) policies.push(policy);
    else console.log(`${policy}: this relayd does not know it, so it is left out`);
  }
  console.log(
    `${run.rate} withdraws a second for ${run.seconds} s, then at most ${Math.max(...run.limits)} s for the last; ` +
      `slots of ${SLOT_MS} ms, a blockhash lives 150 blocks, ${NODES} nodes;\n` +
      `prices in micro-lamports a compute unit, auto's cap is ${number(CAP)}; load average ${loadavg()[0].toFixed(1)}`,
  );
  const scenarios = Object.entries(SCENARIO_WORDS).filter(([name]) => only === undefined || name === only);
  if (scenarios.length === 0) throw new Error(`--scenario is one of ${Object.keys(SCENARIO_WORDS).join(', ')}`);
  for (const [scenario, words] of scenarios) console.log(`${scenario}: ${words}`);
  console.log(`\n${headOf(run.limits)}`);
  const measured = [];
  for (const [scenario] of scenarios)
    for (const policy of policies) {
      tell(`${scenario}, ${policy}`);
      const rates = await measure(scenario, policy, run);
      measured.push({ scenario, policy, ...rates });
      console.log(row(scenario, policy, rates));
    }
  const lengths = measured.map(({ slotMs }) => Math.round(slotMs));
  console.log(`\nslots took ${Math.min(...lengths)} to ${Math.max(...lengths)} ms in the mean, late ones included`);
  if (json) writeFileSync(json, `${JSON.stringify({ run, measured })}\n`);
  if (svg) writeFileSync(svg, chartOf({ run, measured, slotMs: SLOT_MS }));
}
