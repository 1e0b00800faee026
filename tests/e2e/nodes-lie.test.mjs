// Nodes whose numbers are not true. An honest node beside one is believed, the liar is named to the
// operator, and where nobody is honest a withdraw waits for better: nothing is ever signed twice.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { assertOneAtATime, sendUnder, setFaults } from './support.mjs';

/** The places of the nodes that the operator is told of by name, with a reason. */
async function nodesInTrouble(world, relay) {
  const { data } = await relay.get('/health/ready', relay.admin);
  return data.solana.nodes_in_trouble.map(({ node, reason }) => {
    assert.ok(reason, `${node} is in trouble for a reason`);
    return world.network.nodes.findIndex(({ url }) => node.includes(new URL(url).host));
  });
}

async function hasHeights(world, relay) {
  const metrics = await relay.metrics();
  return world.network.nodes.every(({ url }) => metrics.has('relay_rpc_node_block_height', { node: url }));
}

async function pays(world, relay, seconds = 40) {
  const body = makeBody();
  const job = await relay.outcome(await relay.accept(body), seconds);
  assert.equal(job.retry_count, 0);
  await world.assertPaidOnce(body, job);
}

describe('a node that lies', { concurrency: 2 }, () => {
  // By its own numbers, one beside another, it cannot be right.
  const impossible = [
    { fault: 'height_is_slot' },
    { fault: 'wrong_height', add: 100_000 },
    { fault: 'wrong_height', add: -100_000 },
    { fault: 'wrong_last_valid', add: 1_000_000 },
    { fault: 'wrong_last_valid', add: -1_000 },
  ];
  // Only others can tell.
  const plausible = [
    { fault: 'wrong_height', add: 100 },
    { fault: 'wrong_height', add: -100 },
    { fault: 'wrong_slot', add: 1_000_000 },
    { fault: 'wrong_slot', add: -1_000_000 },
  ];

  async function assertLiarIsNamed(world, lie) {
    const text = JSON.stringify(lie);
    await setFaults(world, { node: 0, ...lie });
    const relay = await world.relay();
    await pays(world, relay);
    await pays(world, relay);
    const alone = async () => String(await nodesInTrouble(world, relay)) === '0';
    await until(`${text}: it is named, and no other`, alone, 20);
    await pays(world, relay);
    const { status, data } = await relay.get('/health');
    assert.deepEqual([status, data.worker.state], [200, 'ok'], text);
    assert.notEqual(data.solana.state, 'unavailable', text);
    await relay.kill();
  }

  test('beside an honest one stops nothing, is named, and costs the honest one nothing', async (t) => {
    const world = await World.start(t, { nodes: 2 });
    for (const lie of impossible) await assertLiarIsNamed(world, lie);
  });

  test('plausibly, beside two honest ones, is outvoted', async (t) => {
    const world = await World.start(t, { nodes: 3 });
    for (const lie of plausible) await assertLiarIsNamed(world, lie);
  });

  for (const nodes of [2, 3]) {
    const name = `and lands nothing, one of ${nodes}, does not keep withdraws from the others`;
    test(name, async (t) => {
      const world = await World.start(t, { nodes });
      const stuck = [];
      for (const lie of [...plausible, { fault: 'wrong_slot', add: 1_000 }]) {
        await setFaults(world, { node: 0, ...lie }, { node: 0, fault: 'drop' });
        const relay = await world.relay();
        await until('every node was looked at', () => hasHeights(world, relay));
        const body = makeBody();
        const id = await relay.accept(body);
        await relay.outcome(id, 12).catch(() => stuck.push(JSON.stringify(lie)));
        await setFaults(world);
        await world.assertPaidOnce(body, await relay.outcome(id));
        await relay.kill();
      }
      assert.deepEqual(stuck, []);
    });
  }

  test('and is alone costs no retry, and health says why until it is honest', async (t) => {
    const world = await World.start(t);
    for (const lie of impossible) {
      const relay = await world.relay();
      await pays(world, relay);
      // Others are in flight when it begins to lie: theirs is to be told as it is.
      const [held] = await sendUnder(world, relay, [{ node: 0, fault: 'hold', slots: 40 }], 1);
      await setFaults(world, { node: 0, ...lie });
      const text = JSON.stringify(lie);
      const health = await relay.becomes('degraded');
      assert.ok(health.solana.reason, text);
      const body = makeBody();
      const id = await relay.accept(body);
      await setFaults(world);
      for (const one of [held, { body, id }]) {
        const job = await relay.outcome(one.id);
        assert.equal(job.retry_count, 0);
        await world.assertPaidOnce(one.body, job);
        await assertOneAtATime(world, one.body);
      }
      await relay.kill();
    }
  });
});
