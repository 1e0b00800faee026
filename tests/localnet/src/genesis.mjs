// The chain's first state: the program, its four accounts, the accounts that tips go to, and funded payers.
import { existsSync, readFileSync } from 'node:fs';
import { SYSTEM_PROGRAM, poolAddresses } from './addresses.mjs';
import * as base58 from './base58.mjs';
import { Chain } from './chain.mjs';
import { Runtime } from './runtime.mjs';
import { GENESIS_ROOT, SHARD_CAPACITY, emptyRing, emptyShard } from './shield-pool.mjs';
import { TIP_ACCOUNTS } from './tip-accounts.mjs';

const PROGRAM_FILE = new URL('../build/shield_pool.so', import.meta.url);
const LAMPORTS_PER_SOL = 1_000_000_000n;
const POOL_DATA_SIZE = 32;
export const LAMPORTS_PER_BYTE = 6960;

/**
 * @param {{programId: Buffer, payers?: Buffer[], payerLamports?: bigint, poolLamports?: bigint, root?: Buffer,
 *          shardCapacity?: number, rent?: number}} options and those of Chain
 * @returns {{chain: Chain, addresses: object}}
 */
export function createChain(options) {
  const {
    programId,
    payers = [],
    payerLamports = 100n * LAMPORTS_PER_SOL,
    poolLamports = 1_000_000n * LAMPORTS_PER_SOL,
  } = options;
  const { root = GENESIS_ROOT, shardCapacity = SHARD_CAPACITY, rent = LAMPORTS_PER_BYTE } = options;
  if (!existsSync(PROGRAM_FILE)) throw new Error('the program is not built: run setup.sh first');
  const runtime = new Runtime();
  runtime.setRent(rent);
  runtime.addProgram(programId, readFileSync(PROGRAM_FILE));
  const addresses = poolAddresses(programId);
  const own = (address, data, lamports = runtime.minimumBalance(data.length)) =>
    runtime.setAccount(address, { lamports, data, owner: programId });
  own(addresses.pool, Buffer.alloc(POOL_DATA_SIZE), poolLamports);
  own(addresses.treasury, Buffer.alloc(0));
  own(addresses.rootsRing, emptyRing(root));
  own(addresses.shard, emptyShard(shardCapacity));
  for (const payer of payers)
    runtime.setAccount(payer, { lamports: payerLamports, owner: SYSTEM_PROGRAM });
  // As on mainnet they exist: a tip is less than a new account must hold.
  for (const account of Object.values(TIP_ACCOUNTS).flat())
    runtime.setAccount(base58.decode(account), { lamports: LAMPORTS_PER_SOL, owner: SYSTEM_PROGRAM });
  const contested = [addresses.pool, addresses.treasury, addresses.shard];
  return { chain: new Chain({ ...options, runtime, contested }), addresses };
}
