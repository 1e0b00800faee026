// `relayd check`: each thing that a relay needs, broken in turn, is one line that says what to do.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { manage } from '../harness/database.mjs';
import { required } from '../harness/environment.mjs';
import { PrivateRedis } from '../harness/redis.mjs';
import { rpc } from '../harness/rpc.mjs';
import { World } from '../harness/world.mjs';
import { setFaults } from './support.mjs';

const NO_KEY = '/nowhere/key.json';
const VOTES = 'Vote111111111111111111111111111111111111111'; // a program of the chain's own
const NOBODY = '4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM';

/** {code, output} of relayd check; `limits` are words of the shell's before it. */
function check(settings, { limits = ':', words = '' } = {}) {
  const environment = { PATH: process.env.PATH, RELAY_HTTP_PORT: '0', RELAY_ADMIN_PORT: '0', ...settings };
  return new Promise((resolve) => {
    const script = `${limits} && exec ${required('RELAY_TEST_RELAYD')} check ${words}`;
    execFile('sh', ['-c', script], { env: environment }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, output: stdout + stderr, stdout }),
    );
  });
}

/** A world whose schema stands, with a Redis of its own, and its settings. */
async function start(t) {
  const world = await World.start(t);
  const redis = await new PrivateRedis(t, world.directory).start();
  const settings = { ...world.settings(), RELAY_REDIS_URL: redis.url };
  const migrated = await World.command(['migrate'], settings);
  assert.equal(migrated.code, 0, migrated.output);
  return { world, redis, settings };
}

/** Lets the nullifier shard, which has room for 319, say that it holds so many. */
function fillShard(world, count) {
  const { runtime } = world.network.chain;
  const { shard } = world.network.addresses;
  const account = runtime.account(shard);
  const data = Buffer.from(account.data);
  data.writeUInt32LE(count);
  runtime.setAccount(shard, { ...account, data });
}

