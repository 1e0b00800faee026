// Methods for tests alone, all named localnet_...: they change the chain by hand and show what a
// real one hides.
import { SYSTEM_PROGRAM } from './addresses.mjs';
import * as base58 from './base58.mjs';
import { readTransaction } from './methods-transactions.mjs';
import { address, invalidParams, options, text, wholeNumber } from './params.mjs';
import { currentRoot, pushRoot, shardNullifiers } from './shield-pool.mjs';
import { isProperlySigned } from './signatures.mjs';

const MAX_ADVANCE = 100_000;
/** What the upgradeable loader's accounts begin with: which of its kinds they are. */
const PROGRAM_TAG_BYTES = 4;

function info(_params, call) {
  const { chain, network } = call;
  const { pool, treasury, rootsRing, shard } = network.addresses;
  return {
    programId: base58.encode(chain.programId),
    payers: network.payers.map(base58.encode),
    pool: base58.encode(pool),
    treasury: base58.encode(treasury),
    rootsRing: base58.encode(rootsRing),
    nullifierShard: base58.encode(shard),
    root: currentRoot(chain.runtime.account(rootsRing).data).toString('hex'),
    slot: chain.blocks.slot,
    blockHeight: chain.blocks.heightOf(chain.blocks.slot),
    transactions: chain.log.size,
    landed: chain.landedCount,
  };
}

function pushRootByHand(params, call) {
  const hex = text(params, 0).replace(/^0x/, '');
  if (!/^[0-9a-fA-F]{64}$/.test(hex)) throw invalidParams('a root is 64 hexadecimal digits');
  const ring = call.network.addresses.rootsRing;
  const account = call.chain.runtime.account(ring);
  call.chain.runtime.setAccount(ring, {
    ...account,
    data: pushRoot(account.data, Buffer.from(hex, 'hex')),
  });
  return hex.toLowerCase();
}

function setBalance(params, call) {
  const of = address(params, 0);
  const account = call.chain.runtime.account(of) ?? { owner: SYSTEM_PROGRAM };
  call.chain.runtime.setAccount(of, { ...account, lamports: BigInt(wholeNumber(params, 1)) });
  return wholeNumber(params, 1);
}

/** What only a landed one has. */
const landing = (record, { blocks }) => ({
  landedBlockHeight: blocks.heightOf(record.landedSlot),
  landedAt: record.landedAt,
  unitsConsumed: record.unitsConsumed,
  payerPaid: record.preBalances[0] - record.postBalances[0],
});

function transactions(params, { chain }) {
  const { from = 0, wire = true } = options(params, 0);
  return chain.log
    .all()
    .slice(from)
    .map((record) => ({
      signature: record.signature,
      nullifier: record.nullifier,
      wire: wire ? record.wire.toString('base64') : undefined,
      node: record.node,
      sends: record.sends,
      receivedSlot: record.receivedSlot,
      receivedBlockHeight: record.receivedBlockHeight,
      receivedFinalizedBlockHeight: record.receivedFinalizedBlockHeight,
      blockhash: record.blockhash,
      lastValidBlockHeight: record.lastValidBlockHeight,
      outcome: record.outcome,
      forks: record.forks,
      landedSlot: record.landedSlot,
      landedBlockHeight: null,
      err: record.err,
      fee: record.fee,
      ...(record.landedSlot === null ? {} : landing(record, chain)),
    }));
}

function advance(params, call) {
  const slots = wholeNumber(params, 0);
  if (slots > MAX_ADVANCE) throw invalidParams(`at most ${MAX_ADVANCE} slots at once`);
  call.chain.advance(slots);
  return call.chain.blocks.slot;
}

function fork(params, call) {
  const slots = params[0] === undefined ? 1 : wholeNumber(params, 0);
  const { confirmed = false, again } = options(params, 1);
  if (slots === 0) throw invalidParams('a fork takes back one block at least');
  if (typeof confirmed !== 'boolean') throw invalidParams('`confirmed` is true or false');
  if (again !== undefined) wholeNumber([again], 0);
  const taken = call.chain.fork(slots, { confirmed, again });
  return { slot: call.chain.blocks.slot, taken };
}

/** As after an upgrade to the same program: its bytes stay, and the slot of its deployment is this one. */
function redeploy(_params, call) {
  const { chain } = call;
  const program = chain.runtime.account(chain.programId);
  const programData = Buffer.from(program.data.subarray(PROGRAM_TAG_BYTES));
  const account = chain.runtime.account(programData);
  const data = Buffer.from(account.data);
  data.writeBigUInt64LE(BigInt(chain.blocks.slot), PROGRAM_TAG_BYTES);
  chain.runtime.setAccount(programData, { ...account, data });
  return chain.blocks.slot;
}

function setRent(params, call) {
  call.chain.runtime.setRent(wholeNumber(params, 0));
  return wholeNumber(params, 0);
}

async function faults(params, call) {
  if (params.length > 0) await call.network.setFaults(params[0]);
  return call.network.faults();
}

function congestion(params, call) {
  if (params.length > 0) call.network.congest(params[0]);
  return call.chain.auction?.scenario ?? null;
}

function auctions(params, call) {
  const { from = 0 } = options(params, 0);
  return (call.chain.auction?.blocks ?? []).filter(({ slot }) => slot >= from);
}

/** Past what keeps sends from leaders: the front door of one, for what has a way of its own there. */
function deliver(params, call) {
  const transaction = readTransaction(text(params, 0), 'base64');
  if (isProperlySigned(transaction))
    call.chain.enqueue(call.chain.arrive(transaction, call.node), transaction);
  return base58.encode(transaction.signatures[0]);
}

export const localnetMethods = {
  localnet_advance: advance,
  localnet_auctions: auctions,
  localnet_congestion: congestion,
  localnet_deliver: deliver,
  localnet_faults: faults,
  localnet_fork: fork,
  localnet_info: info,
  localnet_pushRoot: pushRootByHand,
  localnet_redeploy: redeploy,
  localnet_setBalance: setBalance,
  localnet_setRent: setRent,
  localnet_spentNullifiers: (_params, call) =>
    shardNullifiers(call.chain.runtime.account(call.network.addresses.shard).data).map((one) =>
      one.toString('hex'),
    ),
  localnet_transactions: transactions,
};
