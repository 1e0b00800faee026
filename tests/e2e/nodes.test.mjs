// RPC nodes that fail in every way a node can: no retry is spent, nothing is signed anew before its
// predecessor is dead, and the work goes on by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peakMib } from '../harness/processes.mjs';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { assertOneAtATime, setFaults, untilSent } from './support.mjs';

const quick = { RELAY_SOLANA_RPC_TIMEOUT: '500ms' };

for (const fault of ['hang', 'huge_body', 'slow']) {
  test(`a lone node that plays "${fault}" costs no retry and no memory`, async (t) => {
    const world = await World.start(t);
    const relay = await world.relay(quick);
    await setFaults(world, { node: 0, fault });
    const body = makeBody();
    const id = await relay.accept(body);
    await relay.becomes('degraded');
    await setFaults(world);
    const job = await relay.outcome(id);
    assert.equal(job.retry_count, 0);
    await world.assertPaidOnce(body, job);
    assert.ok(peakMib(relay.pid) < 100, `${peakMib(relay.pid)} MiB`);
  });
}

test('a transaction that is dropped is signed anew only after it has expired', async (t) => {
  const world = await World.start(t, { slotMs: 20 });
  const relay = await world.relay();
  await setFaults(world, { node: 0, fault: 'drop' });
  const body = makeBody();
  const id = await relay.accept(body);
  await untilSent(world, body, 2);
  await setFaults(world);
  await world.assertPaidOnce(body, await relay.outcome(id));
  assert.ok((await assertOneAtATime(world, body)) >= 2);
});

test('a node stuck at an old height proves no expiry', async (t) => {
  const world = await World.start(t, { slotMs: 20 });
  const relay = await world.relay();
  await setFaults(world, { node: 0, fault: 'drop' });
  const body = makeBody();
  const id = await relay.accept(body);
  await untilSent(world, body);
  await setFaults(world, { node: 0, fault: 'drop' }, { node: 0, fault: 'stuck_height' });
  const [{ lastValidBlockHeight }] = await world.transactionsOf(body);
  await until('it has expired', async () => {
    const height = await rpc(world.network.control.url, 'getBlockHeight', { commitment: 'confirmed' });
    return height > lastValidBlockHeight + 50;
  });
  const looks = () => relay.metric('relay_rpc_calls_total', { method: 'getEpochInfo', outcome: 'ok' });
  const before = await looks();
  await until('it has looked at the height again and again', async () => (await looks()) >= before + 3);
  assert.equal((await world.transactionsOf(body)).length, 1);
  assert.equal((await relay.status(id)).retry_count, 0);
  await setFaults(world);
  await world.assertPaidOnce(body, await relay.outcome(id));
  await assertOneAtATime(world, body);
});

test('a node that forgot its statuses is corrected by the other', async (t) => {
  const world = await World.start(t, { nodes: 2, slotMs: 20 });
  const relay = await world.relay();
  await setFaults(world, { node: 0, fault: 'forget_statuses' });
  const body = makeBody();
  const job = await relay.outcome(await relay.accept(body));
  assert.equal(job.retry_count, 0);
  await world.assertPaidOnce(body, job);
  assert.equal((await world.transactionsOf(body)).length, 1);
});

test('the preferred node is left when it fails, and used again when it is well', async (t) => {
  const world = await World.start(t, { nodes: 2 });
  const relay = await world.relay(quick);
  const send = async () => {
    const body = makeBody();
    const job = await relay.outcome(await relay.accept(body));
    assert.equal(job.retry_count, 0);
    await world.assertPaidOnce(body, job);
    return (await world.transactionsOf(body))[0].node;
  };
  assert.equal(await send(), 0);
  for (const fault of ['refuse', 'hang', 'http500', 'http429', 'behind', 'garbage']) {
    await setFaults(world, { node: 0, fault });
    assert.equal(await send(), 1, fault);
    await setFaults(world);
    await until(`the first is used again after ${fault}`, async () => (await send()) === 0);
  }
});

test('only its sends failing is enough to leave a node', async (t) => {
  const world = await World.start(t, { nodes: 2 });
  const relay = await world.relay(quick);
  await setFaults(world, { node: 0, fault: 'http500', methods: ['sendTransaction'] });
  for (let count = 0; count < 3; ++count) {
    const body = makeBody();
    await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
    assert.equal((await world.transactionsOf(body))[0].node, 1);
  }
});

test('a node of another cluster is not used, and health says why', async (t) => {
  const world = await World.start(t, { nodes: 2 });
  const genesis = await rpc(world.url, 'getGenesisHash');
  await setFaults(world, { node: 0, fault: 'wrong_genesis' });
  const settings = { ...quick, RELAY_SOLANA_GENESIS_HASH: genesis };
  const relay = await world.relay(settings);
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
  assert.equal((await world.transactionsOf(body))[0].node, 1);

  const alone = await world.relay({ ...settings, RELAY_SOLANA_RPC_URLS: world.url });
  const health = await until('health knows', async () => {
    const { data } = await alone.get('/health');
    return data.solana.state !== 'ok' && data;
  });
  assert.match(health.solana.reason, /another cluster/);
});

test('the first send may go to two nodes, and still pays once', async (t) => {
  const world = await World.start(t, { nodes: 2 });
  const relay = await world.relay({ RELAY_SOLANA_SEND_NODES: '2' });
  // One by one: a node does not count a transaction that has landed when its turn comes.
  for (let count = 0; count < 3; ++count) {
    const body = makeBody();
    await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
  }
  const sends = (await rpc(world.url, 'localnet_transactions')).map((one) => one.sends);
  assert.equal(sends.length, 3);
  assert.ok(sends.every((count) => count >= 2), `sends of each: ${sends}`);
});
