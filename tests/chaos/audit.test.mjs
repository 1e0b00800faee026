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
    receivedFinalizedBlockHeight: (changes.receivedBlockHeight ?? 10) - 1,
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

const lost = (outcome, changes = {}) =>
  transaction({ signature: 'S0', outcome, landedSlot: null, landedBlockHeight: null, receivedBlockHeight: 1, ...changes });
const unlucky = () => transaction({ signature: 'S0', err: {}, receivedBlockHeight: 1, landedBlockHeight: 10 });
const later = (receivedBlockHeight, changes = {}) =>
  transaction({ receivedBlockHeight, lastValidBlockHeight: receivedBlockHeight + 149, landedBlockHeight: receivedBlockHeight, ...changes });

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
  ['two that could land', { transactions: [transaction(), retried(161)] }, /S1 \(landed\) could still land \(until 161\)/],
  ['signed before the last block was final', { transactions: [lost('dropped'), later(162, { receivedFinalizedBlockHeight: 160 })] }, /could still land/],
  ['signed while another was held', { transactions: [lost('held'), later(100)] }, /S0 \(held\) could still land/],
  ['signed while one that was taken back could land again', { transactions: [lost('forked'), later(161)] }, /S0 \(forked\) could still land/],
  ['signed upon a failure that was not final', { transactions: [unlucky(), later(41, { receivedFinalizedBlockHeight: 9 })] }, /could still land/],
  ['judged while one waits', { transactions: [transaction(), lost('held', { receivedBlockHeight: 10 })] }, /S0 is held: the run is judged too early/],
  ['failed, and paid by what was held until its last block', { withdraws: [withdraw({ job: failed('x') })], transactions: [transaction({ landedBlockHeight: 161 })] }, /but it was paid/],
  ['completed in a block that was taken back', { transactions: [transaction({ outcome: 'forked', landedSlot: null, landedBlockHeight: null })], payments: 0 }, /the chain has no payment/],
  ['completed, taken back, and landed again in another slot', { transactions: [transaction({ forks: 1, landedSlot: 9 })] }, /its slot is not/],
  ["somebody's transaction", { transactions: [transaction(), transaction({ signature: 'S3', nullifier: 'bb' })] }, /nobody asked for/],
  ['lamports astray', { after: { treasury: 99n } }, /the treasury holds 99 lamports, and should hold 100/],
  ['a recipient short', { after: { recipients: { R: 899n } } }, /recipient R holds 899/],
]) {
  test(`is found: ${what}`, () => {
    const wrong = audit(run(changes));
    assert.ok(wrong.some((text) => words.test(text)), JSON.stringify(wrong));
  });
}

test('a second transaction after the first can land no more, or has failed in a final block, is right', () => {
  for (const outcome of ['dropped', 'forked', 'expired'])
    assert.deepEqual(audit(run({ transactions: [lost(outcome), later(162)] })), []);
  assert.deepEqual(audit(run({ transactions: [unlucky(), later(41, { receivedFinalizedBlockHeight: 10 })] })), []);
});

test('a transaction that had expired before it was sent, by a relay that was stalled, is no danger', () => {
  const late = lost('refused', { receivedBlockHeight: 50, lastValidBlockHeight: 9 });
  assert.deepEqual(audit(run({ transactions: [transaction(), late] })), []);
});

test('a withdraw that was paid, taken back and paid again is paid once', () => {
  assert.deepEqual(audit(run({ transactions: [transaction({ forks: 2 })] })), []);
});
