// Withdraws with valid proofs, as a wallet would post them.
import { randomBytes } from 'node:crypto';
import * as base58 from '../localnet/src/base58.mjs';
import { makeProver } from '../localnet/src/groth16.mjs';
import {
  GENESIS_ROOT,
  feeBasisPoints,
  feeFor,
  outputsHash,
  publicInputs,
} from '../localnet/src/shield-pool.mjs';
import { generateKeypair } from '../localnet/src/signatures.mjs';

const prove = makeProver();

/** The same withdraw by another proof that is as good. */
export function proveAnew(body) {
  const { root, nf, outputs_hash: hash, amount } = body.public_inputs;
  const parts = {
    root: Buffer.from(root, 'hex'),
    nullifier: Buffer.from(nf, 'hex'),
    outputsHash: Buffer.from(hash, 'hex'),
    amount: BigInt(amount),
  };
  return { ...body, proof_bytes: makeProver()(publicInputs(parts)).toString('base64') };
}

/** A body for POST /withdraw. `spoil`: its proof is not good; `unproven`: its proof is for the caller to put in. */
export function makeBody(options = {}) {
  const { amount = 1_000_000_000n, count = 1, root = GENESIS_ROOT, nullifier, spoil, unproven } = options;
  const net = amount - feeFor(amount);
  const outputs = Array.from({ length: count }, (_, index) => ({
    recipient: generateKeypair().publicKey,
    amount: index === 0 ? net - (net / BigInt(count)) * BigInt(count - 1) : net / BigInt(count),
  }));
  const parts = {
    amount,
    outputs,
    root,
    nullifier: nullifier ?? randomBytes(32),
    outputsHash: outputsHash(outputs),
  };
  const proof = unproven ? Buffer.alloc(0) : Buffer.from(prove(publicInputs(parts)));
  if (spoil) proof[200] ^= 1;
  const feeBps = Number(feeBasisPoints(amount));
  return {
    outputs: outputs.map((output) => ({
      recipient: base58.encode(output.recipient),
      amount: Number(output.amount),
    })),
    policy: { fee_bps: feeBps },
    public_inputs: {
      root: Buffer.from(parts.root).toString('hex'),
      nf: Buffer.from(parts.nullifier).toString('hex'),
      amount: Number(amount),
      fee_bps: feeBps,
      outputs_hash: Buffer.from(parts.outputsHash).toString('hex'),
    },
    proof_bytes: proof.toString('base64'),
  };
}
