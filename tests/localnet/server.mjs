#!/usr/bin/env node
// Starts a chain and the RPC nodes in front of it; --help lists the flags. Prints one line of JSON
// when all listen.
import { renameSync, writeFileSync } from 'node:fs';
import { DEFAULT_PROGRAM_ID } from './src/addresses.mjs';
import * as base58 from './src/base58.mjs';
import { FINALITIES } from './src/blocks.mjs';
import { DEFAULT_SLOT_MS } from './src/chain.mjs';
import { BadFlag, addressFlag, hex32, integer, lamports, oneOf, runCommand } from './src/flags.mjs';
import { LAMPORTS_PER_BYTE } from './src/genesis.mjs';
import { Network } from './src/network.mjs';
import { readScenario } from './src/scenarios.mjs';
import { GENESIS_ROOT, SHARD_CAPACITY } from './src/shield-pool.mjs';

const MAX_NODES = 16;
const usage = `usage: server.mjs [flags]
  --host ADDRESS          address to listen on (127.0.0.1)
  --port N                port of the first node, the others follow; 0: any free ones (8899)
  --nodes N               RPC nodes on the one chain (1)
  --backends N,N          backends behind each node's URL, each so many slots behind (0); given again:
                          of the second node, and so on
  --payer ADDRESS         an account to fund at genesis; may be given again
  --payer-lamports N      what each payer gets (100000000000)
  --pool-lamports N       what the pool holds (1000000000000000)
  --root HEX              the root known at genesis
  --shard-capacity N      nullifiers the shard can hold (319)
  --program-id ADDRESS    where the program stands
  --slot-ms N             milliseconds a slot; 0: only localnet_advance makes blocks (200)
  --finality KIND         alpenglow (confirmed and finalized after a slot) or tower (after 1 and 32)
  --confirm-after N       slots until a block is confirmed
  --finalize-after N      slots until a block is finalized
  --rent N                lamports a byte that an account must hold (6960)
  --congestion SCENARIO   calm, busy, storm or squall, or an object of src/scenarios.mjs as JSON
  --seed N                for faults with a probability (1)
  --ready-file PATH       the ready line is also written here, all at once
  --exit-with-parent      end when the process that started this one has ended`;

const string = { type: 'string' };
const options = {
  host: string,
  port: string,
  nodes: string,
  backends: { type: 'string', multiple: true },
  payer: { type: 'string', multiple: true },
  'payer-lamports': string,
  'pool-lamports': string,
  root: string,
  'shard-capacity': string,
  'program-id': string,
  'slot-ms': string,
  finality: string,
  'confirm-after': string,
  'finalize-after': string,
  rent: string,
  congestion: string,
  seed: string,
  'ready-file': string,
  'exit-with-parent': { type: 'boolean' },
};

/** Given once, it is for every node. */
function backendsOf(texts = []) {
  const lists = texts.map((text) => {
    if (!/^\d{1,3}(,\d{1,3})*$/.test(text))
      throw new BadFlag('--backends must be numbers of slots, such as 0,40');
    return text.split(',').map(Number);
  });
  return lists.length === 1 ? Array(MAX_NODES).fill(lists[0]) : lists;
}

function congestionOf(given) {
  if (given === undefined) return undefined;
  const isObject = given.startsWith('{');
  try {
    const chosen = isObject ? JSON.parse(given) : given;
    const { wrong } = readScenario(chosen);
    if (wrong) throw new BadFlag(`--congestion: ${wrong}`);
    return chosen;
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadFlag('--congestion is no JSON');
    throw error;
  }
}

function networkOptions(values) {
  const amount = (name, otherwise) =>
    values[name] === undefined ? otherwise : lamports(values[name], `--${name}`);
  return {
    programId: addressFlag(values['program-id'] ?? DEFAULT_PROGRAM_ID, '--program-id'),
    payers: (values.payer ?? []).map((payer) => addressFlag(payer, '--payer')),
    payerLamports: amount('payer-lamports', 100_000_000_000n),
    poolLamports: amount('pool-lamports', 1_000_000_000_000_000n),
    root: values.root === undefined ? GENESIS_ROOT : hex32(values.root, '--root'),
    shardCapacity: integer(values, 'shard-capacity', {
      least: 1,
      most: 300_000,
      otherwise: SHARD_CAPACITY,
    }),
    nodes: integer(values, 'nodes', { least: 1, most: MAX_NODES, otherwise: 1 }),
    backends: backendsOf(values.backends),
    slotMs: integer(values, 'slot-ms', { most: 60_000, otherwise: DEFAULT_SLOT_MS }),
    finality: oneOf(values, 'finality', FINALITIES),
    confirmAfter: integer(values, 'confirm-after', { least: 1, most: 1000 }),
    finalizeAfter: integer(values, 'finalize-after', { least: 1, most: 1000 }),
    rent: integer(values, 'rent', { most: 1_000_000, otherwise: LAMPORTS_PER_BYTE }),
    congestion: congestionOf(values.congestion),
    seed: integer(values, 'seed', { otherwise: 1 }),
  };
}

function readyLine(network, { root, slotMs }) {
  const { pool, treasury, rootsRing, shard } = network.addresses;
  return JSON.stringify({
    url: network.nodes[0].url,
    urls: network.nodes.map((node) => node.url),
    control: network.control.url,
    programId: base58.encode(network.chain.programId),
    payers: network.payers.map(base58.encode),
    pool: base58.encode(pool),
    treasury: base58.encode(treasury),
    rootsRing: base58.encode(rootsRing),
    nullifierShard: base58.encode(shard),
    root: root.toString('hex'),
    genesisHash: network.chain.blocks.genesisHash,
    slotMs,
    pid: process.pid,
  });
}

function whenParentEnds(act) {
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    act();
  }, 500);
  look.unref();
}

await runCommand({ usage, options }, async (values) => {
  const chosen = networkOptions(values);
  const network = new Network(chosen);
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => network.stop());
  if (values['exit-with-parent']) whenParentEnds(() => network.stop());
  await network.start({
    host: values.host,
    port: integer(values, 'port', { most: 65_535, otherwise: 8899 }),
  });
  const line = readyLine(network, chosen);
  if (values['ready-file']) {
    writeFileSync(`${values['ready-file']}.new`, `${line}\n`);
    renameSync(`${values['ready-file']}.new`, values['ready-file']);
  }
  console.log(line);
});
