// What the end-to-end tests share: a world of one localnet in this process, a database and a Redis
// prefix of its own, and relayd processes on them. A test's end ends what it started.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DEFAULT_PROGRAM_ID } from '../localnet/src/addresses.mjs';
import * as base58 from '../localnet/src/base58.mjs';
import { makeProver } from '../localnet/src/groth16.mjs';
import { Network } from '../localnet/src/network.mjs';
import {
  GENESIS_ROOT,
  feeBasisPoints,
  feeFor,
  outputsHash,
  publicInputs,
} from '../localnet/src/shield-pool.mjs';
import { generateKeypair } from '../localnet/src/signatures.mjs';

const prove = makeProver();

function required(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run these tests with ./dev test`);
  return value;
}

/** Until check() gives something truthy; at most so long. */
export async function until(what, check, seconds = 30) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await check();
    if (value) return value;
    assert.ok(Date.now() < deadline, `within ${seconds} s: ${what}`);
    await pause(20);
  }
}

export async function rpc(url, method, ...params) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const answer = await response.json();
  assert.equal(answer.error, undefined, `${method}: ${JSON.stringify(answer.error)}`);
  return answer.result;
}

/** The faults that the world's nodes play from now on; none ends them all. */
export const setFaults = (world, ...faults) => rpc(world.network.control.url, 'localnet_faults', faults);

/**
 * No transaction of the withdraw reached a node before the last block that could take an earlier one
 * was final: that block is one above lastValidBlockHeight. How many there were.
 */
export async function assertOneAtATime(world, body) {
  const all = await world.transactionsOf(body);
  for (const [index, later] of all.entries())
    for (const earlier of all.slice(0, index))
      assert.ok(
        earlier.lastValidBlockHeight + 2 <= later.receivedFinalizedBlockHeight,
        JSON.stringify(all.map((one) => ({ ...one, wire: undefined }))),
      );
  return all.length;
}

/** Until so many transactions of the withdraw have reached a node. */
export const untilSent = (world, body, count = 1, seconds = 60) =>
  until(
    `${count} transactions are sent`,
    async () => {
      const all = await world.transactionsOf(body);
      return all.length >= count && all;
    },
    seconds,
  );

/** A body for POST /withdraw; `shares` are the outputs' parts of what is left after the fee. */
export function makeBody({ amount = 1_000_000_000n, count = 1, root = GENESIS_ROOT, nullifier, spoil } = {}) {
  const net = amount - feeFor(amount);
  const outputs = Array.from({ length: count }, (_, index) => ({
    recipient: generateKeypair().publicKey,
    amount: index === 0 ? net - (net / BigInt(count)) * BigInt(count - 1) : net / BigInt(count),
  }));
  const parts = {
    amount,
    outputs,
    root,
    nullifier: nullifier ?? randomBytes(32),
    outputsHash: outputsHash(outputs),
  };
  const proof = Buffer.from(prove(publicInputs(parts)));
  if (spoil) proof[200] ^= 1;
  const feeBps = Number(feeBasisPoints(amount));
  return {
    outputs: outputs.map((output) => ({
      recipient: base58.encode(output.recipient),
      amount: Number(output.amount),
    })),
    policy: { fee_bps: feeBps },
    public_inputs: {
      root: Buffer.from(parts.root).toString('hex'),
      nf: Buffer.from(parts.nullifier).toString('hex'),
      amount: Number(amount),
      fee_bps: feeBps,
      outputs_hash: Buffer.from(parts.outputsHash).toString('hex'),
    },
    proof_bytes: proof.toString('base64'),
  };
}

/** Posts withdraws, and waits until their transactions are with nodes that play these faults. */
export async function sendUnder(world, relay, faults, count) {
  await setFaults(world, ...faults);
  const bodies = Array.from({ length: count }, () => makeBody());
  const ids = await Promise.all(bodies.map((body) => relay.accept(body)));
  for (const body of bodies) await untilSent(world, body);
  return bodies.map((body, index) => ({ body, id: ids[index] }));
}

export class World {
  #relays = [];

  /** `network`: options of the localnet's Network. */
  static async start(test, network = {}) {
    const world = new World();
    world.postgres = required('RELAY_TEST_POSTGRES_URL');
    world.redisSocket = required('RELAY_TEST_REDIS_URL').replace('unix://', '');
    world.name = `e2e_${process.pid}_${randomBytes(4).toString('hex')}`;
    world.directory = mkdtempSync(join(tmpdir(), 'shield-relay-e2e-'));
    const payer = generateKeypair();
    world.keypair = join(world.directory, 'relay.json');
    const secret = [...payer.seed, ...payer.publicKey];
    writeFileSync(world.keypair, JSON.stringify(secret), { mode: 0o600 });
    world.payer = base58.encode(payer.publicKey);
    world.network = new Network({
      programId: base58.decode(DEFAULT_PROGRAM_ID),
      payers: [payer.publicKey],
      slotMs: 50,
      ...network,
    });
    test.after(() => world.#stop());
    await world.network.start();
    await world.manage(`CREATE DATABASE ${world.name}`);
    return world;
  }

  get url() {
    return this.network.nodes[0].url;
  }

  /** Rows of the statement's answer, columns split by |. */
  psql(statement, database = this.postgres) {
    const text = execFileSync('psql', ['-qXtA', '-v', 'ON_ERROR_STOP=1', database, '-c', statement]);
    return text.toString().trim().split('\n').filter(Boolean);
  }

  /** A statement on databases, which may take seconds: the chains of this process go on meanwhile. */
  manage(statement) {
    const words = ['-qXtA', '-v', 'ON_ERROR_STOP=1', this.postgres, '-c', statement];
    return promisify(execFile)('psql', words);
  }

  get database() {
    return this.postgres.replace('/postgres?', `/${this.name}?`);
  }

  query(statement) {
    return this.psql(statement, this.database);
  }

  redis(...words) {
    return execFileSync('redis-cli', ['-s', this.redisSocket, ...words]).toString().trim();
  }

  key(name) {
    return `{${this.name}}:${name}`;
  }

  async #stop() {
    for (const relay of this.#relays) await relay.kill();
    await this.network.stop();
    await this.manage(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
    this.redis('del', this.key('scheduled'), this.key('dead'));
    rmSync(this.directory, { recursive: true });
  }

  /** What places a relayd in this world. */
  environment() {
    return {
      RELAY_HTTP_PORT: '0',
      RELAY_ADMIN_PORT: '0',
      RELAY_DATABASE_URL: this.database,
      RELAY_REDIS_URL: `unix://${this.redisSocket}`,
      RELAY_REDIS_PREFIX: this.name,
      RELAY_SOLANA_RPC_URLS: this.network.nodes.map((node) => node.url).join(','),
      RELAY_SOLANA_KEYPAIR: this.keypair,
      RELAY_RECONCILE_INTERVAL: '300ms',
      RELAY_WORKER_LEASE: '2s',
      RELAY_LOG_LEVEL: 'debug',
    };
  }

  /** A relayd; `settings` are RELAY_... variables beside those that place it in this world. */
  async relay(settings = {}) {
    const relay = new Relay({ ...this.environment(), ...settings });
    this.#relays.push(relay);
    await relay.ready();
    return relay;
  }

  /** Every transaction of one withdraw that ever reached the chain. */
  async transactionsOf(body) {
    const all = await rpc(this.network.control.url, 'localnet_transactions');
    return all.filter((one) => one.nullifier === body.public_inputs.nf);
  }

  async balance(address) {
    return (await rpc(this.network.control.url, 'getBalance', address, { commitment: 'confirmed' })).value;
  }

  /** The chain's word for a completed job: one landed transaction, its tx_id, every output paid. */
  async assertPaidOnce(body, job) {
    assert.equal(job.status, 'completed', JSON.stringify(job));
    const landed = (await this.transactionsOf(body)).filter((one) => one.outcome === 'landed' && !one.err);
    assert.deepEqual(landed.map((one) => one.signature), [job.tx_id]);
    assert.equal(landed[0].landedSlot, job.slot);
    for (const output of body.outputs) {
      assert.equal(await this.balance(output.recipient), output.amount);
    }
  }

  async assertNotPaid(body) {
    const landed = (await this.transactionsOf(body)).filter((one) => one.outcome === 'landed' && !one.err);
    assert.deepEqual(landed, []);
  }
}

