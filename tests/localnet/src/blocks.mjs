// Slots, block heights and blockhashes, with no transactions in them.
//
// The block at `slot` is open: transactions land in it. freeze() gives it its blockhash and opens
// the next. Views take a `tip`, the open slot as the asking node knows it, so that a node can be
// stuck in the past.
//
// A blockhash can be used while the block height is at most its last valid one, 150 above its
// block's. Heights run behind slots, as on every real cluster (slots get skipped), so that mixing
// the two up shows at once.
import { createHash, randomBytes } from 'node:crypto';
import * as base58 from './base58.mjs';

export const BLOCKHASH_WINDOW = 150;
const HEIGHT_BEHIND_SLOT = 21_800_000;
const LEVELS = ['processed', 'confirmed', 'finalized'];

export class Blocks {
  #blocks = new Map(); // by slot: {blockhash, time}
  #slotOfHash = new Map();
  #seed = randomBytes(32);

  /** Starts with enough empty blocks behind it that there is a finalized one. */
  constructor({ startSlot, confirmAfter = 1, finalizeAfter = 32 }) {
    this.after = { processed: 0, confirmed: confirmAfter, finalized: finalizeAfter };
    this.slot = startSlot;
    this.genesisHash = base58.encode(this.#hash('genesis'));
    for (let i = 0; i <= finalizeAfter; i++) this.freeze();
    this.firstSlot = this.slot;
  }

  #hash(name) {
    return createHash('sha256').update(this.#seed).update(String(name)).digest();
  }

  freeze() {
    const blockhash = base58.encode(this.#hash(this.slot));
    this.#blocks.set(this.slot, { blockhash, time: Math.floor(Date.now() / 1000) });
    this.#slotOfHash.set(blockhash, this.slot);
    this.slot += 1;
  }

  /** The newest slot that has reached the level. */
  slotAt(commitment, tip = this.slot) {
    return tip - this.after[commitment];
  }

  heightOf(slot) {
    return slot - HEIGHT_BEHIND_SLOT;
  }

  timeOf(slot) {
    return this.#blocks.get(slot)?.time ?? null;
  }

  latestBlockhash(commitment, tip = this.slot) {
    const slot = Math.min(this.slotAt(commitment, tip), tip - 1); // the open block has none yet
    return {
      blockhash: this.#blocks.get(slot).blockhash,
      lastValidBlockHeight: this.heightOf(slot) + BLOCKHASH_WINDOW,
    };
  }

  /** The last height at which the blockhash can be used, or null where no block has it. */
  lastValidBlockHeight(blockhash) {
    const slot = this.#slotOfHash.get(blockhash);
    return slot === undefined ? null : this.heightOf(slot) + BLOCKHASH_WINDOW;
  }

  /** Whether a transaction with this blockhash can land in the block at `slot`. */
  isUsable(blockhash, slot) {
    const born = this.#slotOfHash.get(blockhash);
    return (
      born !== undefined &&
      born <= slot &&
      this.heightOf(slot) <= this.lastValidBlockHeight(blockhash)
    );
  }

  /** The level that something in the block at `slot` has reached. */
  levelOf(slot, tip = this.slot) {
    return LEVELS.findLast((level) => slot <= this.slotAt(level, tip)) ?? 'processed';
  }
}