/** A program that listens where a relay would. */
async function occupy(t) {
  const server = createServer((_, answer) => answer.end('no relay')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return String(server.address().port);
}

test('where nothing is broken nothing fails, and JSON says the same', async (t) => {
  const { settings } = await start(t);
  const { code, output } = await check(settings);
  assert.equal(code, 0, output);
  for (const what of [
    'settings', 'public listener', 'admin listener', 'file descriptors', 'postgres schema', 'postgres writes',
    'postgres rights', 'postgres clock', 'redis', 'redis eviction', 'keypair', 'program at', 'pool at', 'treasury at',
    'roots ring at', 'nullifier shard at', 'payer at', 'rpc',
  ]) {
    assert.match(output, new RegExp(`^ok {4}${what}`, 'm'));
  }
  const { stdout } = await check(settings, { words: '--json' });
  const found = JSON.parse(stdout);
  assert.ok(found.every((one) => ['ok', 'warn'].includes(one.result)), stdout);
  assert.equal(found.length, output.trim().split('\n').length);
});

/** What is broken, the line that tells of it, the exit code; `settings` and `limits` come on top. */
const rows = [
  {
    what: 'the id of no program',
    settings: { RELAY_SOLANA_PROGRAM_ID: NOBODY },
    line: /^FAIL {2}program at .*: is RELAY_SOLANA_PROGRAM_ID right/m,
    code: 1,
  },
  {
    what: 'the id of another program',
    settings: { RELAY_SOLANA_PROGRAM_ID: VOTES },
    line: /^FAIL {2}accounts at .*: the program has none of its accounts there/m,
    code: 1,
  },
  {
    what: 'an account of another program',
    settings: { RELAY_SOLANA_POOL: VOTES },
    line: /^FAIL {2}pool at .* belongs to \S+, not to the program: is RELAY_SOLANA_POOL right/m,
    code: 1,
  },
  {
    what: 'an account that is not there',
    settings: { RELAY_SOLANA_ROOTS_RING: NOBODY },
    line: /^FAIL {2}roots ring at .*there is no account .*RELAY_SOLANA_ROOTS_RING/m,
    code: 1,
  },
  {
    what: 'a full shard',
    spoil: ({ world }) => fillShard(world, 319),
    line: /^FAIL {2}nullifier shard at .*holds 319 of 319 .*full/m,
    code: 1,
  },
  {
    what: 'a shard that is nearly full',
    spoil: ({ world }) => fillShard(world, 290),
    line: /^warn {2}nullifier shard at .*holds 290 of 319/m,
    code: 0,
  },
  {
    what: 'another cluster',
    settings: { RELAY_SOLANA_GENESIS_HASH: VOTES },
    line: /^FAIL {2}rpc .*genesis hash is .*RELAY_SOLANA_GENESIS_HASH/m,
    code: 1,
  },
  {
    what: 'a node that refuses the commitment',
    settings: { RELAY_SOLANA_COMMITMENT: 'confirmed' },
    spoil: ({ world }) => setFaults(world, { node: 'all', fault: 'refuses_commitment' }),
    line: /^warn {2}rpc .* commitment: it refuses confirmed/m,
    code: 0,
  },
  {
    what: 'no history',
    spoil: ({ world }) => setFaults(world, { node: 'all', fault: 'no_history' }),
    line: /^FAIL {2}history: no RPC node searches its history/m,
    code: 1,
  },
  {
    what: 'a node that is away',
    settings: { RELAY_SOLANA_RPC_URLS: 'http://127.0.0.1:1' },
    line: /^FAIL {2}rpc http:\/\/127\.0\.0\.1:1: .*refused/m,
    code: 1,
  },
  {
    what: 'a payer without money',
    settings: { RELAY_SOLANA_MIN_BALANCE: '900000000000000' },
    line: /^FAIL {2}payer at .*fund it/m,
    code: 1,
  },
  {
    what: 'no key',
    settings: { RELAY_SOLANA_KEYPAIR: NO_KEY },
    line: /^FAIL {2}keypair: .*cannot be opened/m,
    code: 1,
  },
  {
    what: 'a Redis that evicts',
    spoil: ({ redis }) => redis.ask('config', 'set', 'maxmemory-policy', 'allkeys-lru'),
    line: /^FAIL {2}redis eviction: maxmemory-policy is allkeys-lru: .*noeviction/m,
    code: 1,
  },
  {
    what: 'a Redis that does not tell',
    spoil: ({ redis }) => redis.ask('acl', 'setuser', 'default', '-config'),
    line: /^warn {2}redis eviction: .*must be noeviction/m,
    code: 0,
  },
  {
    what: 'a Redis that takes no writes',
    spoil: ({ redis }) => redis.ask('replicaof', '127.0.0.1', '1'),
    line: /^FAIL {2}redis: /m,
    code: 1,
  },
  {
    what: 'no Redis',
    settings: { RELAY_REDIS_URL: 'unix:///nowhere' },
    line: /^FAIL {2}redis: /m,
    code: 1,
  },
  {
    what: 'a port in use by another program',
    settings: async (t) => ({ RELAY_HTTP_PORT: await occupy(t) }),
    line: /^FAIL {2}public listener: 127\.0\.0\.1 port \d+ is in use by another program: .*RELAY_HTTP_PORT/m,
    code: 1,
  },
  {
    what: 'an address of another machine',
    settings: { RELAY_ADMIN_HOST: '192.0.2.1', RELAY_ADMIN_TOKEN: 'hunter2' },
    line: /^FAIL {2}admin listener: 192\.0\.2\.1 .*cannot be bound .*RELAY_ADMIN_HOST/m,
    code: 1,
  },
  {
    what: 'few descriptors',
    limits: 'ulimit -n 256',
    line: /^FAIL {2}file descriptors: 256 are allowed.*RELAY_HTTP_MAX_CONNECTIONS/m,
    code: 1,
  },
  {
    what: 'no Postgres',
    settings: { RELAY_DATABASE_URL: 'postgresql://relay:hunter2@127.0.0.1:1/relay' },
    line: /^FAIL {2}postgres: /m,
    code: 1,
  },
  {
    what: 'a newer schema',
    spoil: ({ world }) => world.query('INSERT INTO schema_migrations (version, name) VALUES (9999, $$later$$)'),
    line: /^FAIL {2}postgres schema: .*9999, newer .*newer relayd/m,
    code: 1,
  },
  {
    what: 'an older schema',
    spoil: ({ world }) => world.query('DELETE FROM schema_migrations WHERE version > 1'),
    line: /^FAIL {2}postgres schema: it is version 1, .*relayd migrate/m,
    code: 1,
  },
  {
    what: 'no schema',
    spoil: ({ world }) => world.query('DROP TABLE schema_migrations'),
    line: /^FAIL {2}postgres schema: .*relayd migrate/m,
    code: 1,
  },
  {
    what: 'a server that loses commits in a crash, as that of these tests is',
    line: /^warn {2}postgres durability: .*fsync is off/m,
    code: 0,
  },
];

for (const row of rows) {
  test(`check finds ${row.what}`, async (t) => {
    const parts = await start(t);
    await row.spoil?.(parts);
    const more = typeof row.settings === 'function' ? await row.settings(t) : row.settings;
    const { code, output } = await check({ ...parts.settings, ...more }, row);
    assert.match(output, row.line);
    assert.equal(code, row.code, output);
    assert.equal((output.match(/^FAIL/gm) ?? []).length, row.code, 'what is broken is one line');
    assert.ok(!output.includes('hunter2'), output);
  });
}

test('check finds a grant that is missing', async (t) => {
  const { world, settings } = await start(t);
  const role = `${world.name}_role`;
  await manage(`CREATE ROLE ${role} LOGIN`);
  t.after(() => manage(`DROP ROLE ${role}`)); // after its database
  await world.query(`GRANT SELECT, INSERT, UPDATE ON jobs, withdraws, transactions, nullifiers TO ${role}`);
  await world.query(`GRANT SELECT ON schema_migrations TO ${role}`);
  await world.query(`GRANT SELECT ON operator_changes TO ${role}`);
  const { code, output } = await check({ ...settings, RELAY_DATABASE_URL: world.database.urlAs(role) });
  assert.equal(code, 1, output);
  assert.match(output, /^FAIL {2}postgres rights: the role may not DELETE ON jobs, .*INSERT ON fleet, INSERT ON operator_changes, .*grants/m);
});

test('beside a relay that serves, check says so and does not fail', async (t) => {
  const { world, settings } = await start(t);
  const relay = await world.relay(settings);
  const ports = { RELAY_HTTP_PORT: String(relay.port), RELAY_ADMIN_PORT: String(relay.adminPort) };
  const { code, output } = await check({ ...settings, ...ports });
  assert.equal(code, 0, output);
  assert.match(output, /^warn {2}public listener: .*a relay serves there now/m);
  assert.match(output, /^warn {2}admin listener: .*a relay serves there now/m);
});

test('settings that contradict each other end check and serve with 2', async () => {
  for (const [settings, ...names] of [
    [{ RELAY_HTTP_PORT: '4000', RELAY_ADMIN_PORT: '4000' }, 'RELAY_HTTP_PORT', 'RELAY_ADMIN_PORT'],
    [{ RELAY_RETRY_BASE_DELAY: '1h' }, 'RELAY_RETRY_BASE_DELAY', 'RELAY_RETRY_MAX_DELAY'],
    [{ RELAY_WORKER_LEASE: '1s', RELAY_WORKER_POLL_INTERVAL: '2s' }, 'RELAY_WORKER_LEASE', 'RELAY_WORKER_POLL_INTERVAL'],
    [{ RELAY_HTTP_CORS_ORIGINS: 'https://wallet.example/' }, 'RELAY_HTTP_CORS_ORIGINS'],
  ]) {
    for (const command of ['check', 'serve']) {
      const { code, output } = await World.command([command], { RELAY_SOLANA_KEYPAIR: NO_KEY, ...settings });
      assert.equal(code, 2, output);
      assert.equal(output.trim().split('\n').length, 1, output);
      for (const name of names) assert.ok(output.includes(name), output);
    }
  }
});

test('each send-only endpoint is named, and what it answers to no transaction', async (t) => {
  const { world, settings } = await start(t);
  const elsewhere = `http://127.0.0.1:${await occupy(t)}`;
  const tip = { RELAY_SOLANA_TIP: '1000', RELAY_SOLANA_TIP_ACCOUNTS: NOBODY };
  const key = 'hunter2-hunter2';
  const { code, output } = await check({
    ...settings,
    ...tip,
    RELAY_SOLANA_SEND_URLS: `${world.network.control.url}/?key=${key},${elsewhere},http://127.0.0.1:1`,
  });
  assert.equal(code, 1, output);
  assert.match(output, new RegExp(`ok +send path ${world.network.control.url}:? .*it answers`));
  assert.match(output, new RegExp(`(fail|FAIL)\\w* +send path http://127.0.0.1:1\\b`));
  assert.match(output, new RegExp(`send path ${elsewhere}`));
  assert.match(output, new RegExp(`tip accounts.*there is no account ${NOBODY}`));
  assert.ok(!output.includes(key));
  const sent = await rpc(world.network.control.url, 'localnet_transactions');
  assert.equal(sent.length, 0);
});