export class Relay {
  output = '';
  #exit;

  constructor(environment, words = ['serve']) {
    this.process = spawn(required('RELAY_TEST_RELAYD'), words, {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (text) => (this.output += text));
    }
    this.#exit = new Promise((resolve) => {
      this.process.once('close', (code, signal) => {
        this.ended = true;
        resolve({ code, signal });
      });
    });
  }

  async ready() {
    const line = await until('relayd serves', () => {
      assert.ok(!this.ended, `relayd ended: ${this.output}`);
      return this.output.match(/relayd serving.* http=(\S+) admin=(\S+)/);
    });
    this.http = `http://${line[1]}`;
    this.admin = `http://${line[2]}`;
  }

  exit() {
    return this.#exit;
  }

  async kill(signal = 'SIGKILL') {
    if (!this.ended) this.process.kill(signal);
    return this.#exit;
  }

  async get(path, base = this.http) {
    const response = await fetch(base + path);
    return { status: response.status, headers: response.headers, ...(await response.json()) };
  }

  async post(body) {
    const response = await fetch(`${this.http}/withdraw`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, ...(await response.json()) };
  }

  /** Posts a withdraw that must be accepted anew; its request id. */
  async accept(body) {
    const answer = await this.post(body);
    assert.equal(answer.status, 202, JSON.stringify(answer));
    return answer.data.request_id;
  }

  async status(id, wait = 0) {
    return (await this.get(`/status/${id}?wait=${wait}`)).data;
  }

  /** The job when it is final. */
  async outcome(id, seconds = 60) {
    return until(
      `job ${id} is final`,
      async () => {
        const job = await this.status(id, 5);
        return ['completed', 'failed'].includes(job.status) && job;
      },
      seconds,
    );
  }

  async metric(name) {
    const text = await (await fetch(`${this.admin}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  }
}
