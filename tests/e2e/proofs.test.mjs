// Proofs checked before a withdraw is accepted: what has none costs nothing, and the relay does not
// trust its own key more than the chain.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { KEY_FILE, PROGRAM_VKEY, checking } from '../harness/proofs.mjs';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const OTHER_VKEY = `00${createHash('sha256').update('another circuit').digest('hex').slice(2)}`;

const rows = async (world) => Number(await world.query('SELECT count(*) FROM jobs'));
const mode = async (relay) => (await relay.get('/')).data.proof_check;

/** The lines of these levels, but for what the tests' database is blamed for. */
const lines = (relay, levels) =>
  relay.output
    .split('\n')
    .filter((line) => levels.includes(line.split(/ +/)[1]) && !line.includes('event=ledger_not_durable'));
const loud = (relay) => lines(relay, ['warning', 'error']);
const told = (relay) => lines(relay, ['info', 'warning', 'error']);

test('a withdraw without a good proof is refused, and leaves nothing behind', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(checking('enforce'));
  assert.equal(await mode(relay), 'enforce');
  assert.equal(await relay.metric('relay_proof_check_enforced'), 1);
  const good = makeBody();
  await world.assertPaidOnce(good, await relay.outcome(await relay.accept(good)));
  const sent = await relay.metric('relay_sends_total');

  const before = told(relay).length;

  const random = Buffer.concat([Buffer.from(good.proof_bytes, 'base64').subarray(0, 4), randomBytes(256)]);
  const bad = {
    'one bit of C': makeBody({ spoil: true }),
    "another statement's": { ...makeBody(), proof_bytes: good.proof_bytes },
    'random points': { ...makeBody(), proof_bytes: random.toString('base64') },
    'nothing': { ...makeBody(), proof_bytes: Buffer.alloc(260).toString('base64') },
    'random bytes': { ...makeBody(), proof_bytes: randomBytes(260).toString('base64') },
  };
  for (const [what, body] of Object.entries(bad)) {
    const { status, error } = await relay.post(body);
    assert.deepEqual([status, error.code, error.field], [400, 'proof_invalid', 'proof_bytes'], what);
    assert.match(error.hint, /Prove/);
  }
  assert.equal(await rows(world), 1);
  assert.equal(await relay.metric('relay_sends_total'), sent);
  assert.equal(await relay.metric('relay_withdraws_refused_total', { code: 'proof_invalid' }), 5);
  assert.equal(await relay.metric('relay_dead_letters'), 0);
  assert.deepEqual(told(relay).slice(before), []);
});

test('junk in a crowd costs neither rows nor calls, and honest withdraws are paid meanwhile', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(checking('enforce', { RELAY_PROOF_FAILURES: '0' }));
  const { proof_bytes: used } = makeBody();
  const junk = Array.from({ length: 1_000 }, () => ({ ...makeBody({ unproven: true }), proof_bytes: used }));
  const honest = Array.from({ length: 10 }, () => makeBody());
  const lane = async () => {
    for (let body = junk.pop(); body; body = junk.pop()) {
      const { status, error } = await relay.post(body);
      assert.ok(status === 400 || status === 503, `${status} ${JSON.stringify(error)}`);
    }
  };
  const flood = Array.from({ length: 16 }, lane);
  const jobs = await Promise.all(honest.map(async (body) => relay.outcome(await relay.accept(body))));
  await Promise.all(flood);
  for (const [index, job] of jobs.entries()) await world.assertPaidOnce(honest[index], job);
  assert.equal(await rows(world), 10);
  assert.equal(await relay.metric('relay_sends_total', { kind: 'first' }), 10);
  assert.equal(await relay.metric('relay_dead_letters'), 0);
  assert.deepEqual(loud(relay), []);
});

test('the same withdraw by another good proof is the first one, and by a bad one is refused', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(checking('enforce'));
  const body = makeBody();
  const id = await relay.accept(body);
  const again = await relay.post(body);
  assert.deepEqual([again.status, again.data.request_id], [200, id]);
  const spoilt = Buffer.from(body.proof_bytes, 'base64');
  spoilt[100] ^= 1;
  const { status, error } = await relay.post({ ...body, proof_bytes: spoilt.toString('base64') });
  assert.deepEqual([status, error.code], [400, 'proof_invalid']);
  await world.assertPaidOnce(body, await relay.outcome(id));
});

test('an address whose proofs fail again and again is not served for a while', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(checking('enforce', { RELAY_PROOF_FAILURES: '5' }));
  for (let count = 0; count < 5; ++count)
    assert.equal((await relay.post(makeBody({ spoil: true }))).status, 400);
  const { status, error, headers } = await relay.post(makeBody());
  assert.deepEqual([status, error.code], [429, 'rate_limited']);
  assert.match(headers.get('retry-after'), /^[1-9]/);
  assert.equal(await rows(world), 0);
});

test('a key that is not the program\'s shuts nobody out for long', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(checking('enforce', { RELAY_PROOF_PROGRAM_VKEY: OTHER_VKEY }));
  const body = makeBody();
  assert.equal((await relay.post(body)).status, 400);
  await until('a node has said that it would take it', async () => (await mode(relay)) === 'observe');
  assert.equal(await relay.metric('relay_proof_check_enforced'), 0);
  assert.equal(loud(relay).filter((line) => line.includes('event=proof_gate_opened')).length, 1);
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
  await until('the check is seen to differ', async () =>
    (await relay.metric('relay_proof_comparisons_total', { result: 'differ' })) === 1);
});

