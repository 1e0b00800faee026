// Slots, block heights and blockhashes, with no transactions in them.
//
// The newest block is open: transactions land in it. freeze() gives it its blockhash and opens the
// next; takeBack() puts another in the place of the newest ones, whose slots are then skipped. Views
// take a `tip`, the open slot as the asking node knows it, so that a node can be stuck or behind.
//
// A blockhash can be used while at most 150 blocks follow its own before the one that takes the
// transaction. So the last block that can take it is 151 above: one more than the last valid block
// height that getLatestBlockhash tells, as on a validator.
import { createHash, randomBytes } from 'node:crypto';
import * as base58 from './base58.mjs';

export const BLOCKHASH_WINDOW = 150;
/** Heights run behind slots, as slots get skipped: mixing the two up shows at once. */
const HEIGHT_BEHIND_SLOT = 21_800_000;
/** Blocks there are at the start, so that a node far behind has a past to look at. */
const PAST_BLOCKS = 600;
const LEVELS = ['processed', 'confirmed', 'finalized'];
/** Slots until a block has reached a level: Alpenglow needs one round of votes, TowerBFT 32 blocks. */
const FINALITY = {
  alpenglow: { confirmAfter: 1, finalizeAfter: 1 },
  tower: { confirmAfter: 1, finalizeAfter: 32 },
};
export const FINALITIES = Object.keys(FINALITY);

export class Blocks {
  #line = []; // the chain, oldest block first: {place, slot, height, blockhash, time}
  #views = new Map(); // by slot: {block, reached}; `reached` has the place of the newest block of each level
  #byHash = new Map();
  #seed = randomBytes(32);

  constructor({ startSlot, finality = 'alpenglow', confirmAfter, finalizeAfter }) {
    const usual = FINALITY[finality];
    this.finality = finality;
    this.after = {
      processed: 0,
      confirmed: confirmAfter ?? usual.confirmAfter,
      finalized: finalizeAfter ?? usual.finalizeAfter,
    };
    this.genesisHash = base58.encode(this.#hash('genesis'));
    const past = Math.max(PAST_BLOCKS, this.after.finalized + 1);
    this.#open(startSlot, startSlot - HEIGHT_BEHIND_SLOT, { confirmed: 0, finalized: 0 });
    for (let i = 0; i < past; i++) this.freeze();
    this.firstSlot = this.slot;
  }

  #hash(name) {
    return createHash('sha256').update(this.#seed).update(String(name)).digest();
  }

  // No level ever goes back below `floor`.
  #open(slot, height, floor) {
    const place = this.#line.length;
    const block = { place, slot, height, blockhash: null, time: null };
    const reach = (level) => Math.max(place - this.after[level], floor[level]);
    const reached = {
      processed: place,
      confirmed: reach('confirmed'),
      finalized: reach('finalized'),
    };
    this.#line.push(block);
    this.#views.set(slot, { block, reached });
    this.slot = slot;
  }

  freeze() {
    const open = this.#line.at(-1);
    open.blockhash = base58.encode(this.#hash(open.slot));
    open.time = Math.floor(Date.now() / 1000);
    this.#byHash.set(open.blockhash, open);
    this.#open(open.slot + 1, open.height + 1, this.#views.get(open.slot).reached);
  }

  /**
   * Takes back the newest blocks, the open one among the `count`, and opens another above what is
   * left. Only what is not confirmed, or with `confirmed` what is not finalized, can be taken back.
   * @returns {number} the slot of the newest block that is left
   */
  takeBack(count, { confirmed = false } = {}) {
    const { block: open, reached } = this.#views.get(this.slot);
    const kept = confirmed ? reached.finalized : Math.max(reached.confirmed, reached.finalized);
    const base = this.#line[Math.max(open.place - count, kept)];
    const floor = { ...reached, confirmed: Math.min(reached.confirmed, base.place) };
    for (const { slot } of this.#line.splice(base.place + 1)) {
      const before = this.#views.get(slot).reached;
      const seen = Math.min(before.confirmed, base.place);
      this.#views.set(slot, {
        block: base,
        reached: { processed: base.place, confirmed: seen, finalized: before.finalized },
      });
    }
    this.#open(open.slot + 1, base.height + 1, floor);
    return base.slot;
  }

  #viewAt(slot) {
    return this.#views.get(Math.max(slot, this.#line[0].slot));
  }

  /** The newest slot that has reached the level. */
  slotAt(commitment, tip = this.slot) {
    return this.#line[this.#viewAt(tip).reached[commitment]].slot;
  }

  /** The slots of the newest blocks at or below the slot, oldest first. */
  slotsUpTo(slot, count) {
    const { place } = this.#viewAt(slot).block;
    return this.#line.slice(Math.max(place + 1 - count, 0), place + 1).map((block) => block.slot);
  }

  /** The height of the block at the slot, or of the one below where it was skipped. */
  heightOf(slot) {
    return this.#viewAt(slot).block.height;
  }

  timeOf(slot) {
    const block = this.#views.get(slot)?.block;
    return block?.slot === slot ? block.time : null;
  }

  latestBlockhash(commitment, tip = this.slot) {
    const { block, reached } = this.#viewAt(tip);
    // The view's own tip is the block it is filling, which has no blockhash yet.
    const place = Math.max(Math.min(reached[commitment], block.place - 1), 0);
    const { blockhash, height } = this.#line[place];
    return { blockhash, lastValidBlockHeight: height + BLOCKHASH_WINDOW };
  }

  /** The last height told to be valid for the blockhash, or null where no block ever had it. */
  lastValidBlockHeight(blockhash) {
    const born = this.#byHash.get(blockhash);
    return born === undefined ? null : born.height + BLOCKHASH_WINDOW;
  }

  /** Whether the bank at `slot` takes a transaction with this blockhash. */
  isUsable(blockhash, slot) {
    const born = this.#byHash.get(blockhash);
    if (!born || this.#line[born.place] !== born) return false; // unknown, or its block was taken back
    const { block } = this.#viewAt(slot);
    const newest = block.blockhash === null ? block.height - 1 : block.height;
    return born.height <= newest && newest - born.height <= BLOCKHASH_WINDOW;
  }

  /** The level that something in the block at `slot` has reached. */
  levelOf(slot, tip = this.slot) {
    return LEVELS.findLast((level) => slot <= this.slotAt(level, tip)) ?? 'processed';
  }
}
