// What a message asks of the cluster by its compute-budget instructions, and what the cluster charges
// for it: 5,000 lamports a signature, and the priority fee it bids, rounded up (Agave,
// compute-budget-instruction and fee crates).
import { COMPUTE_BUDGET_PROGRAM, SYSTEM_PROGRAM } from './addresses.mjs';

const LAMPORTS_PER_SIGNATURE = 5000n;
/** Without a limit, so many units for each instruction: few for one of a builtin program (SIMD-0170). */
const DEFAULT_UNITS = 200_000n;
const DEFAULT_UNITS_OF_BUILTIN = 3_000n;
const BUILTINS = [COMPUTE_BUDGET_PROGRAM, SYSTEM_PROGRAM];
const MAX_UNITS = 1_400_000n;
const MAX_LOADED_BYTES = 64 * 1024 * 1024;
const TAG_UNIT_LIMIT = 2;
const TAG_UNIT_PRICE = 3;
const TAG_LOADED_BYTES = 4;

/** @returns {{units: bigint, price: bigint, loadedBytes: number}} the price in micro-lamports a unit */
export function budgetOf(message) {
  let limit = null;
  let price = 0n;
  let loadedBytes = MAX_LOADED_BYTES;
  let usual = 0n;
  for (const { program, data } of message.instructions) {
    const isBuiltin = BUILTINS.some((one) => one.equals(message.keys[program]));
    usual += isBuiltin ? DEFAULT_UNITS_OF_BUILTIN : DEFAULT_UNITS;
    if (!message.keys[program].equals(COMPUTE_BUDGET_PROGRAM)) continue;
    if (data[0] === TAG_UNIT_LIMIT && data.length >= 5) limit = BigInt(data.readUInt32LE(1));
    else if (data[0] === TAG_UNIT_PRICE && data.length >= 9) price = data.readBigUInt64LE(1);
    else if (data[0] === TAG_LOADED_BYTES && data.length >= 5)
      loadedBytes = Math.min(data.readUInt32LE(1), MAX_LOADED_BYTES);
  }
  const asked = limit ?? usual;
  return { units: asked < MAX_UNITS ? asked : MAX_UNITS, price, loadedBytes };
}

/** @returns {bigint} lamports */
export function chargeOf(message) {
  const { units, price } = budgetOf(message);
  const priority = (units * price + 999_999n) / 1_000_000n;
  return LAMPORTS_PER_SIGNATURE * BigInt(message.requiredSignatures) + priority;
}
