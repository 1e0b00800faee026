// What the cluster charges for a message: 5,000 lamports a signature, and the priority fee it bids.
import { COMPUTE_BUDGET_PROGRAM } from './addresses.mjs';

const LAMPORTS_PER_SIGNATURE = 5000n;
const DEFAULT_UNITS_PER_INSTRUCTION = 200_000n;
const MAX_UNITS = 1_400_000n;
const TAG_UNIT_LIMIT = 2;
const TAG_UNIT_PRICE = 3;

/** @returns {bigint} lamports */
export function chargeOf(message) {
  let limit = null;
  let microLamports = 0n;
  let others = 0n;
  for (const { program, data } of message.instructions) {
    if (!message.keys[program].equals(COMPUTE_BUDGET_PROGRAM)) others += 1n;
    else if (data[0] === TAG_UNIT_LIMIT && data.length >= 5) limit = BigInt(data.readUInt32LE(1));
    else if (data[0] === TAG_UNIT_PRICE && data.length >= 9)
      microLamports = data.readBigUInt64LE(1);
  }
  const asked = limit ?? others * DEFAULT_UNITS_PER_INSTRUCTION;
  const units = asked < MAX_UNITS ? asked : MAX_UNITS;
  const priority = (units * microLamports + 999_999n) / 1_000_000n;
  return LAMPORTS_PER_SIGNATURE * BigInt(message.requiredSignatures) + priority;
}
