// Every fault a node can play, that it is that node's alone, and that clearing it heals the node.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import test from 'node:test';
import { Faults, KINDS, seededRandom } from '../src/faults.mjs';
import { PRESETS } from '../src/presets.mjs';
import {
  SEND_UNCHECKED,
  ask,
  call,
  post,
  send,
  setFaults,
  signWithdraw,
  startNetwork,
  withdrawParts,
} from './support.mjs';

const health = { jsonrpc: '2.0', id: 1, method: 'getHealth' };

/** Two nodes, a fault on the first. In the end the second is well and the first is healed. */
async function withFault(t, fault, check) {
  const network = await startNetwork(t, { nodes: 2 });
  const [sick, well] = network.nodes.map((node) => node.url);
  assert.deepEqual(await setFaults(network, { node: 0, ...fault }), [{ node: 0, ...fault }]);
  await check({ network, sick, well });
  assert.equal(await call(well, 'getHealth'), 'ok');
  assert.deepEqual(await setFaults(network), []);
  assert.equal(await call(sick, 'getHealth'), 'ok');
}

test('refuse closes the port and cuts connections', async (t) => {
  await withFault(t, { fault: 'refuse' }, async ({ sick }) => {
    await assert.rejects(post(sick, health), (error) => error.cause.code === 'ECONNREFUSED');
  });
});

test('hang never answers', async (t) => {
  await withFault(t, { fault: 'hang' }, async ({ sick }) => {
    const answered = await Promise.race([
      post(sick, health),
      new Promise((resolve) => setTimeout(resolve, 100, 'nothing')),
    ]);
    assert.equal(answered, 'nothing');
  });
});

test('slow answers late', async (t) => {
  await withFault(t, { fault: 'slow', ms: 120 }, async ({ sick }) => {
    const start = performance.now();
    assert.equal(await call(sick, 'getHealth'), 'ok');
    assert.ok(performance.now() - start >= 115);
  });
});

test('http500, http429 and garbage', async (t) => {
  await withFault(t, { fault: 'http500' }, async ({ sick }) =>
    assert.equal((await post(sick, health)).status, 500),
  );
  await withFault(t, { fault: 'http429', seconds: 7 }, async ({ sick }) => {
    const { status, headers } = await post(sick, health);
    assert.deepEqual([status, headers.get('retry-after')], [429, '7']);
  });
  await withFault(t, { fault: 'garbage' }, async ({ sick }) => {
    const response = await post(sick, health);
    assert.equal(response.status, 200);
    assert.throws(response.json);
  });
});

test('behind is error -32005', async (t) => {
  await withFault(t, { fault: 'behind', slots: 42 }, async ({ sick }) => {
    const { error } = await ask(sick, 'getHealth');
    assert.deepEqual([error.code, error.data], [-32005, { numSlotsBehind: 42 }]);
    assert.equal((await post(sick, [health, health])).json().length, 2);
  });
});

test('huge_body streams 100 MB to who reads it, and stops for who does not', async (t) => {
  await withFault(t, { fault: 'huge_body' }, async ({ sick }) => {
    const response = await fetch(sick, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(health),
    });
    let size = 0;
    for await (const chunk of response.body) size += chunk.length;
    assert.ok(size >= 100_000_000);
    await new Promise((resolve) => {
      const client = request(
        sick,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        (answer) => answer.once('data', () => client.destroy()),
      );
      client
        .on('close', resolve)
        .on('error', () => {})
        .end(JSON.stringify(health));
    });
  });
});

test('lose_answer takes the transaction and cuts the connection', async (t) => {
  await withFault(t, { fault: 'lose_answer' }, async ({ network, sick, well }) => {
    const transaction = signWithdraw(network, withdrawParts());
    await assert.rejects(send(sick, transaction));
    assert.equal(await call(sick, 'getHealth'), 'ok', 'other methods are answered');
    await call(well, 'localnet_advance', 1);
    assert.equal(
      (await call(well, 'getSignatureStatuses', [transaction.signature])).value[0].err,
      null,
    );
  });
});

test('drop answers a signature that never lands, and a later send does', async (t) => {
  const network = await startNetwork(t);
  const { url } = network.nodes[0];
  await setFaults(network, { node: 0, fault: 'drop', times: 1 });
  const transaction = signWithdraw(network, withdrawParts());
  assert.equal((await send(url, transaction)).result, transaction.signature);
  await call(url, 'localnet_advance', 2);
  assert.equal((await call(url, 'getSignatureStatuses', [transaction.signature])).value[0], null);
  assert.equal((await call(url, 'localnet_transactions'))[0].outcome, 'dropped');
  assert.equal((await send(url, transaction)).result, transaction.signature);
  await call(url, 'localnet_advance', 1);
  assert.equal(
    (await call(url, 'getSignatureStatuses', [transaction.signature])).value[0].err,
    null,
  );
});

