// The commands as their users run them: a server process, bodies from make-withdraw, a key file, a
// pushed root.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import * as base58 from '../src/base58.mjs';
import { feeFor, outputsHash } from '../src/shield-pool.mjs';
import { call, land, signWithdraw, startNetwork } from './support.mjs';

const command = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const run = (name, ...args) =>
  execFileSync(process.execPath, [command(name), ...args], { encoding: 'utf8' });
const fails = (name, ...args) =>
  spawnSync(process.execPath, [command(name), ...args], { encoding: 'utf8' });
const bodies = (...args) =>
  run('make-withdraw.mjs', ...args)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'localnet-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A body's parts, as a relay reads them. */
function partsOf(body) {
  const { root, nf, amount, outputs_hash: hash } = body.public_inputs;
  const outputs = body.outputs.map((output) => ({
    recipient: base58.decode(output.recipient),
    amount: BigInt(output.amount),
  }));
  const hex = (text) => Buffer.from(text, 'hex');
  const head = Buffer.concat([hex(root), hex(nf), hex(hash)]);
  const last = Buffer.alloc(8);
  last.writeBigUInt64LE(BigInt(amount));
  return {
    outputs,
    amount: BigInt(amount),
    nullifier: hex(nf),
    inputs: Buffer.concat([head, last]),
    proof: Buffer.from(body.proof_bytes, 'base64'),
  };
}

test('bodies add up, and the chain pays them', async (t) => {
  const network = await startNetwork(t);
  const made = [
    ...bodies('--count', '3', '--outputs', '5', '--amount', '20000000'),
    ...bodies('--recipient', `${base58.encode(Buffer.alloc(32, 4))}:992500000`),
  ];
  for (const body of made) {
    const parts = partsOf(body);
    assert.equal(
      parts.outputs.reduce((sum, output) => sum + output.amount, 0n) + feeFor(parts.amount),
      parts.amount,
    );
    assert.equal(outputsHash(parts.outputs).toString('hex'), body.public_inputs.outputs_hash);
    assert.equal(body.policy.fee_bps, body.public_inputs.fee_bps);
    assert.equal(parts.proof.length, 260);
    assert.equal((await land(network, signWithdraw(network, parts))).err, null);
  }
  assert.equal(made[3].public_inputs.amount, 1_000_000_000);
  assert.equal(made[3].policy.fee_bps, 75);
});

test('broken bodies differ in their proof only', async (t) => {
  const network = await startNetwork(t);
  for (const flag of ['--broken-proof', '--wrong-statement']) {
    const [body] = bodies(flag, '--nullifier', 'ab'.repeat(32), '--root', `0x${'cd'.repeat(32)}`);
    assert.equal(body.public_inputs.nf, 'ab'.repeat(32));
    assert.equal(body.public_inputs.root, 'cd'.repeat(32));
    const { err } = await land(network, signWithdraw(network, partsOf(body)));
    assert.deepEqual(err, { InstructionError: [2, { Custom: 0x1010 }] });
  }
});

test('bad flags end with a line that names them', () => {
  for (const [name, ...args] of [
    ['make-withdraw.mjs', '--outputs', '6'],
    ['make-withdraw.mjs', '--amount', '1.5'],
    ['make-withdraw.mjs', '--amount', '3000000', '--outputs', '2'],
    ['server.mjs', '--payer', 'nobody'],
    ['server.mjs', '--slot-ms', '-1'],
    ['server.mjs', '--finality', 'soon'],
    ['server.mjs', '--backends', '0,x'],
    ['push-root.mjs', '--root', 'ab'],
    ['keygen.mjs'],
  ]) {
    const { status, stderr } = fails(name, ...args);
    assert.equal(status, 2, `${name} ${args.join(' ')}`);
    assert.match(stderr, /--/);
  }
});

test("a key file is its owner's alone and never written over", (t) => {
  const path = join(temporaryFolder(t), 'key.json');
  const address = run('keygen.mjs', '--out', path).trim();
  const bytes = JSON.parse(readFileSync(path, 'utf8'));
  assert.equal(bytes.length, 64);
  assert.equal(base58.encode(Buffer.from(bytes.slice(32))), address);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(fails('keygen.mjs', '--out', path).status, 2);
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), bytes);
});

test('a server process: ready line, pushed root, clean end', async (t) => {
  const readyFile = join(temporaryFolder(t), 'ready.json');
  const payer = base58.encode(Buffer.alloc(32, 8));
  const server = spawn(process.execPath, [
    command('server.mjs'),
    '--port',
    '0',
    '--nodes',
    '2',
    '--payer',
    payer,
    '--payer-lamports',
    '12345',
    '--ready-file',
    readyFile,
    '--finality',
    'tower',
    '--rent',
    '696',
    '--slot-ms',
    '0',
    '--backends',
    '0',
    '--backends',
    '0,40',
  ]);
  t.after(() => server.kill('SIGKILL'));
  const ready = JSON.parse(String((await once(server.stdout, 'data'))[0]));
  assert.deepEqual(JSON.parse(readFileSync(readyFile, 'utf8')), ready);
  assert.equal(ready.urls.length, 2);
  assert.equal((await call(ready.urls[1], 'getBalance', payer)).value, 12345);
  const slots = [];
  for (let i = 0; i < 4; i++) slots.push(await call(ready.urls[i >> 1], 'getSlot'));
  assert.deepEqual(
    slots.map((slot) => slots[0] - slot),
    [0, 0, 40, 0], // the call before was of the second node's first backend
  );
  assert.equal(await call(ready.url, 'getAgGenesisCert'), null);
  assert.equal(await call(ready.url, 'getMinimumBalanceForRentExemption', 0), 89_088);
  const root = 'ef'.repeat(32);
  assert.equal(run('push-root.mjs', '--url', ready.control, '--root', root).trim(), root);
  assert.equal((await call(ready.url, 'localnet_info')).root, root);
  server.kill('SIGTERM');
  assert.deepEqual(await once(server, 'exit'), [0, null]);
});
