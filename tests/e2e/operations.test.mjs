// What docs/operations.md tells an operator to do: restore a backup, change the key, change the token.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import * as base58 from '../localnet/src/base58.mjs';
import { generateKeypair } from '../localnet/src/signatures.mjs';
import { parseTransaction } from '../localnet/src/wire.mjs';
import { Database } from '../harness/database.mjs';
import { unchecked } from '../harness/proofs.mjs';
import { rpc } from '../harness/rpc.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';
import { setFaults, untilSent } from './support.mjs';

const run = promisify(execFile);
const apiOnly = { RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' };

async function restored(t, world) {
  const file = join(world.directory, 'backup');
  await run('pg_dump', ['--format=custom', '--file', file, world.database.url]);
  const database = await Database.make('e2e');
  t.after(() => database.drop());
  await run('pg_restore', ['--exit-on-error', '--dbname', database.url, file]);
  return database;
}

test('a relay on a restored backup tells what was, pays what was not, and nothing twice', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(unchecked);
  const [paid, waiting] = [makeBody(), makeBody()];
  const paidId = await relay.accept(paid);
  await relay.outcome(paidId);
  const failedId = await relay.accept(makeBody({ spoil: true }));
  const before = [await relay.status(paidId), await relay.outcome(failedId)];
  await relay.kill();
  const api = await world.relay(apiOnly);
  const waitingId = await api.accept(waiting);
  await api.kill();

  const database = await restored(t, world);
  const after = await world.relay({ RELAY_DATABASE_URL: database.url });
  t.after(() => after.kill());
  await world.assertPaidOnce(waiting, await after.outcome(waitingId));
  assert.deepEqual([await after.status(paidId), await after.status(failedId)], before);
  const again = await after.post(paid);
  assert.equal(again.status, 200);
  assert.equal(again.data.request_id, paidId);
  await world.assertPaidOnce(paid, await after.status(paidId));
});

test('what was paid after the backup is told as paid where its transaction was saved before', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const body = makeBody();
  const id = await relay.accept(body);
  await relay.outcome(id);
  await world.query(`UPDATE jobs SET status = 'queued', tx_id = NULL, slot = NULL, completed_at = NULL, due_at = now()`);
  await world.query('DELETE FROM nullifiers'); // as it stood when the transaction had just been saved
  await relay.kill();
  const database = await restored(t, world);
  const after = await world.relay({ RELAY_DATABASE_URL: database.url });
  t.after(() => after.kill());
  await world.assertPaidOnce(body, await after.outcome(id));
});

/** A keypair's file of the world's, and its address. */
function makeKey(world, name) {
  const { seed, publicKey } = generateKeypair();
  const keypair = join(world.directory, name);
  writeFileSync(keypair, JSON.stringify([...seed, ...publicKey]), { mode: 0o600 });
  return { keypair, address: base58.encode(publicKey) };
}

test('with another key, what the old one signed lands as it is, and the new one pays for the rest', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const signed = makeBody();
  await setFaults(world, { node: 'all', fault: 'drop' });
  const signedId = await relay.accept(signed);
  await untilSent(world, signed);
  await relay.kill();
  await setFaults(world);

  const key = makeKey(world, 'next.json');
  await rpc(world.network.control.url, 'requestAirdrop', key.address, 1_000_000_000);
  const next = await world.relay({ RELAY_SOLANA_KEYPAIR: key.keypair });
  assert.equal((await next.get('/')).data.relay, key.address);
  await world.assertPaidOnce(signed, await next.outcome(signedId));
  const body = makeBody();
  await world.assertPaidOnce(body, await next.outcome(await next.accept(body)));
  const payerOf = async (each) => {
    const [{ wire }] = await world.transactionsOf(each);
    return base58.encode(parseTransaction(Buffer.from(wire, 'base64')).message.keys[0]);
  };
  const payers = [await payerOf(signed), await payerOf(body)];
  assert.deepEqual(payers, [world.payer, key.address]);
});

test('a token is changed by its file and a restart, and the old one opens nothing', async (t) => {
  const world = await World.start(t);
  const file = join(world.directory, 'token');
  const ask = (relay, token) =>
    fetch(`${relay.admin}/admin/jobs`, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status);
  for (const [token, other] of [['first-token', 'second-token'], ['second-token', 'first-token']]) {
    writeFileSync(file, `${token}\n`, { mode: 0o600 });
    const relay = await world.relay({ RELAY_ADMIN_TOKEN_FILE: file });
    assert.deepEqual([await ask(relay, token), await ask(relay, other)], [200, 401]);
    await relay.kill('SIGTERM');
  }
});
