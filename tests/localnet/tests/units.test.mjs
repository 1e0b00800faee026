// The small parts by themselves: base58, wire format, JSON, addresses.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { DEFAULT_PROGRAM_ID, poolAddresses } from '../src/addresses.mjs';
import * as base58 from '../src/base58.mjs';
import { toJson } from '../src/json.mjs';
import { WireError, parseTransaction, serializeTransaction } from '../src/wire.mjs';

test('base58 there and back, leading zeros kept', () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.alloc(3),
    Buffer.from([0, 0, 1]),
    randomBytes(32),
    randomBytes(64),
  ]) {
    assert.deepEqual(base58.decode(base58.encode(bytes)), bytes);
  }
  assert.equal(base58.encode(Buffer.alloc(32)), '11111111111111111111111111111111');
  assert.equal(base58.decode32('0'.repeat(32)), null);
  assert.equal(base58.decode32('1'.repeat(33)), null);
});

test("the pool's addresses for native SOL", () => {
  const addresses = Object.fromEntries(
    Object.entries(poolAddresses(base58.decode(DEFAULT_PROGRAM_ID))).map(([name, key]) => [
      name,
      base58.encode(key),
    ]),
  );
  assert.deepEqual(addresses, {
    pool: '8qfoLv3ymyn4D9TUXBoECMEAaRZrGNqv7vXvhxJV9eo1',
    treasury: 'DDFD9AqTaTDHPFtabaKStatUr39a9jeGDa5qHxy2nq13',
    rootsRing: '7hCdqs71sknrbRoEmugfCejsmGomx6rq37ZDs376bVUN',
    shard: 'BRtuPd3thHXtMkpDL3EwsAuDP5ujL3RuSK9k6ZYAFa7B',
  });
});

test('64-bit numbers in JSON are exact', () => {
  assert.equal(
    toJson({ a: 2n ** 64n - 1n, b: [1, null, undefined], c: undefined, d: 'ü"' }),
    '{"a":18446744073709551615,"b":[1,null,null],"d":"ü\\""}',
  );
});

function transaction(changes = {}) {
  const message = {
    version: 0,
    requiredSignatures: 2,
    readonlySigned: 1,
    readonlyUnsigned: 1,
    keys: Array.from({ length: 4 }, () => randomBytes(32)),
    blockhash: randomBytes(32),
    instructions: [{ program: 3, accounts: [0, 1, 5], data: randomBytes(200) }],
    lookups: [{ table: randomBytes(32), writable: [4], readonly: [9] }],
    ...changes,
  };
  return {
    signatures: Array.from({ length: message.requiredSignatures }, () => randomBytes(64)),
    message,
  };
}

test('version 0 and legacy transactions parse to what was serialized', () => {
  for (const one of [
    transaction(),
    transaction({ version: 'legacy', lookups: [], instructions: [] }),
  ]) {
    const { signatures, message } = parseTransaction(serializeTransaction(one));
    assert.deepEqual({ signatures, message }, one);
  }
});

const wrong = {
  'a program index of 0': { instructions: [{ program: 0, accounts: [], data: Buffer.alloc(0) }] },
  'a program that is looked up': {
    instructions: [{ program: 4, accounts: [], data: Buffer.alloc(0) }],
  },
  'an account past the end': {
    instructions: [{ program: 1, accounts: [6], data: Buffer.alloc(0) }],
  },
  'only read-only signers': { readonlySigned: 2 },
  'more read-only accounts than there are': { readonlyUnsigned: 3 },
  'an empty lookup': {
    lookups: [{ table: Buffer.alloc(32), writable: [], readonly: [] }],
    instructions: [],
  },
};
for (const [name, changes] of Object.entries(wrong)) {
  test(`${name} is no transaction`, () =>
    assert.throws(() => parseTransaction(serializeTransaction(transaction(changes))), WireError));
}
