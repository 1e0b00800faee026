// What nodes remember of the prices that landed: for each block the lowest one that wrote to an
// account (Agave, runtime/src/prioritization_fee.rs and prioritization_fee_cache.rs).
//
// A node tells, for each of the last 150 blocks that are confirmed, the highest of what is asked for: the
// lowest price of the whole block, and the lowest among those that wrote to each of the accounts. On a
// cluster every block has somebody in it who bids nothing. So has every block here: the first of these
// is 0, though nobody is seen to be charged for it. Skipped slots are not told.
export const REMEMBERED_BLOCKS = 150;

export class PriorityFees {
  #slots = new Map(); // by slot: the lowest price, in micro-lamports a unit, by account in hex

  /** A transaction landed in the slot; a failed one counts too. One that asks for no units does not. */
  note(slot, { price, units, accounts }) {
    if (units === 0n) return;
    let lowest = this.#slots.get(slot);
    if (!lowest) {
      lowest = new Map();
      this.#slots.set(slot, lowest);
      if (this.#slots.size > 2 * REMEMBERED_BLOCKS) this.#slots.delete(this.#slots.keys().next().value);
    }
    for (const account of accounts) {
      const name = account.toString('hex');
      const before = lowest.get(name);
      if (before === undefined || price < before) lowest.set(name, price);
    }
  }

  /** Blocks above the slot were taken back. */
  forgetAbove(slot) {
    for (const one of [...this.#slots.keys()]) if (one > slot) this.#slots.delete(one);
  }

  /** The price of the block at the slot for who writes to all these accounts. */
  at(slot, accounts) {
    const lowest = this.#slots.get(slot);
    const prices = accounts.map((account) => lowest?.get(account.toString('hex')) ?? 0n);
    return prices.reduce((highest, price) => (price > highest ? price : highest), 0n);
  }
}
