// Every properly signed transaction that ever reached a node, by signature, with what became of it.
//
// outcome: pending (accepted, not run yet), landed (in a block, `err` says whether it failed
// there), refused (by preflight), expired (its blockhash was too old), unpayable (its payer could
// not pay the fee), dropped (by a fault, or under congestion), held (by a fault, or since a fork: it lands
// later), forked (it had landed, in a block that was taken back), outbid (others had bid more, and its
// leader forgot it). Only landed ones have a landedSlot. A refused, expired, dropped, forked or outbid
// transaction can be sent again.

/** Slots for which a node remembers statuses without searching its history. */
export const RECENT_SLOTS = 300;

export class TransactionLog {
  #records = new Map();

  get size() {
    return this.#records.size;
  }

  find(signature) {
    return this.#records.get(signature);
  }

  /** Notes that the transaction arrived; a second arrival only counts up. */
  arrive(signature, details) {
    let record = this.#records.get(signature);
    if (!record) {
      record = {
        signature,
        sends: 0,
        forks: 0,
        outcome: null,
        landedSlot: null,
        err: null,
        ...details,
      };
      this.#records.set(signature, record);
    }
    record.sends += 1;
    return record;
  }

  /** In order of arrival. */
  all() {
    return [...this.#records.values()];
  }

  /** Newest first, as of the tip. */
  landed(tip) {
    return this.all()
      .filter((record) => isLanded(record, tip))
      .sort((a, b) => b.landedOrder - a.landedOrder);
  }
}

export const isLanded = (record, tip) =>
  record !== undefined && record.landedSlot !== null && record.landedSlot <= tip;
