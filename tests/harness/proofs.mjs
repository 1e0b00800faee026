// The settings of relays that check proofs by the localnet's circuit.
import { readFileSync } from 'node:fs';

export const KEY_FILE = new URL('../localnet/verifying-key.json', import.meta.url).pathname;
export const PROGRAM_VKEY = JSON.parse(readFileSync(KEY_FILE)).program_vkey;

/** `mode`: off, observe or enforce; `more`: other settings, or others of these. */
export const checking = (mode, more = {}) => ({
  RELAY_PROOF_CHECK: mode,
  RELAY_PROOF_KEY: KEY_FILE,
  RELAY_PROOF_PROGRAM_VKEY: PROGRAM_VKEY,
  ...more,
});

/** For who wants the chain to find out. */
export const unchecked = { RELAY_PROOF_CHECK: 'off' };
