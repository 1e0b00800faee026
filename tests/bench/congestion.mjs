// ./dev bench --congestion [--quick] [--seconds N]: what lands, how soon and at what price, where others want the
// same accounts. A localnet on which blocks are auctioned (tests/localnet/src/scenarios.mjs), one relay after the
// other with a policy of its own, withdraws posted to it at a steady rate.
//
// Every run has the same bidders, by the scenario's seed, and ends by itself: posts for so many seconds, then at most
// as long as the longest of the times within which landing counts.
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { budgetOf } from '../localnet/src/fees.mjs';
import * as base58 from '../localnet/src/base58.mjs';
import { parseTransaction } from '../localnet/src/wire.mjs';
import { required } from '../harness/environment.mjs';
import { rpc } from '../harness/rpc.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

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

async function ratesOf(world, acceptedAt, limits) {
  const control = world.network.control.url;
  const all = await rpc(control, 'localnet_transactions');
  const clearing = new Map((await rpc(control, 'localnet_auctions')).map((one) => [one.slot, one.clearing]));
  const landed = all.filter((one) => one.outcome === 'landed' && one.err === null);
  const seconds = landed.map((one) => (one.landedAt - acceptedAt.get(one.nullifier)) / 1000);
  const overpaid = landed
    .filter((one) => clearing.get(one.landedSlot) > 0)
    .map((one) => {
      const { price } = budgetOf(parseTransaction(Buffer.from(one.wire, 'base64')).message);
      return Number(price) / clearing.get(one.landedSlot);
    });
  const paid = all.reduce((sum, one) => sum + (one.payerPaid ?? 0), 0);
  return {
    withdraws: acceptedAt.size,
    within: limits.map((limit) => seconds.filter((one) => one <= limit).length / acceptedAt.size),
    lamports: landed.length > 0 ? paid / landed.length : null,
    overpaid: mean(overpaid),
    signed: all.length / acceptedAt.size,
    failed: Number((await world.query(`SELECT count(*) FROM jobs WHERE status = 'failed'`))[0]),
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
    const acceptedAt = await post(relay, bodies, rate);
    await settle(world, bodies.length, Math.max(...limits));
    return await ratesOf(world, acceptedAt, limits);
  } finally {
    for (const end of ends) await end();
  }
}

const number = (value, digits) =>
  value === null ? '-' : value.toLocaleString('en', { maximumFractionDigits: digits });
const share = (value) => `${(100 * value).toFixed(0)} %`;

function row(scenario, policy, { within, lamports, overpaid, signed, failed }) {
  const cells = [scenario, policy, ...within.map(share), number(lamports, 0), number(overpaid, 2), number(signed, 2), failed];
  return `| ${cells.join(' | ')} |`;
}

const headOf = (limits) => {
  const landed = limits.map((limit) => `landed in ${limit} s`);
  const titles = ['congestion', 'policy', ...landed, 'lamports a landed one', 'paid / price of a place', 'signed each', 'failed'];
  return `| ${titles.join(' | ')} |\n|${titles.map(() => '---|').join('')}`;
};

/** `quick`: an idea of it, in a third of the time. */
export async function measureCongestion({ quick, seconds, json, tell }) {
  const run = quick ? { rate: 5, seconds: 15, limits: [5, 15, 20] } : { rate: 5, seconds, limits: [5, 15, 60] };
  const policies = [];
  for (const policy of Object.keys(POLICIES)) {
    if (await isKnown(policy)) policies.push(policy);
    else console.log(`${policy}: this relayd does not know it, so it is left out`);
  }
  console.log(
    `${run.rate} withdraws a second for ${run.seconds} s, then at most ${Math.max(...run.limits)} s for the last of them; slots of ${SLOT_MS} ms, ` +
      `a blockhash lives 150 blocks, ${NODES} nodes; auto's cap is ${CAP.toLocaleString('en')} micro-lamports`,
  );
  for (const [scenario, words] of Object.entries(SCENARIO_WORDS)) console.log(`${scenario}: ${words}`);
  console.log(`\n${headOf(run.limits)}`);
  const measured = [];
  for (const scenario of Object.keys(SCENARIO_WORDS))
    for (const policy of policies) {
      tell(`${scenario}, ${policy}`);
      const rates = await measure(scenario, policy, run);
      measured.push({ scenario, policy, ...rates });
      console.log(row(scenario, policy, rates));
    }
  if (json) writeFileSync(json, `${JSON.stringify({ run, measured }, null, 1)}\n`);
}
