// Calls that a node refuses by a fault, and answers in which a fault has changed a number.
import { RpcError, invalidParams } from './params.mjs';

const isObject = (value) => typeof value === 'object' && value !== null;
const WORDS = {
  '-32601': 'Method not found',
  '-32602': 'Invalid params',
  '-32003': 'Transaction signature verification failure',
  '-32005': 'Node is unhealthy',
  '-32016': 'Minimum context slot has not been reached',
};
const HISTORY_METHODS = ['getTransaction', 'getSignaturesForAddress'];

const namesLevel = (params, level) =>
  params.some(
    (one) => isObject(one) && (one.commitment === level || one.preflightCommitment === level),
  );

const needsHistory = (method, params) =>
  HISTORY_METHODS.includes(method) ||
  (method === 'getSignatureStatuses' && params[1]?.searchTransactionHistory === true);

/** Throws the RpcError with which the node refuses the call, if a fault makes it do so. */
export function refuseCall(method, params, faults) {
  const refusal = faults.take('refuses', method);
  if (refusal) {
    const { code = -32603, message = WORDS[code] ?? 'Internal error', data } = refusal;
    throw new RpcError(code, message, data);
  }
  if (method === 'getAgGenesisCert' && faults.take('no_ag_genesis_cert', method))
    throw new RpcError(-32601, WORDS[-32601]);
  const { level = 'confirmed' } = faults.find('refuses_commitment') ?? {};
  if (namesLevel(params, level) && faults.take('refuses_commitment', method))
    throw invalidParams(
      `Invalid params: unknown variant \`${level}\`, expected one of \`processed\`, \`finalized\``,
    );
  if (needsHistory(method, params) && faults.take('no_history', method))
    throw new RpcError(-32011, 'Transaction history is not available from this node');
  const { n = 5 } = faults.find('max_signatures') ?? {};
  const isLong = method === 'getSignatureStatuses' && params[0]?.length > n;
  if (isLong && faults.take('max_signatures', method))
    throw invalidParams(`Too many inputs provided; max ${n}`);
}

const added = (faults, kind, method) => faults.take(kind, method)?.add ?? 0;

/** The height a node tells for a slot; `height` is the true one. */
export function toldHeight(method, { slot, height }, faults) {
  const told = faults.take('height_is_slot', method) ? slot : height;
  return told + added(faults, 'wrong_height', method);
}

function distortPrices(result, faults) {
  const lie = faults.take('wrong_prices', 'getRecentPrioritizationFees');
  return lie ? result.map((one) => ({ ...one, prioritizationFee: lie.price ?? 1e12 })) : result;
}

function distortUnits(value, faults) {
  const lie = faults.take('wrong_units', 'simulateTransaction');
  return lie ? { ...value, unitsConsumed: lie.units ?? 1 } : value;
}

/** The answer with the numbers the node tells. */
export function distort(method, result, faults) {
  if (method === 'getRecentPrioritizationFees') return distortPrices(result, faults);
  if (method === 'getSlot') return result + added(faults, 'wrong_slot', method);
  if (method === 'getEpochInfo')
    return { ...result, absoluteSlot: result.absoluteSlot + added(faults, 'wrong_slot', method) };
  if (!isObject(result?.context)) return result;
  const { context, value } = result;
  const slot = context.slot + added(faults, 'wrong_slot', method);
  if (method === 'simulateTransaction')
    return { context: { ...context, slot }, value: distortUnits(value, faults) };
  if (method !== 'getLatestBlockhash') return { context: { ...context, slot }, value };
  const lastValidBlockHeight =
    value.lastValidBlockHeight + added(faults, 'wrong_last_valid', method);
  return { context: { ...context, slot }, value: { ...value, lastValidBlockHeight } };
}
