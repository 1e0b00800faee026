// What the tests share: a network in this process whose slots are moved by hand, an RPC client, a
// payer that builds and signs withdraw transactions as a relay does.
import { randomBytes } from 'node:crypto';
import { COMPUTE_BUDGET_PROGRAM, DEFAULT_PROGRAM_ID, SYSTEM_PROGRAM } from '../src/addresses.mjs';
import * as base58 from '../src/base58.mjs';
import { makeProver } from '../src/groth16.mjs';
import { Network } from '../src/network.mjs';
import {
  GENESIS_ROOT,
  feeFor,
  outputsHash,
  publicInputs,
  u64Bytes,
  withdrawData,
} from '../src/shield-pool.mjs';
import { generateKeypair, signWith } from '../src/signatures.mjs';
import { serializeMessage, serializeTransaction } from '../src/wire.mjs';

export const prove = makeProver();
export const payer = generateKeypair();
export const WITHDRAW_INDEX = 2; // after the two compute-budget instructions
const tagged = (tag, bytes) => Buffer.concat([Buffer.from([tag]), bytes]);
/** The data of compute-budget instructions. */
export const unitLimit = (units) => tagged(2, u64Bytes(BigInt(units)).subarray(0, 4));
export const unitPrice = (microLamports) => tagged(3, u64Bytes(BigInt(microLamports)));
const USUAL_BUDGET = [unitLimit(400_000), unitPrice(10_000)];
export const TRANSACTION_FEE = 5000n + 4000n;

/** Replaces all faults, as tests of relays do: through the control port. */
export const setFaults = (network, ...faults) =>
  call(network.control.url, 'localnet_faults', faults);

/** A started network that the test's end stops; its slots move by localnet_advance alone. */
export async function startNetwork(test, options = {}) {
  const network = new Network({
    programId: base58.decode(DEFAULT_PROGRAM_ID),
    payers: [payer.publicKey],
    slotMs: 0,
    ...options,
  });
  await network.start();
  test.after(() => network.stop());
  return network;
}

export async function post(url, body, headers = { 'content-type': 'application/json' }) {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

/** The whole answer to one call: {result} or {error}. */
export async function ask(url, method, ...params) {
  return (await post(url, { jsonrpc: '2.0', id: 1, method, params })).json();
}

/** The result of a call that must succeed. */
export async function call(url, method, ...params) {
  const answer = await ask(url, method, ...params);
  if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
  return answer.result;
}

export const randomOutputs = (amounts) =>
  amounts.map((amount) => ({ recipient: generateKeypair().publicKey, amount }));

/** The parts of a good withdraw; a test changes the ones it is about. */
export function withdrawParts(changes = {}) {
  const amount = changes.amount ?? 1_000_000_000n;
  const outputs = changes.outputs ?? randomOutputs([amount - feeFor(amount)]);
  const parts = {
    amount,
    outputs,
    root: GENESIS_ROOT,
    nullifier: randomBytes(32),
    outputsHash: outputsHash(outputs),
    ...changes,
  };
  const inputs = publicInputs(parts);
  return { ...parts, inputs, proof: changes.proof?.(inputs) ?? prove(inputs) };
}

function compile(instructions, blockhash) {
  const signers = [payer.publicKey];
  const writable = [];
  const readonly = [];
  const has = (list, key) => list.some((one) => one.equals(key));
  for (const { program, accounts } of instructions) {
    for (const { key, isWritable } of accounts)
      if (isWritable && !has([...signers, ...writable], key)) writable.push(key);
    for (const key of [
      program,
      ...accounts.filter((one) => !one.isWritable).map((one) => one.key),
    ]) {
      if (!has([...signers, ...writable, ...readonly], key)) readonly.push(key);
    }
  }
  const keys = [...signers, ...writable, ...readonly];
  const indexOf = (key) => keys.findIndex((one) => one.equals(key));
  return {
    version: 'legacy',
    requiredSignatures: 1,
    readonlySigned: 0,
    readonlyUnsigned: readonly.length,
    keys,
    blockhash: base58.decode(blockhash),
    lookups: [],
    instructions: instructions.map(({ program, accounts, data }) => ({
      program: indexOf(program),
      accounts: accounts.map((one) => indexOf(one.key)),
      data,
    })),
  };
}

export function signMessage(message, keypair = payer) {
  return serializeTransaction({
    signatures: [signWith(keypair.seed, serializeMessage(message))],
    message,
  });
}

/** Accounts of a withdraw in their order; a test may put others in their places. */
export function withdrawAccounts({ pool, treasury, rootsRing, shard }, outputs) {
  const at = (key, isWritable = true) => ({ key, isWritable });
  return [
    at(pool),
    at(treasury),
    at(rootsRing, false),
    at(shard),
    ...outputs.map((output) => at(output.recipient)),
    at(SYSTEM_PROGRAM, false),
  ];
}

function transfer({ to, lamports }) {
  const at = (key) => ({ key, isWritable: true });
  const data = Buffer.concat([Buffer.from([2, 0, 0, 0]), u64Bytes(BigInt(lamports))]);
  return { program: SYSTEM_PROGRAM, accounts: [at(payer.publicKey), at(base58.decode(to))], data };
}

/** Among the overrides: `budget`, data of compute-budget instructions; `tip`, {to, lamports}. */
export function withdrawMessage(network, parts, overrides = {}) {
  const { blockhash, accounts, data, budget = USUAL_BUDGET, tip } = overrides;
  const budgetCall = (bytes) => ({ program: COMPUTE_BUDGET_PROGRAM, accounts: [], data: bytes });
  const withdraw = {
    program: network.chain.programId,
    accounts: accounts ?? withdrawAccounts(network.addresses, parts.outputs),
    data: data ?? withdrawData(parts),
  };
  return compile(
    [...budget.map(budgetCall), withdraw, ...(tip ? [transfer(tip)] : [])],
    blockhash ?? network.chain.blocks.latestBlockhash('processed').blockhash,
  );
}

/** @returns {{wire: string, signature: string, bytes: Buffer}} */
export function signWithdraw(network, parts, overrides) {
  const bytes = signMessage(withdrawMessage(network, parts, overrides));
  return { wire: bytes.toString('base64'), signature: base58.encode(bytes.subarray(1, 65)), bytes };
}

export const SEND = { encoding: 'base64', preflightCommitment: 'processed' };
export const SEND_UNCHECKED = { encoding: 'base64', skipPreflight: true };

export const send = (url, transaction, config = SEND) =>
  ask(url, 'sendTransaction', transaction.wire, config);

/** Sends without preflight, runs it, and gives the status: what the chain itself says. */
export async function land(network, transaction) {
  const { url } = network.nodes[0];
  await call(url, 'sendTransaction', transaction.wire, SEND_UNCHECKED);
  await call(url, 'localnet_advance', 1);
  return (await call(url, 'getSignatureStatuses', [transaction.signature])).value[0];
}

export const balanceOf = async (network, key) =>
  BigInt((await call(network.nodes[0].url, 'getBalance', base58.encode(key))).value);
