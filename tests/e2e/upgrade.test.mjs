// An upgrade while withdraws come in: the previous release goes on over the schema of this one, and beside it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const apiOnly = { RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' };

async function payOne(world, acceptor, teller = acceptor) {
  const body = makeBody();
  await world.assertPaidOnce(body, await teller.outcome(await acceptor.accept(body)));
}

const failOne = async (relay) => {
  const id = await relay.accept(makeBody({ spoil: true }));
  assert.equal((await relay.outcome(id)).status, 'failed');
  return id;
};

const previous = process.env.RELAY_TEST_PREVIOUS_RELAYD;
const skip = previous ? false : 'no previous release in the history of this clone';

test('the previous release works on while the schema is brought up to date, and beside this one', { skip }, async (t) => {
  const world = await World.start(t);
  const older = await world.relay({}, previous);
  await payOne(world, older);
  const failed = await failOne(older);

  const migration = await World.command(['migrate'], world.settings());
  assert.equal(migration.code, 0, migration.output);
  for (let count = 0; count < 3; ++count) await payOne(world, older);
  const failedSince = await failOne(older);

  // What each accepts, the other pays.
  const api = await world.relay(apiOnly);
  await payOne(world, api, older);
  const newer = await world.relay();
  await payOne(world, newer, older);
  await payOne(world, older, newer);

  // What the previous release has left behind is whole: it is listed, and can be retried.
  const letters = (await newer.get('/admin/dead-letters', newer.admin)).data.jobs.map((job) => job.request_id);
  assert.deepEqual(new Set(letters), new Set([failed, failedSince]));
  await older.kill('SIGTERM');
  const retried = await fetch(`${newer.admin}/admin/dead-letters/${failedSince}/retry`, { method: 'POST' });
  assert.equal(retried.status, 200);
  await until('it has failed again', async () => (await newer.status(failedSince)).status === 'failed');
  await payOne(world, newer);
  assert.doesNotMatch(older.output + newer.output, /event=row_unreadable|request answered 500/);
});
