// How many bytes of accounts a transaction loads, as SIMD-0186 has it (Agave, svm/src/account_loader.rs):
// the data of each account that exists and 64 bytes, the same for the data account of a program that the
// upgradeable loader owns, and 8,248 bytes a lookup table.
//
// LiteSVM leaves the programs' data accounts out. So the chain holds transactions to this count itself:
// else a limit could pass here that fails on a cluster.
import * as base58 from './base58.mjs';

const ACCOUNT_BYTES = 64;
const LOOKUP_TABLE_BYTES = 8248;
const UPGRADEABLE_LOADER = base58.decode('BPFLoaderUpgradeab1e11111111111111111111111');
const PROGRAM_KIND = 2;
const PROGRAM_BYTES = 36; // the kind, then the address of the program's data

function dataAccountOf({ owner, data }) {
  if (!owner.equals(UPGRADEABLE_LOADER) || data.length !== PROGRAM_BYTES) return null;
  return data[0] === PROGRAM_KIND ? Buffer.from(data.subarray(4)) : null;
}

/** Looks the message's accounts up in the runtime; what lookup tables name is left out. */
export function loadedSize(runtime, message) {
  const counted = new Map(message.keys.map((key) => [key.toString('hex'), runtime.account(key)]));
  for (const account of [...counted.values()].filter(Boolean)) {
    const other = dataAccountOf(account);
    if (other) counted.set(other.toString('hex'), runtime.account(other));
  }
  const accounts = [...counted.values()].filter(Boolean);
  return accounts.reduce(
    (sum, { data }) => sum + ACCOUNT_BYTES + data.length,
    LOOKUP_TABLE_BYTES * message.lookups.length,
  );
}
