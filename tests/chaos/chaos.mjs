// ./dev chaos: three relays, a load of withdraws and whatever can break, for some seconds; then an
// audit from the chain's side. Exit code 0: every accepted withdraw was paid once, or failed for its
// reason and was not paid.
//
// The stack (Postgres, Redis) is ./dev's; the localnet, of three nodes, lives in this process.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { manage } from '../harness/database.mjs';
import { required } from '../harness/environment.mjs';
import { checking } from '../harness/proofs.mjs';
import { rpc } from '../harness/rpc.mjs';
import { World } from '../harness/world.mjs';
import { SYSTEM_PROGRAM } from '../localnet/src/addresses.mjs';
import * as base58 from '../localnet/src/base58.mjs';
import { seededRandom } from '../localnet/src/faults.mjs';
import { audit } from './audit.mjs';
import { Crew } from './crew.mjs';
import { Mischief, Stores, draws } from './faults.mjs';
import { Load } from './load.mjs';

// A relay believes no expiry within 15 s of signing, and what was dropped may have to be signed thrice.
const SETTLE_SECONDS = 180;
/** Quick enough for a run of a minute to see blockhashes expire, four times over. */
const SLOT_MS = 100;
/** More blocks than a blockhash lives and than finality takes: what has not landed by then never will. */
const LAST_BLOCKS = 200;
const DRAINED = 1_000_000n;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, rate: { type: 'string', default: '6' } },
});
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
const rate = Number(values.rate);
const finality = draws(seededRandom(seed)).one(['alpenglow', 'alpenglow', 'tower']);
const makeDraws = (line) => draws(seededRandom(seed * 10 + line));
const began = Date.now();
const stamp = (at) => `+${((at - began) / 1000).toFixed(1)}s`.padStart(8);
const tell = (text) => console.log(`${stamp(Date.now())} ${text}`);

/** Empties the payer's account and fills it again, to the lamport, whatever is charged meanwhile. */
function makePurse(world) {
  const { runtime } = world.network.chain;
  const [payer] = world.network.payers;
  const set = (lamports) => runtime.setAccount(payer, { lamports, owner: SYSTEM_PROGRAM });
  let kept = 0n;
  return {
    drain() {
      kept = runtime.balance(payer) - DRAINED;
      set(DRAINED);
    },
    fill: () => set(runtime.balance(payer) + kept),
  };
}

function balances(world, withdraws) {
  const { runtime } = world.network.chain;
  const { pool, treasury } = world.network.addresses;
  const of = (text) => runtime.balance(base58.decode(text));
  const recipients = withdraws.flatMap((one) => one.outputs.map((output) => output.recipient));
  return {
    pool: runtime.balance(pool),
    treasury: runtime.balance(treasury),
    payer: runtime.balance(world.network.payers[0]),
    recipients: Object.fromEntries(recipients.map((recipient) => [recipient, of(recipient)])),
  };
}

/** For each kind of fault, how long after its end the next withdraw was completed. */
function recoveries(faults, withdraws) {
  const completions = withdraws
    .filter((one) => one.job?.completed_at)
    .map((one) => Date.parse(one.job.completed_at))
    .sort((a, b) => a - b);
  const kinds = new Map();
  for (const fault of faults) {
    const next = completions.find((at) => at >= fault.healed);
    const kind = fault.kind.replace(/ \d(,\d)*/, '');
    if (next) kinds.set(kind, [...(kinds.get(kind) ?? []), next - fault.healed]);
  }
  return [...kinds].sort().map(([kind, times]) => ({
    kind,
    times: times.length,
    median_ms: times.sort((a, b) => a - b)[times.length >> 1],
    most_ms: times.at(-1),
  }));
}

async function main() {
  const stack = required('RELAY_CHAOS_STACK');
  console.log(`chaos: seed ${seed}, ${seconds} s, ${rate} withdraws a second, ${finality}`);
  const ending = [];
  const world = await World.start({ after: (end) => ending.push(end) }, {
    nodes: 3,
    seed,
    slotMs: SLOT_MS,
    finality,
    shardCapacity: 20_000,
  });
  const role = 'chaos_relay';
  await manage(`DROP ROLE IF EXISTS ${role}`);
  await manage(`CREATE ROLE ${role} LOGIN`);
  await manage(`ALTER DATABASE ${world.name} OWNER TO ${role}`);
  const crew = new Crew(3, {
    ...world.settings(),
    ...checking('enforce'),
    RELAY_DATABASE_URL: world.database.urlAs(role),
    RELAY_SOLANA_RPC_TIMEOUT: '1s',
    RELAY_SOLANA_COMPUTE_UNIT_LIMIT: '1400000',
    RELAY_RETRY_BASE_DELAY: '200ms',
    RELAY_ROOT_PATIENCE: '3s',
    RELAY_SHUTDOWN_TIMEOUT: '2s',
    RELAY_LOG_LEVEL: 'info',
  });
  for (let index = 0; index < crew.size; index++) await crew.start(index);
  const before = balances(world, []);
  const purse = makePurse(world);
  const load = new Load(crew, makeDraws(0));
  const mischief = new Mischief({ world, crew, stores: new Stores(stack), purse, role }, makeDraws, tell);

  await load.run(seconds, rate);
  await mischief.stop();
  tell('all is healed');
  await load.settle(SETTLE_SECONDS);
  const settled = Date.now();
  for (const withdraw of load.withdraws) if (withdraw.id && withdraw.job) await load.look(withdraw);
  await crew.stop();
  world.network.chain.advance(LAST_BLOCKS);

  const transactions = await rpc(world.network.control.url, 'localnet_transactions', { wire: false });
  const run = { withdraws: load.withdraws, transactions, before, after: balances(world, load.withdraws), given: 0n };
  const wrong = [...load.lies, ...crew.hangs, ...audit(run)];
  const report = {
    seed,
    seconds,
    finality,
    accepted: load.withdraws.filter((one) => one.id).length,
    completed: load.withdraws.filter((one) => one.job?.status === 'completed').length,
    failed: load.withdraws.filter((one) => one.job?.status === 'failed').length,
    kills: crew.kills,
    faults: mischief.faults.length,
    refused_503: load.refusals,
    transactions: transactions.length,
    settled_after_ms: settled - Math.max(...mischief.faults.map((one) => one.healed)),
    recoveries: recoveries(mischief.faults, load.withdraws),
    wrong,
  };
  writeFileSync(join(stack, 'report.json'), JSON.stringify({ ...report, faults: mischief.faults }, null, 2));
  if (wrong.length > 0) {
    const left = { withdraws: load.withdraws, transactions };
    const asText = (key, value) => (typeof value === 'bigint' ? String(value) : value);
    mkdirSync(join(stack, 'evidence'), { recursive: true });
    writeFileSync(join(stack, 'evidence', 'run.json'), JSON.stringify(left, asText, 1));
    writeFileSync(join(stack, 'evidence', 'relays.log'), crew.logs.join('\n'));
  }
  for (const end of ending) await end();
  console.table(report.recoveries);
  for (const text of wrong.slice(0, 20)) console.log(`WRONG: ${text}`);
  console.log(
    `chaos: ${wrong.length === 0 ? 'all is right' : `${wrong.length} WRONG`}: seed ${seed}, ${seconds} s: ` +
      `${report.accepted} accepted, ${report.completed} completed, ${report.failed} failed for their reasons, ` +
      `${report.transactions} transactions, ${report.kills} relays ended, ${report.faults} faults, ` +
      `final ${(report.settled_after_ms / 1000).toFixed(1)} s after the last`,
  );
  return wrong.length === 0 ? 0 : 1;
}

process.exit(await main());
