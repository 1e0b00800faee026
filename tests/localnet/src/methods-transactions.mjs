// JSON-RPC methods that take transactions in and tell what became of them.
import * as base58 from './base58.mjs';
import {
  RpcError,
  address,
  atSlot,
  commitment,
  invalidParams,
  list,
  options,
  signatureText,
  text,
} from './params.mjs';
import { isProperlySigned } from './signatures.mjs';
import { errorText } from './transaction-errors.mjs';
import { RECENT_SLOTS, isLanded } from './transaction-log.mjs';
import { MAX_TRANSACTION_SIZE, WireError, parseTransaction } from './wire.mjs';

const MAX_ENCODED = { base58: 1683, base64: 1644 };
const MAX_STATUSES = 256;
const MAX_SIGNATURES_FOR_ADDRESS = 1000;

/** The transaction of a parameter, or RpcError as a validator has it. */
export function readTransaction(encoded, encoding = 'base58') {
  if (!Object.hasOwn(MAX_ENCODED, encoding))
    throw invalidParams(`unsupported encoding: ${encoding}. Supported encodings: base58, base64`);
  const tooLarge = (size) =>
    invalidParams(
      `${encoding} encoded transaction too large: ${size} bytes (max: encoded/raw ${MAX_ENCODED[encoding]}/${MAX_TRANSACTION_SIZE})`,
    );
  if (encoded.length > MAX_ENCODED[encoding]) throw tooLarge(encoded.length);
  const bytes = decodeText(encoded, encoding);
  if (bytes.length > MAX_TRANSACTION_SIZE) throw tooLarge(bytes.length);
  try {
    return parseTransaction(bytes);
  } catch (error) {
    if (error instanceof WireError)
      throw invalidParams(`failed to deserialize the transaction: ${error.message}`);
    throw error;
  }
}

function decodeText(encoded, encoding) {
  if (encoding === 'base64') {
    // Buffer skips what is not base64 in silence; a validator does not.
    const bytes = Buffer.from(encoded, 'base64');
    if (bytes.toString('base64') !== encoded) throw invalidParams('invalid base64 encoding');
    return bytes;
  }
  try {
    return base58.decode(encoded);
  } catch (error) {
    throw invalidParams(`invalid base58 encoding: ${error.message}`);
  }
}

const simulationValue = (result) => ({
  accounts: null,
  err: result.err,
  innerInstructions: null,
  loadedAccountsDataSize: result.loadedAccountsDataSize,
  logs: result.logs,
  replacementBlockhash: null,
  returnData: null,
  unitsConsumed: result.unitsConsumed,
});

function preflight(transaction, config, call, isSigned) {
  if (!isSigned) throw new RpcError(-32003, 'Transaction signature verification failure');
  const level = commitment(config, call, 'preflightCommitment');
  const slot = call.chain.blocks.slotAt(level, call.tip);
  const verdict = call.faults.take('preflight_says', 'sendTransaction');
  const result = verdict
    ? { err: verdict.err, logs: [], unitsConsumed: 0, loadedAccountsDataSize: 0 }
    : call.chain.simulate(transaction, { slot });
  if (result.err)
    throw new RpcError(
      -32002,
      `Transaction simulation failed: ${errorText(result.err)}`,
      simulationValue(result),
    );
}

function takeIn(record, transaction, { chain, faults }) {
  if (faults.take('drop', 'sendTransaction') || chain.auction?.losesSend()) {
    if (record.outcome === null) record.outcome = 'dropped';
    return;
  }
  const hold = faults.take('hold', 'sendTransaction');
  if (hold) chain.hold(record, transaction, hold);
  else chain.enqueue(record, transaction);
}

function sendTransaction(params, call) {
  const config = options(params, 1);
  const transaction = readTransaction(text(params, 0), config.encoding);
  const signature = base58.encode(transaction.signatures[0]);
  const isSigned = isProperlySigned(transaction);
  // One that is not properly signed can never land and could carry another's signature: the log has
  // no place for it.
  const record = isSigned ? call.chain.arrive(transaction, call.node) : null;
  if (!config.skipPreflight) {
    try {
      preflight(transaction, config, call, isSigned);
    } catch (error) {
      if (record && (record.outcome === null || record.outcome === 'dropped'))
        record.outcome = 'refused';
      throw error;
    }
  }
  if (!record) return signature;
  takeIn(record, transaction, call);
  return signature;
}

function simulateTransaction(params, call) {
  const config = options(params, 1);
  const level = commitment(config, call);
  const slot = call.chain.blocks.slotAt(level, call.tip);
  const transaction = readTransaction(text(params, 0), config.encoding);
  const { sigVerify = false, replaceRecentBlockhash = false } = config;
  if (sigVerify && replaceRecentBlockhash)
    throw invalidParams('sigVerify may not be used with replaceRecentBlockhash');
  if (sigVerify && !isProperlySigned(transaction))
    throw new RpcError(-32003, 'Transaction signature verification failure');
  const result = call.chain.simulate(transaction, {
    slot,
    verifySignatures: sigVerify,
    checkBlockhash: !replaceRecentBlockhash,
  });
  const value = simulationValue(result);
  if (replaceRecentBlockhash)
    value.replacementBlockhash = call.chain.blocks.latestBlockhash(level, call.tip);
  return atSlot(slot, value);
}

