// Reads the parameters of JSON-RPC calls as a validator does. Each function throws RpcError -32602
// on a bad one.
import * as base58 from './base58.mjs';

export class RpcError extends Error {
  constructor(code, message, data) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export const invalidParams = (message) => new RpcError(-32602, message);

export function address(params, index) {
  if (params[index] === undefined)
    throw invalidParams(`\`params\` should have at least ${index + 1} argument(s)`);
  const bytes = base58.decode32(params[index]);
  if (!bytes) throw invalidParams('Invalid param: Invalid');
  return bytes;
}

export function text(params, index) {
  if (params[index] === undefined)
    throw invalidParams(`\`params\` should have at least ${index + 1} argument(s)`);
  if (typeof params[index] !== 'string')
    throw invalidParams('Invalid params: invalid type, expected a string');
  return params[index];
}

export function wholeNumber(params, index) {
  const value = params[index];
  if (!Number.isSafeInteger(value) || value < 0)
    throw invalidParams('Invalid params: invalid type, expected u64');
  return value;
}

export function list(params, index, most) {
  if (!Array.isArray(params[index]))
    throw invalidParams('Invalid params: invalid type, expected a sequence');
  if (params[index].length > most) throw invalidParams(`Too many inputs provided; max ${most}`);
  return params[index];
}

export function signatureText(value) {
  try {
    if (typeof value === 'string' && value.length <= 90 && base58.decode(value).length === 64)
      return value;
  } catch {
    // Not base58: the same answer as for a wrong length.
  }
  throw invalidParams('Invalid param: WrongSize');
}

/** The object of options at `index`; absent means none. */
export function options(params, index) {
  const value = params[index] ?? {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw invalidParams('Invalid params: invalid type, expected a configuration object');
  return value;
}

/** The commitment level asked for, with minContextSlot respected. */
export function commitment(config, call, name = 'commitment') {
  const level = config[name] ?? 'finalized';
  if (!Object.hasOwn(call.chain.blocks.after, level))
    throw invalidParams(
      `Invalid params: unknown variant \`${level}\`, expected one of processed, confirmed, finalized`,
    );
  const slot = call.chain.blocks.slotAt(level, call.tip);
  if (config.minContextSlot !== undefined && slot < wholeNumber([config.minContextSlot], 0)) {
    throw new RpcError(-32016, 'Minimum context slot has not been reached', { contextSlot: slot });
  }
  return level;
}

/** `value` in the envelope that tells which slot it was true at. */
export const atSlot = (slot, value) => ({ context: { slot, apiVersion: API_VERSION }, value });

export const API_VERSION = '3.0.0';
