// JSON-RPC methods about the cluster: slots, heights, blockhashes, health.
import { parseMessage } from './wire.mjs';
import * as base58 from './base58.mjs';
import { chargeOf } from './fees.mjs';
import { toldHeight } from './refusals.mjs';
import { REMEMBERED_BLOCKS } from './priority-fees.mjs';
import {
  API_VERSION,
  address,
  atSlot,
  commitment,
  invalidParams,
  list,
  options,
  text,
  wholeNumber,
} from './params.mjs';

const SLOTS_PER_EPOCH = 432_000;
const BLS_SIGNATURE_BYTES = 192;
const MAX_LOCKED_ACCOUNTS = 128;

const slotFor = (call, params, index) =>
  call.chain.blocks.slotAt(commitment(options(params, index), call), call.tip);

function getLatestBlockhash(params, call) {
  const level = commitment(options(params, 0), call);
  return atSlot(
    call.chain.blocks.slotAt(level, call.tip),
    call.chain.blocks.latestBlockhash(level, call.tip),
  );
}

function isBlockhashValid(params, call) {
  const slot = slotFor(call, params, 1);
  const blockhash = text(params, 0);
  if (!base58.decode32(blockhash)) throw invalidParams('Invalid param: WrongSize');
  return atSlot(slot, call.chain.blocks.isUsable(blockhash, slot));
}

const heightOf = (method, slot, call) =>
  toldHeight(method, { slot, height: call.chain.blocks.heightOf(slot) }, call.faults);

function getEpochInfo(params, call) {
  const absoluteSlot = slotFor(call, params, 0);
  return {
    absoluteSlot,
    blockHeight: heightOf('getEpochInfo', absoluteSlot, call),
    epoch: Math.floor(absoluteSlot / SLOTS_PER_EPOCH),
    slotIndex: absoluteSlot % SLOTS_PER_EPOCH,
    slotsInEpoch: SLOTS_PER_EPOCH,
    transactionCount: call.chain.landedCount,
  };
}

function getFeeForMessage(params, call) {
  const slot = slotFor(call, params, 1);
  let message;
  try {
    message = parseMessage(Buffer.from(text(params, 0), 'base64'));
  } catch (error) {
    throw invalidParams(`failed to deserialize the message: ${error.message}`);
  }
  const isUsable = call.chain.blocks.isUsable(base58.encode(message.blockhash), slot);
  return atSlot(slot, isUsable ? chargeOf(message) : null);
}

// Agave's rpc/src/rpc.rs takes no commitment for this: a block's prices are told once it is confirmed.
function getRecentPrioritizationFees(params, call) {
  const accounts = params.length === 0 ? [] : list(params, 0, MAX_LOCKED_ACCOUNTS);
  const wanted = accounts.map((_, index) => address(accounts, index));
  const { blocks, priorityFees } = call.chain;
  const slots = blocks.slotsUpTo(blocks.slotAt('confirmed', call.tip), REMEMBERED_BLOCKS);
  return slots.map((slot) => ({ slot, prioritizationFee: priorityFees.at(slot, wanted) }));
}

// What a node says where the cluster has moved to Alpenglow; null where it has not.
function getAgGenesisCert(_params, call) {
  const { blocks } = call.chain;
  if (blocks.finality !== 'alpenglow') return null;
  return {
    block: { slot: blocks.firstSlot, block_id: [...base58.decode(blocks.genesisHash)] },
    signature: { signature: Array(BLS_SIGNATURE_BYTES).fill(7), bitmap: [1, 128] },
  };
}

export const clusterMethods = {
  getAgGenesisCert,
  getBlockHeight: (params, call) => heightOf('getBlockHeight', slotFor(call, params, 0), call),
  getBlockTime: (params, call) => call.chain.blocks.timeOf(wholeNumber(params, 0)),
  getEpochInfo,
  getFeeForMessage,
  getGenesisHash: (_params, call) =>
    call.faults.take('wrong_genesis', 'getGenesisHash')
      ? base58.encode(Buffer.alloc(32, 7))
      : call.chain.blocks.genesisHash,
  getHealth: () => 'ok',
  getIdentity: (_params, call) => ({ identity: call.chain.blocks.genesisHash }),
  getLatestBlockhash,
  getRecentPrioritizationFees,
  getSlot: (params, call) => slotFor(call, params, 0),
  getTransactionCount: (_params, call) => call.chain.landedCount,
  getVersion: () => ({ 'solana-core': API_VERSION, 'feature-set': 0 }),
  isBlockhashValid,
};
