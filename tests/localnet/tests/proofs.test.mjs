// The relay's verifier beside the program's, in the runtime: one verdict on every proof.
//
// RELAY_TEST_PROOF_VERDICTS names the verifier, a program that reads a case a line; without it there
// is nothing to compare. RELAY_TEST_PROOFS: how many cases; RELAY_TEST_SEED: those of an earlier run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { vectors } from '../make-bn254-vectors.mjs';
import { SYSTEM_PROGRAM } from '../src/addresses.mjs';
import { Runtime } from '../src/runtime.mjs';
import { serializeTransaction } from '../src/wire.mjs';
import { ProofCases, describe } from './proof-cases.mjs';

const here = (path) => new URL(path, import.meta.url);
const VERIFIER = process.env.RELAY_TEST_PROOF_VERDICTS;
const COUNT = Number(process.env.RELAY_TEST_PROOFS ?? 1000);
const PROGRAM_ERRORS = { 1: 'other_key', 2: 'refused' };

test("the committed vectors are @noble/curves'", () => {
  assert.equal(readFileSync(here('../../vectors/bn254.json'), 'utf8'), vectors());
});

/** The program's verdict: valid, other_key or refused. */
class Chain {
  #runtime = new Runtime();
  #payer = Buffer.alloc(32, 1);
  #program = Buffer.alloc(32, 2);

  constructor() {
    this.#runtime.addProgram(this.#program, readFileSync(here('../build/groth16_verdict.so')));
    this.#runtime.setAccount(this.#payer, { lamports: 10n ** 12n, owner: SYSTEM_PROGRAM });
  }

  verdict({ proof, first, second }) {
    const message = {
      version: 'legacy',
      requiredSignatures: 1,
      readonlySigned: 0,
      readonlyUnsigned: 1,
      keys: [this.#payer, this.#program],
      blockhash: Buffer.alloc(32),
      lookups: [],
      instructions: [{ program: 1, accounts: [], data: Buffer.concat([proof, first, second]) }],
    };
    const bytes = serializeTransaction({ signatures: [Buffer.alloc(64)], message });
    const { err } = this.#runtime.simulate(bytes, { verifySignatures: false });
    const verdict = err === null ? 'valid' : PROGRAM_ERRORS[err.InstructionError?.[1]?.Custom];
    assert.ok(verdict, `the program ended otherwise: ${JSON.stringify(err)}`);
    return verdict;
  }
}

/** The relay's verdicts: valid, other_key, malformed or invalid. */
async function verdictsOfRelay(cases) {
  const verifier = spawn(VERIFIER, [fileURLToPath(here('../verifying-key.json'))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for (const { proof, first, second } of cases)
    verifier.stdin.write(`${Buffer.concat([proof, first, second]).toString('hex')}\n`);
  verifier.stdin.end();
  const parts = await verifier.stdout.toArray();
  return Buffer.concat(parts).toString().trim().split('\n');
}

// Why a proof is refused the program does not say.
const reduced = (verdict) => (verdict === 'valid' || verdict === 'other_key' ? verdict : 'refused');

test('the relay says of each proof what the program says', { skip: !VERIFIER }, async (t) => {
  const seed = process.env.RELAY_TEST_SEED ?? String(randomInt(2 ** 32));
  t.diagnostic(`${COUNT} proofs of seed ${seed}`);
  const maker = new ProofCases(seed);
  const cases = Array.from({ length: COUNT }, (_, index) =>
    maker.make(maker.kinds[index % maker.kinds.length]),
  );
  const chain = new Chain();
  const relay = await verdictsOfRelay(cases);
  assert.equal(relay.length, COUNT);
  const valid = new Map(maker.kinds.map((kind) => [kind, 0]));
  cases.forEach((one, index) => {
    const verdict = chain.verdict(one);
    assert.equal(reduced(relay[index]), verdict, `seed ${seed}: ${describe(one)}`);
    if (verdict === 'valid') valid.set(one.kind, valid.get(one.kind) + 1);
  });
  for (const [kind, count] of valid) t.diagnostic(`valid of ${kind}: ${count}`);
  const all = Math.floor(COUNT / maker.kinds.length);
  for (const kind of ['valid', 'two points negated', 'inputs of chance', 'C at infinity'])
    assert.ok(valid.get(kind) >= all, `all of ${kind} are valid`);
  for (const kind of ['B outside the group', 'B moved out of the group', 'another statement'])
    assert.equal(valid.get(kind), 0, `none of ${kind} is valid`);
});
