// The audit finds what it is there to find.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from './audit.mjs';

const AMOUNT = 1_000n;
const FEE = 100n;

function withdraw(changes = {}) {
  return {
    nullifier: 'aa',
    amount: AMOUNT,
    fee: FEE,
    outputs: [{ recipient: 'R', amount: 900 }],
    id: 'one',
    mayFail: null,
    job: { status: 'completed', tx_id: 'S1', slot: 7 },
    ...changes,
  };
}

function transaction(changes = {}) {
  return {
    signature: 'S1',
    nullifier: 'aa',
    outcome: 'landed',
    err: null,
    landedSlot: 7,
    landedBlockHeight: 12,
    receivedBlockHeight: 10,
    lastValidBlockHeight: 160,
    fee: 5,
    ...changes,
  };
}

/** A run that is right, but for the changes. */
function run({ withdraws = [withdraw()], transactions = [transaction()], payments = 1, after = {} } = {}) {
  const times = BigInt(payments);
  return {
    withdraws,
    transactions,
    given: 3n,
    before: { pool: 10_000n, treasury: 0n, payer: 1_000n },
    after: {
      pool: 10_000n - times * AMOUNT,
      treasury: times * FEE,
      payer: 1_003n - 5n * BigInt(transactions.filter((one) => one.outcome === 'landed').length),
      recipients: { R: 900n * times },
      ...after,
    },
  };
}

const failed = (code) => ({ status: 'failed', error_code: code });
const retried = (receivedBlockHeight) =>
  transaction({ signature: 'S2', outcome: 'dropped', landedSlot: null, receivedBlockHeight });

test('a run in which all is well', () => {
  assert.deepEqual(audit(run()), []);
  const spoilt = withdraw({ mayFail: 'proof_invalid', job: failed('proof_invalid') });
  assert.deepEqual(audit(run({ withdraws: [spoilt], transactions: [], payments: 0 })), []);
  const unanswered = withdraw({ id: null, job: null });
  assert.deepEqual(audit(run({ withdraws: [unanswered], transactions: [], payments: 0 })), []);
});

for (const [what, changes, words] of [
  ['paid twice', { transactions: [transaction(), transaction({ signature: 'S2', receivedBlockHeight: 161 })] }, /paid 2 times/],
  ['completed without a payment', { transactions: [], payments: 0 }, /the chain has no payment/],
  ['another transaction paid', { transactions: [transaction({ signature: 'S9' })] }, /but S9 paid/],
  ['another slot', { transactions: [transaction({ landedSlot: 8 })] }, /its slot is not/],
  ['lost', { withdraws: [withdraw({ job: { status: 'queued' } })], transactions: [], payments: 0 }, /still queued/],
  ['forgotten', { withdraws: [withdraw({ job: null })], transactions: [], payments: 0 }, /unknown now/],
  ['failed, yet paid', { withdraws: [withdraw({ mayFail: 'x', job: failed('x') })] }, /but it was paid/],
  ['failed for nothing', { withdraws: [withdraw({ job: failed('x') })], transactions: [], payments: 0 }, /nothing was wrong/],
  ['failed for another reason', { withdraws: [withdraw({ mayFail: 'y', job: failed('x') })], transactions: [], payments: 0 }, /where y is the reason/],
  ['two that could land', { transactions: [transaction(), retried(160)] }, /could still land/],
  ["somebody's transaction", { transactions: [transaction(), transaction({ signature: 'S3', nullifier: 'bb' })] }, /nobody asked for/],
  ['lamports astray', { after: { treasury: 99n } }, /the treasury holds 99 lamports, and should hold 100/],
  ['a recipient short', { after: { recipients: { R: 899n } } }, /recipient R holds 899/],
]) {
  test(`is found: ${what}`, () => {
    const wrong = audit(run(changes));
    assert.ok(wrong.some((text) => words.test(text)), JSON.stringify(wrong));
  });
}

test('a second transaction after the first has expired, or has failed in a block, is right', () => {
  const expired = transaction({ signature: 'S0', outcome: 'dropped', landedSlot: null, receivedBlockHeight: 1, lastValidBlockHeight: 9 });
  assert.deepEqual(audit(run({ transactions: [expired, transaction()] })), []);
  const unlucky = transaction({ signature: 'S0', err: {}, receivedBlockHeight: 1, landedBlockHeight: 3 });
  assert.deepEqual(audit(run({ transactions: [unlucky, transaction()] })), []);
});

test('a transaction that had expired before it was sent, by a relay that was stalled, is no danger', () => {
  const late = transaction({ signature: 'S0', outcome: 'refused', landedSlot: null, receivedBlockHeight: 50, lastValidBlockHeight: 9 });
  assert.deepEqual(audit(run({ transactions: [transaction(), late] })), []);
});
