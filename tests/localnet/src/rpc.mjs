// JSON-RPC 2.0: reads a request body, runs its calls, writes the answer. It answers any bytes at
// all, and what a method throws unforeseen becomes -32603 without ending the process.
import { toJson } from './json.mjs';
import { accountMethods } from './methods-accounts.mjs';
import { clusterMethods } from './methods-cluster.mjs';
import { localnetMethods } from './methods-localnet.mjs';
import { transactionMethods } from './methods-transactions.mjs';
import { RpcError } from './params.mjs';
import { distort, refuseCall } from './refusals.mjs';

const METHODS = new Map(
  Object.entries({
    ...clusterMethods,
    ...accountMethods,
    ...transactionMethods,
    ...localnetMethods,
  }),
);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns {{requests: unknown[], isBatch: boolean} | null} null where the body is not JSON */
export function parseBody(body) {
  try {
    const value = JSON.parse(body);
    return { requests: Array.isArray(value) ? value : [value], isBatch: Array.isArray(value) };
  } catch {
    return null;
  }
}

/** The methods that the calls of a body name. */
export const methodsOf = (parsed) =>
  (parsed?.requests ?? [])
    .map((request) => request?.method)
    .filter((method) => typeof method === 'string');

const failure = (id, code, message, data) => ({
  jsonrpc: '2.0',
  error: { code, message, data },
  id,
});

/** @param {(method: string) => object} callOf what a method works on: chain, network, node, tip, faults */
async function answerOne(request, callOf) {
  if (!isObject(request) || request.jsonrpc !== '2.0' || typeof request.method !== 'string') {
    return failure(isObject(request) ? (request.id ?? null) : null, -32600, 'Invalid request');
  }
  const { id, params = [] } = request;
  const method = METHODS.get(request.method);
  if (!method) return failure(id ?? null, -32601, 'Method not found');
  if (!Array.isArray(params))
    return failure(id ?? null, -32602, 'Invalid params: expected an array');
  try {
    const call = callOf(request.method);
    refuseCall(request.method, params, call.faults);
    const result = (await method(params, call)) ?? null;
    return {
      jsonrpc: '2.0',
      result: distort(request.method, result, call.faults),
      id: id ?? null,
    };
  } catch (error) {
    if (error instanceof RpcError)
      return failure(id ?? null, error.code, error.message, error.data);
    console.error(`localnet: ${request.method} failed: ${error.stack}`);
    return failure(id ?? null, -32603, 'Internal error');
  }
}

/** @returns {Promise<string>} the answer's text; empty where every call was a notification */
export async function answer(parsed, callOf) {
  if (!parsed) return toJson(failure(null, -32700, 'Parse error'));
  if (parsed.requests.length === 0) return toJson(failure(null, -32600, 'Invalid request'));
  const answers = [];
  for (const request of parsed.requests) {
    const one = await answerOne(request, callOf);
    const isNotification = isObject(request) && request.id === undefined && !one.error;
    if (!isNotification) answers.push(one);
  }
  if (answers.length === 0) return '';
  return toJson(parsed.isBatch ? answers : answers[0]);
}

/** The same error for every call of a body, as a node gives that is unwell as a whole. */
export function refuseAll(parsed, { code, message, data }) {
  const answers = (parsed?.requests ?? [null]).map((request) =>
    failure(request?.id ?? null, code, message, data),
  );
  return toJson(parsed?.isBatch ? answers : answers[0]);
}
