// The Solana runtime in this process: LiteSVM's native module with mainnet's features.
//
// Only bytes that parseTransaction has passed may come here: on others the native code aborts Node.
// Blockhashes and duplicates are the chain's to check, as the runtime knows one blockhash only; its
// history is off, so the same bytes would run again. Errors are given in the shape a validator's
// JSON has.
//
// The npm package `litesvm` wraps this module in 40 packages that none of this needs.
import { createRequire } from 'node:module';
import { describeError } from './transaction-errors.mjs';

const native = createRequire(import.meta.url)('litesvm-linux-x64-gnu');

export class Runtime {
  #svm = new native.LiteSvm();

  constructor() {
    this.#svm.setBlockhashCheck(false);
    this.#svm.setTransactionHistory(0n);
  }

  get startSlot() {
    return Number(this.#svm.getClock().slot);
  }

  addProgram(programId, fileBytes) {
    this.#svm.addProgram(programId, fileBytes);
  }

  setTime(slot, unixSeconds) {
    this.#svm.warpToSlot(BigInt(slot));
    const clock = this.#svm.getClock();
    clock.unixTimestamp = BigInt(unixSeconds);
    this.#svm.setClock(clock);
  }

  /** Lamports of an account; 0 where there is none. */
  balance(address) {
    return this.#svm.getBalance(address) ?? 0n;
  }

  account(address) {
    const account = this.#svm.getAccount(address);
    // Fully drained accounts no longer exist for a validator.
    if (!account || account.lamports() === 0n) return null;
    return {
      lamports: account.lamports(),
      data: account.data(),
      owner: Buffer.from(account.owner()),
      executable: account.executable(),
      rentEpoch: account.rentEpoch(),
    };
  }

  setAccount(address, { lamports, data = Buffer.alloc(0), owner, executable = false }) {
    const U64_MAX = 2n ** 64n - 1n; // the rent epoch of every rent-exempt account
    this.#svm.setAccount(address, new native.Account(lamports, data, owner, executable, U64_MAX));
  }

  /** Lamports a byte that an account must hold to exist; what it takes up beside its data is 128 bytes. */
  setRent(lamportsPerByte) {
    this.#svm.setRent(new native.Rent(BigInt(lamportsPerByte), 1.0, 50));
  }

  minimumBalance(dataLength) {
    return this.#svm.minimumBalanceForRentExemption(BigInt(dataLength));
  }

  /** Runs a transaction and keeps what it did. */
  execute(bytes) {
    return outcomeOf(this.#svm.sendVersionedTransaction(bytes));
  }

  /** Runs a transaction and keeps nothing. */
  simulate(bytes, { verifySignatures = true } = {}) {
    this.#svm.setSigverify(verifySignatures);
    try {
      return outcomeOf(this.#svm.simulateVersionedTransaction(bytes));
    } finally {
      this.#svm.setSigverify(true);
    }
  }
}

function outcomeOf(result) {
  const hasFailed = result instanceof native.FailedTransactionMetadata;
  const meta = result instanceof native.TransactionMetadata ? result : result.meta();
  return {
    err: hasFailed ? describeError(native, result.err()) : null,
    logs: meta.logs(),
    unitsConsumed: Number(meta.computeUnitsConsumed()),
  };
}
