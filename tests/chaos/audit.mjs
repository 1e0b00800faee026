// What the chain and the ledger must agree on after a chaos run, whatever broke during it. Pure: it
// judges records and returns what is wrong, in words; an empty list is a pass.
//
// A withdraw: {nullifier, amount, fee, outputs: [{recipient, amount}], id (null where no POST was
// answered), mayFail (a reason it may have for ending as failed), job (its last status; null where
// no id is known)}. A transaction: as localnet_transactions tells it, after so many blocks that none
// can land any more. Lamports are BigInt, but for the outputs' amounts.

const isPayment = (transaction) => transaction.outcome === 'landed' && !transaction.err;

/** The height of the last block that can take it. */
const lastBlock = (transaction) => transaction.lastValidBlockHeight + 1;

function auditJob(withdraw, payments) {
  const { id, job } = withdraw;
  const about = `job ${id} (nullifier ${withdraw.nullifier})`;
  if (payments.length > 1) return [`${about}: paid ${payments.length} times`];
  if (!id) return [];
  if (!job) return [`${about}: accepted, and unknown now`];
  if (job.status === 'completed') {
    if (payments.length === 0) return [`${about}: completed, but the chain has no payment`];
    if (job.tx_id !== payments[0].signature)
      return [`${about}: its tx_id is ${job.tx_id}, but ${payments[0].signature} paid`];
    return job.slot === payments[0].landedSlot ? [] : [`${about}: its slot is not the payment's`];
  }
  if (job.status !== 'failed') return [`${about}: accepted, and still ${job.status}`];
  if (payments.length > 0) return [`${about}: failed (${job.error_code}), but it was paid`];
  if (!withdraw.mayFail) return [`${about}: failed (${job.error_code}), though nothing was wrong with it`];
  return job.error_code === withdraw.mayFail
    ? []
    : [`${about}: failed as ${job.error_code}, where ${withdraw.mayFail} is the reason`];
}

/**
 * Two transactions of one withdraw must never have been able to land both. Only what is finalized counts:
 * a block that is not can be taken back, and what failed or was missed there may land in the next.
 */
function auditSuccession(nullifier, transactions) {
  const wrong = [];
  const inOrder = [...transactions].sort((a, b) => a.receivedBlockHeight - b.receivedBlockHeight);
  for (const [index, later] of inOrder.entries()) {
    const final = later.receivedFinalizedBlockHeight;
    // A relay that was stalled may send what has long expired: no block can hold it.
    if (lastBlock(later) <= final) continue;
    for (const earlier of inOrder.slice(0, index)) {
      const hadExpired = lastBlock(earlier) <= final;
      const hadFailed = earlier.outcome === 'landed' && earlier.err && earlier.landedBlockHeight <= final;
      if (!hadExpired && !hadFailed)
        wrong.push(
          `nullifier ${nullifier}: ${later.signature} was sent at height ${later.receivedBlockHeight} (${final} finalized), ` +
            `when ${earlier.signature} (${earlier.outcome}) could still land (until ${lastBlock(earlier)})`,
        );
    }
  }
  return wrong;
}

/** A transaction that waits still could belie every word said about its withdraw. */
function auditEnd(transactions) {
  return transactions
    .filter((one) => one.outcome === 'pending' || one.outcome === 'held')
    .map((one) => `nullifier ${one.nullifier}: ${one.signature} is ${one.outcome}: the run is judged too early`);
}

function auditBalances({ withdraws, transactions, paid, before, after, given }) {
  const wrong = [];
  const expect = (what, has, should) => {
    if (has !== should) wrong.push(`${what} holds ${has} lamports, and should hold ${should}`);
  };
  const done = withdraws.filter((one) => paid.has(one.nullifier));
  const sum = (list, value) => list.reduce((total, one) => total + value(one), 0n);
  expect('the pool', after.pool, before.pool - sum(done, (one) => one.amount));
  expect('the treasury', after.treasury, before.treasury + sum(done, (one) => one.fee));
  const charged = transactions.filter((one) => one.outcome === 'landed');
  expect('the payer', after.payer, before.payer + given - sum(charged, (one) => BigInt(one.fee)));
  for (const withdraw of withdraws) {
    const share = paid.has(withdraw.nullifier) ? 1n : 0n;
    for (const output of withdraw.outputs)
      expect(`recipient ${output.recipient}`, after.recipients[output.recipient], BigInt(output.amount) * share);
  }
  return wrong;
}

/** @param {{withdraws: object[], transactions: object[], before: object, after: object, given: bigint}} run */
export function audit(run) {
  const byNullifier = groupBy(run.transactions, (one) => one.nullifier);
  const paid = new Set();
  const wrong = [];
  for (const withdraw of run.withdraws) {
    const transactions = byNullifier.get(withdraw.nullifier) ?? [];
    const payments = transactions.filter(isPayment);
    if (payments.length > 0) paid.add(withdraw.nullifier);
    wrong.push(...auditJob(withdraw, payments), ...auditSuccession(withdraw.nullifier, transactions));
  }
  const known = new Set(run.withdraws.map((one) => one.nullifier));
  for (const nullifier of byNullifier.keys())
    if (!known.has(nullifier)) wrong.push(`nullifier ${nullifier}: a transaction nobody asked for`);
  return [...wrong, ...auditEnd(run.transactions), ...auditBalances({ ...run, paid })];
}

function groupBy(list, key) {
  const groups = new Map();
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}
