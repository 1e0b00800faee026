// Nodes whose numbers are not true. An honest node beside one is believed, the liar is named to the
// operator, and where nobody is honest a withdraw waits for better: nothing is ever signed twice.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { World, assertOneAtATime, makeBody, rpc, sendUnder, setFaults, until, untilSent } from './support.mjs';

const drop = { node: 'all', fault: 'drop' };

/** What the relay tells the operator of the node: why it is not used; empty where it is. */
async function troubleOf(world, relay, node) {
  const name = new URL(world.network.nodes[node].url).host;
  const ready = JSON.stringify(await relay.get('/health/ready', relay.admin));
  const told = relay.output.split('\n').filter((line) => line.includes('is left alone') && line.includes(name));
  return `${told.join('\n')}${ready.includes(name) ? ready : ''}`;
}

async function pays(world, relay, seconds = 20) {
  const body = makeBody();
  const job = await relay.outcome(await relay.accept(body), seconds);
  assert.equal(job.retry_count, 0);
  await world.assertPaidOnce(body, job);
}

describe('a node that lies', { concurrency: true }, () => {
  const lies = [
    { fault: 'height_is_slot' },
    { fault: 'wrong_height', add: 100 },
    { fault: 'wrong_height', add: 100_000 },
    { fault: 'wrong_height', add: -100 },
    { fault: 'wrong_height', add: -100_000 },
    { fault: 'wrong_last_valid', add: 1_000_000 },
    { fault: 'wrong_last_valid', add: -1_000 },
    { fault: 'wrong_slot', add: 1_000_000 },
    { fault: 'wrong_slot', add: -1_000_000 },
  ];
  test('beside an honest one stops nothing, is named, and costs the honest one nothing', async (t) => {
    const world = await World.start(t, { nodes: 2 });
    const wrong = [];
    for (const lie of lies) {
      await setFaults(world, { node: 0, ...lie });
      const relay = await world.relay();
      const text = JSON.stringify(lie);
      await pays(world, relay);
      await pays(world, relay);
      const liar = await until(`${text}: it is named`, () => troubleOf(world, relay, 0), 3).catch(() => '');
      if (!liar) wrong.push(`${text}: the liar is not named`);
      const honest = await troubleOf(world, relay, 1);
      if (honest) wrong.push(`${text}: the honest node is left alone: ${honest}`);
      assert.equal((await relay.get('/health')).data.status, 'ok', text);
      await relay.kill();
    }
    assert.deepEqual(wrong, []);
  });
});