const statusOf = (err) => (err ? { Err: err } : { Ok: null });

function describeStatus(record, call) {
  const confirmationStatus = call.chain.blocks.levelOf(record.landedSlot, call.tip);
  return {
    slot: record.landedSlot,
    confirmations: confirmationStatus === 'finalized' ? null : call.tip - record.landedSlot,
    err: record.err,
    status: statusOf(record.err),
    confirmationStatus,
  };
}

/** The slot that an answer about statuses was true at; older nodes know of no level for it. */
function statusSlot(config, call) {
  if (call.faults.take('ignores_min_context_slot', 'getSignatureStatuses')) return call.tip;
  const level = commitment({ ...config, commitment: config.commitment ?? 'processed' }, call);
  return call.chain.blocks.slotAt(level, call.tip);
}

function getSignatureStatuses(params, call) {
  const signatures = list(params, 0, MAX_STATUSES).map(signatureText);
  const config = options(params, 1);
  const searchesHistory = config.searchTransactionHistory === true;
  const slot = statusSlot(config, call);
  const forgets = call.faults.take('forget_statuses', 'getSignatureStatuses');
  const statuses = signatures.map((signature) => {
    const record = call.chain.log.find(signature);
    if (forgets || !isLanded(record, call.tip)) return null;
    const isRecent = call.tip - record.landedSlot <= RECENT_SLOTS;
    return isRecent || searchesHistory ? describeStatus(record, call) : null;
  });
  return atSlot(slot, statuses);
}

/** The newest slot that a history query at this level may show; such queries start at confirmed. */
function historyTip(config, call) {
  const level = commitment(config, call);
  if (level === 'processed')
    throw invalidParams('Method does not support commitment below `confirmed`');
  return call.chain.blocks.slotAt(level, call.tip);
}

function describeMessage(message) {
  return {
    accountKeys: message.keys.map(base58.encode),
    header: {
      numRequiredSignatures: message.requiredSignatures,
      numReadonlySignedAccounts: message.readonlySigned,
      numReadonlyUnsignedAccounts: message.readonlyUnsigned,
    },
    recentBlockhash: base58.encode(message.blockhash),
    instructions: message.instructions.map(({ program, accounts, data }) => ({
      programIdIndex: program,
      accounts,
      data: base58.encode(data),
      stackHeight: null,
    })),
  };
}

function describeWire(record, transaction, encoding) {
  if (encoding === 'base64') return [record.wire.toString('base64'), 'base64'];
  if (encoding === 'base58') return [base58.encode(record.wire), 'base58'];
  return {
    signatures: transaction.signatures.map(base58.encode),
    message: describeMessage(transaction.message),
  };
}

function getTransaction(params, call) {
  const signature = signatureText(text(params, 0));
  const config = typeof params[1] === 'string' ? { encoding: params[1] } : options(params, 1);
  const record = call.chain.log.find(signature);
  if (
    call.faults.take('forget_statuses', 'getTransaction') ||
    !isLanded(record, historyTip(config, call))
  )
    return null;
  const transaction = parseTransaction(record.wire);
  const { version } = transaction.message;
  if (version !== 'legacy' && config.maxSupportedTransactionVersion === undefined) {
    throw new RpcError(
      -32015,
      `Transaction version (${version}) is not supported by the requesting client. Please try the request again with the following configuration parameter: "maxSupportedTransactionVersion": ${version}`,
    );
  }
  const { err, fee, preBalances, postBalances, logs } = record;
  return {
    slot: record.landedSlot,
    blockTime: call.chain.blocks.timeOf(record.landedSlot),
    transaction: describeWire(record, transaction, config.encoding),
    meta: {
      err,
      status: statusOf(err),
      fee,
      preBalances,
      postBalances,
      logMessages: logs,
      computeUnitsConsumed: record.unitsConsumed,
      innerInstructions: [],
      preTokenBalances: [],
      postTokenBalances: [],
      rewards: [],
      loadedAddresses: { writable: [], readonly: [] },
    },
    version: config.maxSupportedTransactionVersion === undefined ? undefined : version,
  };
}

function getSignaturesForAddress(params, call) {
  const wanted = address(params, 0);
  const config = options(params, 1);
  const { limit = MAX_SIGNATURES_FOR_ADDRESS, before } = config;
  if (!(limit >= 1 && limit <= MAX_SIGNATURES_FOR_ADDRESS))
    throw invalidParams(`Invalid limit; max ${MAX_SIGNATURES_FOR_ADDRESS}`);
  let records = call.chain.log.landed(historyTip(config, call));
  if (before !== undefined)
    records = records.slice(records.findIndex((record) => record.signature === before) + 1);
  return records
    .filter((record) =>
      parseTransaction(record.wire).message.keys.some((key) => key.equals(wanted)),
    )
    .slice(0, limit)
    .map((record) => ({
      signature: record.signature,
      slot: record.landedSlot,
      err: record.err,
      memo: null,
      blockTime: call.chain.blocks.timeOf(record.landedSlot),
      confirmationStatus: call.chain.blocks.levelOf(record.landedSlot, call.tip),
    }));
}

export const transactionMethods = {
  getSignatureStatuses,
  getSignaturesForAddress,
  getTransaction,
  sendTransaction,
  simulateTransaction,
};
