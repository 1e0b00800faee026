// A backup taken while withdraws come in, and a relay that goes on from it: what docs/operations.md says of both.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Database } from '../harness/database.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

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
  const relay = await world.relay();
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
