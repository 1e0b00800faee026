#!/usr/bin/env node
// Makes the body of a POST /withdraw, with a proof that the localnet's program accepts; --help
// lists the flags.
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import * as base58 from './src/base58.mjs';
import { BadFlag, addressFlag, hex32, integer, lamports, runCommand } from './src/flags.mjs';
import { makeProver } from './src/groth16.mjs';
import { toJson } from './src/json.mjs';
import {
  GENESIS_ROOT,
  MAX_OUTPUTS,
  MIN_ACCOUNT_LAMPORTS,
  feeBasisPoints,
  feeFor,
  outputsHash,
  publicInputs,
} from './src/shield-pool.mjs';
import { generateKeypair } from './src/signatures.mjs';

const usage = `usage: make-withdraw.mjs [flags]
  --amount LAMPORTS               what leaves the pool, fee included (1000000000)
  --outputs N                     random recipients, 1 to 5, who share it at random (1)
  --recipient ADDRESS:LAMPORTS    a recipient of your own instead; may be given again. Without --amount, the
                                  amount is the one whose outputs and fee these are
  --root HEX                      the root it refers to (the localnet's genesis root)
  --nullifier HEX                 its nullifier (random)
  --count N                       so many bodies, one a line (1)
  --broken-proof                  the right size and key, but no points of the curve
  --wrong-statement               a good proof of something else
  --out FILE                      instead of the standard output`;

const string = { type: 'string' };
const options = {
  amount: string,
  outputs: string,
  recipient: { type: 'string', multiple: true },
  root: string,
  nullifier: string,
  count: string,
  'broken-proof': { type: 'boolean' },
  'wrong-statement': { type: 'boolean' },
  out: string,
};

function fixedOutputs(texts) {
  return texts.map((text) => {
    const [recipient, amount] = text.split(':');
    return {
      recipient: addressFlag(recipient, '--recipient'),
      amount: lamports(amount ?? '', "a recipient's amount"),
    };
  });
}

/** Splits at random, with enough for a new account in each share. */
function randomOutputs(total, count) {
  let spare = total - BigInt(count) * MIN_ACCOUNT_LAMPORTS;
  if (spare < 0n)
    throw new BadFlag(
      `--amount is too little for ${count} outputs of at least ${MIN_ACCOUNT_LAMPORTS} lamports`,
    );
  return Array.from({ length: count }, (_, index) => {
    const share =
      index === count - 1 ? spare : (spare * BigInt(Math.floor(Math.random() * 1000))) / 1000n;
    spare -= share;
    return { recipient: generateKeypair().publicKey, amount: MIN_ACCOUNT_LAMPORTS + share };
  });
}

/** The largest amount that leaves `net` after its fee; the fee rounds down, so two may, or none. */
function amountFor(net) {
  const guess = ((net + 2_500_000n) * 1000n) / 995n;
  const found = [2n, 1n, 0n, -1n]
    .map((step) => guess + step)
    .find((amount) => amount - feeFor(amount) === net);
  if (found === undefined)
    throw new BadFlag(
      'no amount leaves exactly these outputs after the fee: give one lamport more or less',
    );
  return found;
}

function chooseAmount(values, fixed) {
  if (values.amount !== undefined) return lamports(values.amount, '--amount');
  return fixed.length
    ? amountFor(fixed.reduce((sum, output) => sum + output.amount, 0n))
    : 1_000_000_000n;
}

function makeProof(prove, inputs, values) {
  if (values['wrong-statement']) return prove(randomBytes(inputs.length));
  const proof = prove(inputs);
  if (values['broken-proof']) proof.fill(0x11, 4); // what names the key stays
  return proof;
}

function makeBody(prove, values, outputs, amount) {
  const root = values.root === undefined ? GENESIS_ROOT : hex32(values.root, '--root');
  const nullifier =
    values.nullifier === undefined ? randomBytes(32) : hex32(values.nullifier, '--nullifier');
  const hash = outputsHash(outputs);
  const feeBps = feeBasisPoints(amount);
  const inputs = publicInputs({ root, nullifier, outputsHash: hash, amount });
  return {
    outputs: outputs.map((output) => ({
      recipient: base58.encode(output.recipient),
      amount: output.amount,
    })),
    policy: { fee_bps: feeBps },
    public_inputs: {
      root: root.toString('hex'),
      nf: nullifier.toString('hex'),
      amount,
      fee_bps: feeBps,
      outputs_hash: hash.toString('hex'),
    },
    proof_bytes: makeProof(prove, inputs, values).toString('base64'),
  };
}

await runCommand({ usage, options }, async (values) => {
  const fixed = fixedOutputs(values.recipient ?? []);
  if (fixed.length > MAX_OUTPUTS)
    throw new BadFlag(`--recipient may be given at most ${MAX_OUTPUTS} times`);
  const outputCount = integer(values, 'outputs', { least: 1, most: MAX_OUTPUTS, otherwise: 1 });
  const count = integer(values, 'count', { least: 1, most: 1_000_000, otherwise: 1 });
  const amount = chooseAmount(values, fixed);
  if (amount === 0n) throw new BadFlag('--amount must be at least 1');
  const prove = makeProver();
  const out = values.out ? createWriteStream(values.out) : process.stdout;
  for (let i = 0; i < count; i++) {
    const outputs = fixed.length ? fixed : randomOutputs(amount - feeFor(amount), outputCount);
    if (!out.write(`${toJson(makeBody(prove, values, outputs, amount))}\n`))
      await once(out, 'drain');
  }
  if (values.out) out.end();
});
