// The leaders' auction for the room that a block has on the shield pool's accounts, in which what nodes
// hand in competes with bidders that a scenario draws (scenarios.mjs).
//
// When a block is full its leader has taken what fits, the highest price first: the price of a compute
// unit that was asked for, by the units that were asked for. A smaller one may take what is left behind a
// larger one that does not fit. The others wait for the next block, until they expire or fall out of the
// queue. (Agave's priority is the whole reward by the whole cost, half of the base fee and the signatures'
// and locks' cost included: close to this where prices are what matters. It gives back the units that were
// not used, for others.)
//
// Bidders are bookkeeping and never run. They are drawn from a stream of random numbers of their own, so
// that the same seed brings the same bidders whatever is handed in.
import { seededRandom } from './faults.mjs';

const KEPT_BLOCKS = 20_000;
const LATE_TIMES = 3;

/** From a mean, by Knuth's product of uniform numbers. */
function poisson(mean, random) {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}

/** By Box and Muller. */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export class Auction {
  /** Of each block: what the auction came to, see hold(). */
  blocks = [];
  #waiting = []; // {price, units, order, own, expires}, the highest price first
  #arrivals = 0;
  #slots = 0;
  #bidderDraws;
  #sendDraws;
  #slotDraws;

  constructor(scenario) {
    this.scenario = scenario;
    const [bidders, sends, slots] = [0, 1, 2].map((stream) => seededRandom(scenario.seed * 3 + stream));
    this.#bidderDraws = bidders;
    this.#sendDraws = sends;
    this.#slotDraws = slots;
  }

  /** Whether no leader sees a transaction that was just sent. */
  losesSend() {
    return this.#sendDraws() < this.scenario.drops;
  }

  /** How many times as long as usual the slot takes that begins. */
  drawLength() {
    return this.#slotDraws() < this.scenario.late ? LATE_TIMES : 1;
  }

  /** Whether the slot that ends has no block. */
  drawSkip() {
    return this.#slotDraws() < this.scenario.skipped;
  }

  /** `own` waits for a block. @returns {object[]} those of `own`s that fell out of the queue for it */
  enter(own, { price, units }) {
    this.#add({ price: Number(price), units: Number(units), own, expires: Infinity });
    return this.#bound();
  }

  /** All `own`s that wait. */
  get waiting() {
    return this.#waiting.filter(({ own }) => own).map(({ own }) => own);
  }

  /**
   * Holds the auction for the block at the slot.
   *
   * Keeps, and gives, what it came to: `bids` were there and `left` of them are still, `landed` were taken,
   * `ours` of them handed in here, with `units` in all; `lowest` is the lowest price that landed, null where
   * none did, `lowestBidder` the same of bidders alone, and `clearing` the highest one that found no room, 0
   * where all of them did: the price of a place.
   * @param {(own: object) => boolean} isAlive whether the block at the slot can take it
   * @returns {{taken: object[], dead: object[], outbid: object[], block: object}} `own`s that landed, in
   * order; that can never land; that fell out of the queue
   */
  hold(slot, isAlive) {
    this.#draw();
    const isOver = ({ own, expires }) => (own ? !isAlive(own) : expires < this.#slots);
    const dead = this.#waiting.filter((one) => one.own && isOver(one)).map(({ own }) => own);
    const bids = this.#waiting.filter((one) => !isOver(one));
    const { landed, left, units } = this.#pack(bids);
    this.#waiting = left;
    this.#slots += 1;
    const outbid = this.#bound();
    const lowestOf = (list) => (list.length > 0 ? Math.min(...list.map(({ price }) => price)) : null);
    const block = {
      slot,
      bids: bids.length,
      landed: landed.length,
      ours: landed.filter(({ own }) => own).length,
      left: this.#waiting.length,
      units,
      lowest: lowestOf(landed),
      lowestBidder: lowestOf(landed.filter(({ own }) => !own)),
      clearing: left.length > 0 ? left[0].price : 0,
    };
    this.blocks.push(block);
    if (this.blocks.length > KEPT_BLOCKS) this.blocks.shift();
    const taken = landed.filter(({ own }) => own).map(({ own }) => own);
    return { taken, dead, outbid, block };
  }

  /** As hold(), where the slot has no block: bidders came all the same. @returns {object[]} `own`s outbid */
  skip() {
    this.#draw();
    this.#slots += 1;
    return this.#bound();
  }

  /** The price that half of the bidders stay below, at this moment. */
  medianNow() {
    const { bidders, drift, bursts } = this.scenario;
    const risen = drift ? drift.times ** Math.min(this.#slots / drift.slots, 1) : 1;
    const isBurst = bursts && this.#slots % bursts.every >= bursts.every - bursts.slots;
    return bidders.median * risen * (isBurst ? bursts.times : 1);
  }

  #draw() {
    const { count, units, sigma, patience } = this.scenario.bidders;
    const [least, most] = units;
    const random = this.#bidderDraws;
    for (let left = poisson(count, random); left > 0; left--) {
      this.#add({
        price: Math.round(this.medianNow() * Math.exp(sigma * normal(random))),
        units: least + Math.floor(random() * (most - least + 1)),
        own: null,
        expires: this.#slots + patience,
      });
    }
  }

  #add(bid) {
    this.#waiting.push({ ...bid, order: this.#arrivals++ });
  }

  #sort() {
    this.#waiting.sort((one, other) => other.price - one.price || one.order - other.order);
  }

  #bound() {
    this.#sort();
    return this.#waiting
      .splice(this.scenario.queue)
      .filter(({ own }) => own)
      .map(({ own }) => own);
  }

  #pack(bids) {
    bids.sort((one, other) => other.price - one.price || one.order - other.order);
    const landed = [];
    const left = [];
    let units = 0;
    for (const bid of bids) {
      const fits = units + bid.units <= this.scenario.room;
      if (fits) units += bid.units;
      (fits ? landed : left).push(bid);
    }
    return { landed, left, units };
  }
}
