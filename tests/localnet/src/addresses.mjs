// Program-derived addresses, and the addresses the shield pool uses for native SOL.
import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519';
import * as base58 from './base58.mjs';

export const DEFAULT_PROGRAM_ID = 'c1oak6tetxYnNfvXKFkpn1d98FxtK7B68vBQLYQpWKp';
export const SYSTEM_PROGRAM = Buffer.alloc(32);
export const COMPUTE_BUDGET_PROGRAM = base58.decode('ComputeBudget111111111111111111111111111111');
const NATIVE_MINT = Buffer.alloc(32);

function isCurvePoint(bytes) {
  try {
    ed25519.Point.fromHex(bytes, true);
    return true;
  } catch {
    return false;
  }
}

/** The first hash, bump from 255 down, that is not a curve point. */
export function derive(seeds, programId) {
  for (let bump = 255; bump >= 0; bump--) {
    const hash = createHash('sha256');
    for (const seed of seeds) hash.update(seed);
    const address = hash
      .update(Buffer.from([bump]))
      .update(programId)
      .update('ProgramDerivedAddress')
      .digest();
    if (!isCurvePoint(address)) return { address, bump };
  }
  throw new Error('no bump gives an address off the curve');
}

/** @param {Buffer} programId @returns {{pool: Buffer, treasury: Buffer, rootsRing: Buffer, shard: Buffer}} */
export function poolAddresses(programId) {
  const at = (name) => derive([Buffer.from(name), NATIVE_MINT], programId).address;
  return {
    pool: at('pool'),
    treasury: at('treasury'),
    rootsRing: at('roots_ring'),
    shard: at('nullifier_shard'),
  };
}