test('a program that was deployed anew is judged by the chain alone', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(checking('enforce'));
  const spoilt = makeBody({ spoil: true });
  assert.equal((await relay.post(spoilt)).status, 400);
  await until('the deployment is known', async () =>
    (await relay.metrics()).has('relay_rpc_calls_total', { method: 'getAccountInfo', outcome: 'ok' }));
  await rpc(world.network.control.url, 'localnet_advance', 10);
  await rpc(world.network.control.url, 'localnet_redeploy');
  await until('the gate has opened', async () => (await mode(relay)) === 'observe', 30);
  assert.match(loud(relay).join('\n'), /event=proof_gate_opened .*deployed anew in slot/);
  const job = await relay.outcome(await relay.accept(spoilt));
  assert.equal(job.error_code, 'proof_invalid');
});

test('observing keeps nobody out, and tells whether the check and the chain agree', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay(checking('observe'));
  assert.equal(await mode(relay), 'observe');
  assert.equal(await relay.metric('relay_proof_check_enforced'), 0);
  const compared = (result, count) =>
    until(`${count} compared: ${result}`, async () =>
      (await relay.metric('relay_proof_comparisons_total', { result })) === count);
  const good = makeBody();
  await world.assertPaidOnce(good, await relay.outcome(await relay.accept(good)));
  await compared('same', 1);
  const spoilt = await relay.outcome(await relay.accept(makeBody({ spoil: true })));
  assert.equal(spoilt.error_code, 'proof_invalid');
  await compared('same', 2);
  assert.equal(await relay.metric('relay_proof_comparisons_total', { result: 'differ' }), 0);
  assert.doesNotMatch(relay.output, /proof_check_differs/);
});

test('settings of a circuit that cannot be are refused at the start, by name', async (t) => {
  const world = await World.start(t);
  const file = (text) => {
    const path = join(world.directory, `key-${randomBytes(4).toString('hex')}`);
    writeFileSync(path, text);
    return path;
  };
  const key = JSON.parse(readFileSync(KEY_FILE));
  const cases = [
    [{ RELAY_PROOF_CHECK: 'enforced' }, /RELAY_PROOF_CHECK: must be one of/],
    [checking('enforce', { RELAY_PROOF_KEY: '' }), /RELAY_PROOF_CHECK: .*set RELAY_PROOF_KEY/],
    [checking('observe', { RELAY_PROOF_PROGRAM_VKEY: '' }), /RELAY_PROOF_CHECK: .*RELAY_PROOF_PROGRAM_VKEY/],
    [checking('off', { RELAY_PROOF_KEY: join(world.directory, 'none') }), /RELAY_PROOF_KEY: must be the path/],
    [checking('off', { RELAY_PROOF_KEY: world.directory }), /RELAY_PROOF_KEY: must be the path/],
    [checking('off', { RELAY_PROOF_KEY: file('') }), /RELAY_PROOF_KEY: names a file that holds no verifying key/],
    [checking('off', { RELAY_PROOF_KEY: file('{}') }), /RELAY_PROOF_KEY: names a file/],
    [checking('off', { RELAY_PROOF_KEY: file(JSON.stringify({ ...key, alpha: key.beta })) }), /alpha/],
    [checking('off', { RELAY_PROOF_PROGRAM_VKEY: 'ff'.repeat(32) }), /RELAY_PROOF_PROGRAM_VKEY: must be/],
    [checking('off', { RELAY_PROOF_PROGRAM_VKEY: PROGRAM_VKEY.slice(2) }), /RELAY_PROOF_PROGRAM_VKEY: must be/],
    [checking('off', { RELAY_PROOF_THREADS: '0' }), /RELAY_PROOF_THREADS: must be/],
  ];
  for (const [settings, expected] of cases) {
    const { code, output } = await World.command(['serve'], { ...world.settings(), ...settings });
    assert.equal(code, 2, output);
    assert.match(output, expected);
  }
});

test('check says whether proofs are checked, and whether the key is the program\'s', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const free = { RELAY_HTTP_PORT: '0', RELAY_ADMIN_PORT: '0' };
  const check = (settings) => World.command(['check'], { PATH: process.env.PATH, ...world.settings(), ...free, ...settings });
  const cases = async (...all) => {
    for (const [settings, expected, exit] of all) {
      const { code, output } = await check(settings);
      assert.match(output, expected);
      assert.equal(code, exit, output);
    }
  };
  await cases(
    [{}, /^ok {4}proofs: off: /m, 0],
    [checking('enforce'), /^warn {2}proofs: enforce, key [0-9a-f]{8}, and no withdraw was found/m, 0],
  );
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
  const other = { RELAY_PROOF_PROGRAM_VKEY: OTHER_VKEY };
  await cases(
    [checking('enforce'), /^ok {4}proofs: enforce, key [0-9a-f]{8}: the newest withdraw on the chain verifies/m, 0],
    [checking('enforce', other), /^FAIL {2}proofs: .*does not verify: are RELAY_PROOF_KEY and/m, 1],
    [checking('observe', other), /^warn {2}proofs: .*does not verify/m, 0],
    [checking('off'), /^ok {4}proofs: off, key [0-9a-f]{8}: the newest withdraw on the chain verifies/m, 0],
  );
});
