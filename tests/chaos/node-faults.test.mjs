// Whatever is drawn for the nodes is a fault they know, and healing one line leaves the other's alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, seededRandom } from '../localnet/src/faults.mjs';
import { draws } from './faults.mjs';
import { BREAKING, Board, LATENESS } from './node-faults.mjs';

const LIES = ['forget_statuses', 'stuck_height', 'wrong_genesis', 'height_is_slot', 'wrong_height', 'wrong_slot', 'wrong_last_valid'];

function fakeNetwork() {
  const network = { nodes: [0, 1, 2], faults: [], forks: 0 };
  network.setFaults = async (faults) => (network.faults = faults);
  const fork = () => [`fork ${++network.forks}`];
  network.chain = { fork, get landedCount() { return network.landed++; } };
  network.landed = 0;
  return network;
}

test('every draw is a fault that the nodes know, and lies are told by one alone', async () => {
  const network = fakeNetwork();
  const targets = { board: new Board(network), world: { network }, purse: { drain() {}, fill() {} } };
  const draw = draws(seededRandom(4));
  const seen = new Set();
  for (let count = 0; count < 600; count++) {
    const fault = await draw.one(draw.one([BREAKING, LATENESS]))(targets, draw);
    assert.ok(fault.ms >= 0 && fault.what);
    for (const one of network.faults) {
      assert.equal(faultOf(one), null);
      seen.add(one.fault);
      assert.ok(one.node.every((node) => network.nodes.includes(node)));
      if (LIES.includes(one.fault)) assert.equal(one.node.length, 1, one.fault);
    }
    await fault.heal();
    assert.deepEqual(network.faults, []);
  }
  assert.ok(LIES.every((kind) => seen.has(kind)));
  assert.ok(seen.size > 30, `${seen.size} kinds were drawn`);
  assert.ok(network.forks > 50);
});

test('what one line sets stands beside what the other has set', async () => {
  const network = fakeNetwork();
  const board = new Board(network);
  await board.set('breaks', [{ node: [0], fault: 'hang' }]);
  await board.set('views', [{ node: [0, 1], fault: 'no_history' }]);
  assert.deepEqual(network.faults.map((one) => one.fault), ['hang', 'no_history']);
  await board.set('breaks', []);
  assert.deepEqual(network.faults.map((one) => one.fault), ['no_history']);
});
