// JSON-RPC methods about accounts. Every level of commitment sees the newest state: the runtime
// keeps no older one.
import * as base58 from './base58.mjs';
import { SYSTEM_PROGRAM } from './addresses.mjs';
import {
  RpcError,
  address,
  atSlot,
  commitment,
  invalidParams,
  list,
  options,
  wholeNumber,
} from './params.mjs';

const MAX_ACCOUNTS = 100;
const MAX_BASE58_DATA = 128;

const slotFor = (call, params, index) =>
  call.chain.blocks.slotAt(commitment(options(params, index), call), call.tip);

function encodeData(data, { encoding = 'base58', dataSlice }) {
  const bytes = dataSlice
    ? data.subarray(dataSlice.offset, dataSlice.offset + dataSlice.length)
    : data;
  // jsonParsed falls back to base64 for programs it does not know, and it knows none here.
  if (encoding === 'base64' || encoding === 'jsonParsed')
    return [Buffer.from(bytes).toString('base64'), 'base64'];
  if (encoding !== 'base58') throw invalidParams(`Invalid params: unknown variant \`${encoding}\``);
  if (bytes.length > MAX_BASE58_DATA) {
    throw new RpcError(
      -32600,
      `Encoded binary (base 58) data should be less than ${MAX_BASE58_DATA} bytes, please use Base64 encoding.`,
    );
  }
  return [base58.encode(bytes), 'base58'];
}

function describe(account, config) {
  if (!account) return null;
  return {
    lamports: account.lamports,
    data: encodeData(account.data, config),
    owner: base58.encode(account.owner),
    executable: account.executable,
    rentEpoch: account.rentEpoch,
    space: account.data.length,
  };
}

function getAccountInfo(params, call) {
  const slot = slotFor(call, params, 1);
  return atSlot(slot, describe(call.chain.runtime.account(address(params, 0)), options(params, 1)));
}

function getMultipleAccounts(params, call) {
  const slot = slotFor(call, params, 1);
  const addresses = list(params, 0, MAX_ACCOUNTS).map((_, index) => address(params[0], index));
  const config = { encoding: 'base64', ...options(params, 1) };
  return atSlot(
    slot,
    addresses.map((one) => describe(call.chain.runtime.account(one), config)),
  );
}

// A real faucet sends a transaction; here the lamports appear at once. The signature answered is
// not on the chain.
function requestAirdrop(params, call) {
  const to = address(params, 0);
  addLamports(call, to, BigInt(wholeNumber(params, 1)));
  return base58.encode(Buffer.concat([to, to]));
}

function addLamports(call, to, lamports) {
  const account = call.chain.runtime.account(to) ?? { lamports: 0n, owner: SYSTEM_PROGRAM };
  call.chain.runtime.setAccount(to, { ...account, lamports: account.lamports + lamports });
}

export const accountMethods = {
  getAccountInfo,
  getBalance: (params, call) =>
    atSlot(slotFor(call, params, 1), call.chain.runtime.balance(address(params, 0))),
  getMinimumBalanceForRentExemption: (params, call) =>
    call.chain.runtime.minimumBalance(wholeNumber(params, 0)),
  getMultipleAccounts,
  requestAirdrop,
};