test('forget_statuses knows nothing, not even in the history', async (t) => {
  await withFault(t, { fault: 'forget_statuses' }, async ({ network, sick, well }) => {
    const transaction = signWithdraw(network, withdrawParts());
    await send(sick, transaction);
    await call(well, 'localnet_advance', 1);
    const asked = [[transaction.signature], { searchTransactionHistory: true }];
    assert.equal((await call(sick, 'getSignatureStatuses', ...asked)).value[0], null);
    assert.equal((await call(well, 'getSignatureStatuses', ...asked)).value[0].err, null);
  });
});

test('stuck_height stands still while the chain goes on', async (t) => {
  await withFault(t, { fault: 'stuck_height' }, async ({ network, sick, well }) => {
    const view = async (url) => [
      await call(url, 'getSlot'),
      await call(url, 'getBlockHeight'),
      (await call(url, 'getLatestBlockhash')).value.blockhash,
    ];
    const before = await view(sick);
    const transaction = signWithdraw(network, withdrawParts());
    await call(well, 'localnet_advance', 5);
    await call(sick, 'sendTransaction', transaction.wire, SEND_UNCHECKED);
    await call(well, 'localnet_advance', 5);
    assert.deepEqual(await view(sick), before);
    assert.equal((await call(well, 'getSlot')) - before[0], 10);
    assert.equal(
      (
        await call(sick, 'getSignatureStatuses', [transaction.signature], {
          searchTransactionHistory: true,
        })
      ).value[0],
      null,
    );
    assert.equal(
      (await call(well, 'getSignatureStatuses', [transaction.signature])).value[0].err,
      null,
    );
  });
});

test('wrong_genesis names another cluster', async (t) => {
  await withFault(t, { fault: 'wrong_genesis' }, async ({ sick, well }) => {
    assert.notEqual(await call(sick, 'getGenesisHash'), await call(well, 'getGenesisHash'));
  });
});

test('a fault may be for some methods, for some times, or by chance with a seed', async (t) => {
  await withFault(t, { fault: 'http500', methods: ['getSlot'] }, async ({ sick }) => {
    assert.equal((await post(sick, health)).status, 200);
    assert.equal((await post(sick, { ...health, method: 'getSlot' })).status, 500);
  });
  const draw = () => {
    const faults = new Faults(seededRandom(7));
    faults.replace([{ node: 0, fault: 'drop', p: 0.3 }]);
    return Array.from({ length: 200 }, () => Boolean(faults.take('drop', 'sendTransaction')));
  };
  const drawn = draw();
  assert.deepEqual(draw(), drawn);
  const hits = drawn.filter(Boolean).length;
  assert.ok(hits > 30 && hits < 90, `${hits} of 200`);
  const limited = new Faults();
  limited.replace([{ node: 0, fault: 'hang', times: 2 }]);
  assert.deepEqual(
    [1, 2, 3].map(() => Boolean(limited.take('hang', 'getSlot'))),
    [true, true, false],
  );
});

test('a fault that does not exist is refused and changes nothing', async (t) => {
  const network = await startNetwork(t);
  await setFaults(network, { node: 0, fault: 'hang' });
  for (const bad of [
    { node: 0, fault: 'nonsense' },
    { node: 5, fault: 'hang' },
    { node: 0, fault: 'lag', slot: 3 },
    { node: 0, preset: 'nonsense' },
    null,
  ]) {
    assert.equal((await ask(network.control.url, 'localnet_faults', [bad])).error.code, -32602);
  }
  assert.deepEqual(network.faults(), [{ node: 0, fault: 'hang' }]);
  assert.equal(KINDS.length, 40);
});

test('faults for several nodes, together on one, and by the names of presets', async (t) => {
  const network = await startNetwork(t, { nodes: 3 });
  const set = await setFaults(
    network,
    { node: [0, 2], fault: 'slow', ms: 1 },
    { node: 'all', fault: 'wrong_height', add: 5 },
    { node: 1, preset: 'old' },
  );
  assert.deepEqual(
    set.map((one) => [one.node, one.fault]),
    [
      [0, 'slow'],
      [0, 'wrong_height'],
      [1, 'wrong_height'],
      [1, 'no_ag_genesis_cert'],
      [1, 'ignores_min_context_slot'],
      [2, 'slow'],
      [2, 'wrong_height'],
    ],
  );
  for (const preset of Object.keys(PRESETS)) {
    const kinds = (await setFaults(network, { node: 'all', preset })).map((one) => one.fault);
    assert.equal(kinds.length, 3 * PRESETS[preset].length, preset);
  }
});

test('of two faults of a kind, the first that happens is played', () => {
  const faults = new Faults();
  faults.replace([
    { node: 0, fault: 'lag', slots: 40, methods: ['getSlot'] },
    { node: 0, fault: 'lag', slots: 9, p: 0 },
    { node: 0, fault: 'lag', slots: 3 },
  ]);
  const lagOf = (method) => faults.take('lag', method).slots;
  assert.deepEqual([lagOf('getSlot'), lagOf('getBalance')], [40, 3]);
});
