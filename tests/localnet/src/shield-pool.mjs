// What a client of the shield pool has to know: fee, outputs hash, public inputs, the withdraw
// instruction and the layouts of the two accounts that hold roots and nullifiers.
import { blake3 } from '@noble/hashes/blake3';

/** The root the chain starts with, and the one make-withdraw uses unless told otherwise. */
export const GENESIS_ROOT = Buffer.from(
  '5348494c44204c4f43414c4e455420524f4f54000000000000000000000000ff',
  'hex',
);
export const PROOF_SIZE = 260;
export const MAX_OUTPUTS = 5;
/** The least a new account may hold; a recipient given less makes the whole transaction fail. */
export const MIN_ACCOUNT_LAMPORTS = 890_880n;
export const SHARD_CAPACITY = 319;
const TAG_WITHDRAW = 2;
const ROOTS = 64;
const ROOTS_HEADER = 8;
const SHARD_HEADER = 4;

export const feeFor = (amount) => 2_500_000n + (amount * 5n) / 1000n;
export const feeBasisPoints = (amount) => (feeFor(amount) * 10_000n + amount - 1n) / amount;

export function u64Bytes(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** @param {{recipient: Buffer, amount: bigint}[]} outputs */
export const outputsBytes = (outputs) =>
  Buffer.concat(outputs.flatMap((output) => [output.recipient, u64Bytes(output.amount)]));
export const outputsHash = (outputs) => Buffer.from(blake3(outputsBytes(outputs)));

export function publicInputs({ root, nullifier, outputsHash: hash, amount }) {
  return Buffer.concat([root, nullifier, hash, u64Bytes(amount)]);
}

export function withdrawData({ proof, inputs, nullifier, outputs }) {
  return Buffer.concat([
    Buffer.from([TAG_WITHDRAW]),
    proof,
    inputs,
    nullifier,
    Buffer.from([outputs.length]),
    outputsBytes(outputs),
  ]);
}

/** The nullifier of withdraw data, or null for any other instruction. */
export function nullifierOf(data) {
  const at = 1 + PROOF_SIZE + 32;
  return data[0] === TAG_WITHDRAW && data.length > at + 32 ? data.subarray(at, at + 32) : null;
}

export function emptyRing(firstRoot) {
  const data = Buffer.alloc(ROOTS_HEADER + 32 * ROOTS);
  firstRoot.copy(data, ROOTS_HEADER);
  return data;
}

export function pushRoot(data, root) {
  const next = Buffer.from(data);
  next[0] = (data[0] + 1) % ROOTS;
  root.copy(next, ROOTS_HEADER + 32 * next[0]);
  return next;
}

export const currentRoot = (data) =>
  Buffer.from(data.subarray(ROOTS_HEADER + 32 * data[0], ROOTS_HEADER + 32 * data[0] + 32));
export const emptyShard = (capacity) => Buffer.alloc(SHARD_HEADER + 32 * capacity);

export function shardNullifiers(data) {
  const count = Buffer.from(data.buffer, data.byteOffset, SHARD_HEADER).readUInt32LE(0);
  return Array.from({ length: count }, (_, i) =>
    Buffer.from(data.subarray(SHARD_HEADER + 32 * i, SHARD_HEADER + 32 * i + 32)),
  );
}
