// A spent nullifier is no verdict while one of the withdraw's own transactions may be what spent it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Database } from '../harness/database.mjs';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { assertOneAtATime, sendUnder, setFaults } from './support.mjs';

const lag = (slots) => ({ node: 'all', fault: 'lag', slots, methods: ['getSignatureStatuses'] });
const drop = { node: 'all', fault: 'drop' };
const holdLast = { node: 'all', fault: 'hold', until: 'last' };
const blockHeight = (world) =>
  rpc(world.network.control.url, 'getBlockHeight', { commitment: 'finalized' });

/** A second ledger and a relay on it, which knows nothing of the first one's withdraws. */
async function stranger(t, world, settings) {
  const database = await Database.make('e2e_stranger');
  const { name, url } = database;
  const relay = await world.relay({ ...settings, RELAY_DATABASE_URL: url, RELAY_REDIS_PREFIX: name });
  t.after(async () => {
    await relay.kill();
    await database.drop();
    await world.redis.ask('del', `{${name}}:scheduled`, `{${name}}:dead`);
  });
  return relay;
}

describe('a nullifier that is spent', { concurrency: true }, () => {
  // Nodes that forget what landed make the relay sign anew; the second transaction is a double spend
  // of the first, and by then the nodes remember again, at once or late.
  for (const [name, ...faults] of [['at once'], ['late', lag(300)]]) {
    test(`by our own first transaction, which nodes tell ${name}, is no verdict`, async (t) => {
      const world = await World.start(t, { nodes: 2 });
      const relay = await world.relay();
      const forget = { node: 'all', fault: 'forget_statuses' };
      const [late] = await sendUnder(world, relay, [forget, holdLast], 1);
      // Its preflight stands still until the nodes remember.
      await setFaults(world, forget, { node: 'all', fault: 'slow', ms: 1500, methods: ['sendTransaction'] });
      const isSaved = async () => (await world.query('SELECT count(*) FROM transactions'))[0] === '2';
      await until('a second transaction is saved', isSaved, 90);
      await setFaults(world, ...faults);
      if (faults.length > 0) {
        await until('it waits for the proof', async () => {
          const job = await relay.status(late.id);
          return job.error_code === 'proof_of_expiry';
        });
        await setFaults(world);
      }
      const job = await relay.outcome(late.id);
      const [paid, refused] = await world.transactionsOf(late.body);
      assert.deepEqual([refused.outcome, job.tx_id], ['refused', paid.signature]);
      await world.assertPaidOnce(late.body, job);
      await assertOneAtATime(world, late.body);
    });
  }

  test('by a stranger ends in double_spend, and not before our own is dead', async (t) => {
    const world = await World.start(t, { nodes: 3, slotMs: 100 });
    const [ours, theirs] = [world.network.nodes.slice(0, 2), world.network.nodes.slice(2)].map(
      (nodes) => ({ RELAY_SOLANA_RPC_URLS: nodes.map((node) => node.url).join(',') }),
    );
    const relay = await world.relay(ours);
    const other = await stranger(t, world, theirs);
    const on = (fault) => ({ ...fault, node: [0, 1] });
    const [late] = await sendUnder(world, relay, [on(lag(40)), on(holdLast)], 1);
    const [lost] = await sendUnder(world, relay, [on(lag(40)), on(drop)], 1);
    for (const { body } of [late, lost]) {
      const nullifier = Buffer.from(body.public_inputs.nf, 'hex');
      const theirs = makeBody({ nullifier });
      const job = await other.outcome(await other.accept(theirs));
      assert.equal(job.status, 'completed', JSON.stringify(job));
    }
    for (const { body, id } of [late, lost]) {
      const job = await relay.outcome(id);
      const height = await blockHeight(world);
      assert.deepEqual([job.status, job.error_code, job.tx_id], ['failed', 'double_spend', null]);
      assert.equal(await world.balance(body.outputs[0].recipient), 0);
      // A refused one was never forwarded; the stranger's has landed.
      const alive = (await world.transactionsOf(body)).filter(
        (one) =>
          !['refused', 'landed'].includes(one.outcome) && one.lastValidBlockHeight + 2 > height,
      );
      assert.deepEqual(alive, []);
    }
  });
});
