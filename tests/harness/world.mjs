// What a relay works with: a localnet in this process, and a database and a Redis prefix of its own. A
// test's end ends what it started.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PROGRAM_ID } from '../localnet/src/addresses.mjs';
import * as base58 from '../localnet/src/base58.mjs';
import { Network } from '../localnet/src/network.mjs';
import { Sender } from '../localnet/src/senders.mjs';
import { generateKeypair } from '../localnet/src/signatures.mjs';
import { Database } from './database.mjs';
import { required } from './environment.mjs';
import { checking } from './proofs.mjs';
import { Redis } from './redis.mjs';
import { Relay } from './relay.mjs';
import { rpc } from './rpc.mjs';

export class World {
  redis = Redis.shared();
  #relays = [];
  #senders = [];

  /** `network`: options of the localnet's Network. */
  static async start(test, network = {}) {
    const world = new World();
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
    world.database = await Database.make('e2e');
    return world;
  }

  async #stop() {
    for (const relay of this.#relays) await relay.kill();
    for (const sender of this.#senders) await sender.stop();
    await this.network.stop();
    if (this.database) {
      await this.database.drop();
      await this.redis.ask('del', this.key('scheduled'), this.key('dead'));
    }
    rmSync(this.directory, { recursive: true });
  }

  /** The name of the database, and the prefix in Redis. */
  get name() {
    return this.database.name;
  }

  /** The address of the first node. */
  get url() {
    return this.network.nodes[0].url;
  }

  query(statement) {
    return this.database.query(statement);
  }

  key(name) {
    return `{${this.name}}:${name}`;
  }

  /** What places a relayd in this world. */
  settings() {
    return {
      RELAY_DATABASE_URL: this.database.url,
      RELAY_REDIS_URL: this.redis.url,
      RELAY_REDIS_PREFIX: this.name,
      RELAY_SOLANA_RPC_URLS: this.network.nodes.map((node) => node.url).join(','),
      RELAY_SOLANA_KEYPAIR: this.keypair,
      RELAY_RECONCILE_INTERVAL: '300ms',
      RELAY_WORKER_LEASE: '2s',
      RELAY_LOG_LEVEL: 'debug',
    };
  }

  /**
   * A relayd that serves, and checks proofs; `settings` are RELAY_... variables beside those that place it in this
   * world.
   */
  relay(settings = {}, program = required('RELAY_TEST_RELAYD')) {
    return this.launch(settings, program).ready();
  }

  /** One that need not come to serve. */
  launch(settings = {}, program = required('RELAY_TEST_RELAYD')) {
    // Releases before the present one do not know the words.
    const proofs = program === required('RELAY_TEST_RELAYD') ? checking('enforce') : {};
    const relay = new Relay(program, { ...this.settings(), ...proofs, ...settings });
    this.#relays.push(relay);
    return relay;
  }

  /** A send-only endpoint of that kind before this world's leaders: see the localnet's senders.mjs. */
  async sender(kind, settings = {}) {
    const sender = await Sender.start({ kind, forward: this.network.control.url, ...settings });
    this.#senders.push(sender);
    return sender;
  }

  /** What a command of relayd's ends with: {code, output}. Its settings are these alone. */
  static async command(words, settings) {
    const relay = new Relay(required('RELAY_TEST_RELAYD'), settings, { words });
    const { code } = await relay.exit();
    return { code, output: relay.output };
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
