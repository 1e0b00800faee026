// Databases that answer and take no writes: health knows within two seconds, says why, and a POST gets
// a 503; and what leads the relay to one that takes them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manage } from '../harness/database.mjs';
import { Pooler, PrivatePostgres } from '../harness/postgres.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const SECONDS = 2;

async function payOne(world, relay) {
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
}

/** From now on no withdraw is accepted, and everything that tells of it says so, by these words. */
async function assertRefuses(relay, words, up = 1) {
  const health = await until(
    'health says unavailable',
    async () => {
      const { status, data } = await relay.get('/health');
      return status === 503 && data.postgres.reason?.match(words) && data;
    },
    SECONDS,
  );
  assert.equal(health.status, 'unavailable');
  assert.equal(health.postgres.state, 'unavailable');
  assert.equal(await relay.metric('relay_postgres_writable'), 0);
  assert.equal(await relay.metric('relay_postgres_up'), up);
  const answer = await relay.post(makeBody());
  assert.equal(answer.status, 503, JSON.stringify(answer));
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  assert.equal(relay.output.match(/event=ledger_not_writable/g)?.length, 1);
}

async function assertTakes(world, relay) {
  assert.equal((await relay.becomes('ok')).postgres.state, 'ok');
  assert.equal(await relay.metric('relay_postgres_writable'), 1);
  await payOne(world, relay);
}

/** A relay under a role with the least rights, and that role. */
async function startUnderRole(t, world) {
  await (await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' })).kill(); // makes the schema
  const role = `${world.name}_role`;
  await manage(`CREATE ROLE ${role} LOGIN`);
  t.after(() => manage(`DROP ROLE ${role}`)); // after its database
  await world.query(`GRANT SELECT, INSERT, UPDATE ON jobs, withdraws, transactions, nullifiers TO ${role}`);
  await world.query(`GRANT SELECT ON schema_migrations TO ${role}`);
  return { role, relay: await world.relay({ RELAY_DATABASE_URL: world.database.urlAs(role) }) };
}

test('a missing grant, a missing table, a role that may only read', async (t) => {
  const world = await World.start(t);
  const { role, relay } = await startUnderRole(t, world);
  for (const [words, begin, end] of [
    [/permission denied for table nullifiers/, `REVOKE INSERT ON nullifiers FROM ${role}`, `GRANT INSERT ON nullifiers TO ${role}`],
    [/does not exist/, 'ALTER TABLE withdraws RENAME TO elsewhere', 'ALTER TABLE elsewhere RENAME TO withdraws'],
    [
      /read-only/,
      `ALTER ROLE ${role} SET default_transaction_read_only = on;
       SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`,
      `ALTER ROLE ${role} RESET default_transaction_read_only`,
    ],
  ]) {
    await relay.becomes('ok');
    relay.output = '';
    await world.query(begin);
    await assertRefuses(relay, words);
    await world.query(end);
    await assertTakes(world, relay);
  }
});

test('a full disk', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  await relay.becomes('ok');
  await world.query(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`);
  await world.query('CREATE TRIGGER full_disk BEFORE INSERT ON transactions EXECUTE FUNCTION full_disk()');
  await assertRefuses(relay, /No space left/);
  await world.query('DROP FUNCTION full_disk CASCADE');
  await assertTakes(world, relay);
});

test('a commit that waits for a standby that is not there', async (t) => {
  const world = await World.start(t);
  const server = await PrivatePostgres.start(t);
  const relay = await world.relay({ RELAY_DATABASE_URL: PrivatePostgres.url([server]) });
  await relay.becomes('ok');
  await server.query(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
  await server.query('SELECT pg_reload_conf()');
  await assertRefuses(relay, /not committed within/);
  await server.query('ALTER SYSTEM RESET synchronous_standby_names');
  await server.query('SELECT pg_reload_conf()');
  await assertTakes(world, relay);
});

test('a standby listed first, alone, and promoted when the primary is gone', async (t) => {
  const world = await World.start(t);
  const primary = await PrivatePostgres.start(t);
  const standby = await primary.standby();
  const settings = { RELAY_DATABASE_URL: PrivatePostgres.url([standby, primary]) };
  const relay = await world.relay(settings);
  await relay.becomes('ok');
  await payOne(world, relay);

  await until('the standby has it all', async () => {
    const [behind] = await primary.query('SELECT count(*) FROM pg_stat_replication WHERE replay_lsn < pg_current_wal_lsn()');
    return behind === '0';
  });
  await primary.stop();
  await assertRefuses(relay, /read-only|closed|connection/, await relay.metric('relay_postgres_up'));
  const [id] = await standby.query('SELECT request_id FROM jobs LIMIT 1');
  await until('what was accepted can be read meanwhile', async () => (await relay.status(id))?.status === 'completed');
  await until('it is known to answer', async () => (await relay.metric('relay_postgres_up')) === 1);
  assert.equal((await relay.get('/health')).status, 503);
  await standby.promote();
  await assertTakes(world, relay);
});

test('sessions that end while they are idle cost no client an answer', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  await relay.becomes('ok');
  for (let times = 0; times < 30; ++times) {
    await manage(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${world.name}' AND state = 'idle'`);
    await relay.accept(makeBody());
  }
});

test('a pooler that lends by the transaction is refused at the start, by the session it serves', async (t) => {
  const world = await World.start(t);
  const url = await Pooler.start(t, world.database.url, 'transaction');
  const refused = world.launch({ RELAY_DATABASE_URL: url });
  assert.equal((await refused.exit()).code, 1);
  assert.match(refused.output, /pool_mode to session/);

  const relay = await world.relay({ RELAY_DATABASE_URL: await Pooler.start(t, world.database.url, 'session') });
  await relay.becomes('ok');
  await payOne(world, relay);
});
