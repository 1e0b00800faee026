// The chain: what nodes hand in is run in the runtime, one transaction after another, into the open
// block.
//
// Transactions that cannot be charged (expired, unpayable) leave no trace, as on a real cluster. A
// timer freezes the open block every slotMs; with slotMs 0 only advance() does. Running is spread
// over turns of the event loop so that the RPC server goes on answering under load.
//
// What is held runs as soon as the block it is due in opens, ahead of all else. Blocks that are not
// final can be taken back: what landed in them is undone, newest first.
//
// Under congestion nothing runs as it comes. It waits for the end of the block, where an auction says
// what of it lands, and in which order (auction.mjs).
import { Auction } from './auction.mjs';
import * as base58 from './base58.mjs';
import { Blocks } from './blocks.mjs';
import { budgetOf, chargeOf } from './fees.mjs';
import { loadedSize } from './loaded-size.mjs';
import { PriorityFees } from './priority-fees.mjs';
import { nullifierOf } from './shield-pool.mjs';
import { TransactionLog, isLanded } from './transaction-log.mjs';
import { watch } from './undo.mjs';
import { writableKeys } from './wire.mjs';

export const DEFAULT_SLOT_MS = 200;
const TOO_MUCH_DATA = 'MaxLoadedAccountsDataSizeExceeded';
const NOTHING = { logs: [], unitsConsumed: 0, loadedAccountsDataSize: 0 };

export class Chain {
  #queue = [];
  #held = []; // {record, transaction, isDue}
  #reversible = []; // {record, transaction, undo}, in the order they landed
  #isPumping = false;
  #timer = null;
  #slotMs;
  #contested;
  #watchers = [];

  /**
   * @param {{runtime: Runtime, programId: Buffer, contested?: Buffer[], slotMs?: number,
   *          finality?: 'alpenglow' | 'tower', confirmAfter?: number, finalizeAfter?: number}} options
   * `contested`: the accounts that bidders write to under congestion
   */
  constructor({
    runtime,
    programId,
    contested = [],
    slotMs = DEFAULT_SLOT_MS,
    finality,
    confirmAfter,
    finalizeAfter,
  }) {
    this.runtime = runtime;
    this.programId = programId;
    const { startSlot } = runtime;
    this.blocks = new Blocks({ startSlot, finality, confirmAfter, finalizeAfter });
    this.log = new TransactionLog();
    this.priorityFees = new PriorityFees();
    this.landedCount = 0;
    /** The auction that is held for every block; null where there is no congestion. */
    this.auction = null;
    this.#slotMs = slotMs;
    this.#contested = contested;
    this.#tellTime();
  }

  /** `act` is called whenever a slot has ended. */
  onBlock(act) {
    this.#watchers.push(act);
  }

  start() {
    if (this.#slotMs === 0) return;
    let due = performance.now() + this.#slotMs;
    const tick = () => {
      this.#makeBlock();
      // A late block moves the next one: slots get longer under load, never bunched.
      const length = this.#slotMs * (this.auction?.drawLength() ?? 1);
      due = Math.max(due + length, performance.now());
      this.#timer = setTimeout(tick, due - performance.now());
    };
    this.#timer = setTimeout(tick, this.#slotMs);
  }

  /** Congestion from now on, by a scenario of scenarios.mjs, or with null none; what waits goes on. */
  congest(scenario) {
    const waiting = this.auction?.waiting ?? this.#queue.splice(0);
    this.auction = scenario ? new Auction(scenario) : null;
    for (const one of waiting) this.#admit(one);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#held = [];
  }

  /** Runs what is waiting, then makes empty blocks. */
  advance(slots) {
    while (this.#queue.length) this.#run(this.#queue.shift());
    for (let i = 0; i < slots; i++) this.#makeBlock();
  }

  /** The log's record of a signed transaction that has just reached a node. */
  arrive(transaction, node) {
    const { message, signatures, bytes } = transaction;
    const blockhash = base58.encode(message.blockhash);
    const withdraw = message.instructions.find((one) =>
      message.keys[one.program].equals(this.programId),
    );
    return this.log.arrive(base58.encode(signatures[0]), {
      wire: Buffer.from(bytes),
      nullifier: withdraw ? (nullifierOf(withdraw.data)?.toString('hex') ?? null) : null,
      blockhash,
      lastValidBlockHeight: this.blocks.lastValidBlockHeight(blockhash),
      node,
      receivedSlot: this.blocks.slot,
      receivedBlockHeight: this.blocks.heightOf(this.blocks.slot),
      receivedFinalizedBlockHeight: this.blocks.heightOf(this.blocks.slotAt('finalized')),
    });
  }

  /** Hands a transaction to the open block. One that waits or has landed is not taken twice. */
  enqueue(record, transaction) {
    if (isTaken(record)) return;
    this.#admit({ record, transaction });
  }

  #admit(one) {
    one.record.outcome = 'pending';
    if (this.auction) return this.#outbid(this.auction.enter(one, budgetOf(one.transaction.message)));
    this.#queue.push(one);
    this.#pump();
  }

  #outbid(ones) {
    for (const { record } of ones) record.outcome = 'outbid';
  }

  /**
   * Takes a transaction that lands so many slots later, or with `until: 'last'` in the last block
   * that can hold it. Sending it again meanwhile changes nothing.
   */
  hold(record, transaction, { slots = 1, until }) {
    if (isTaken(record)) return;
    const dueSlot = this.blocks.slot + slots;
    const dueHeight = (record.lastValidBlockHeight ?? 0) + 1;
    const isDue =
      until === 'last'
        ? () => this.blocks.heightOf(this.blocks.slot) >= dueHeight
        : () => this.blocks.slot >= dueSlot;
    if (isDue()) return this.enqueue(record, transaction);
    record.outcome = 'held';
    this.#held.push({ record, transaction, isDue });
  }

  /**
   * Takes back the newest blocks, with what landed in them: see Blocks.takeBack. What was taken back
   * is lost, or lands again `again` slots above the next block.
   * @returns {string[]} the signatures of what was taken back, oldest first
   */
  fork(count, { confirmed = false, again } = {}) {
    const kept = this.blocks.takeBack(count, { confirmed });
    this.priorityFees.forgetAbove(kept);
    const first = this.#reversible.findIndex(({ record }) => record.landedSlot > kept);
    const taken = first < 0 ? [] : this.#reversible.splice(first);
    for (const { record, undo } of taken.toReversed()) {
      undo();
      this.landedCount -= 1;
      record.forks += 1;
      Object.assign(record, { outcome: 'forked', landedSlot: null, err: null });
    }
    this.#tellTime();
    if (again !== undefined)
      for (const { record, transaction } of taken) this.hold(record, transaction, { slots: again });
    this.#runDue();
    return taken.map(({ record }) => record.signature);
  }

  /**
   * What a simulation at `slot` says, without keeping anything. The runtime has the newest state
   * only, so for a transaction that landed after `slot` it is said what the bank of that slot would
   * say: that it can land.
   */
  simulate(transaction, { slot, verifySignatures = true, checkBlockhash = true }) {
    const refuse = (err) => ({ err, ...NOTHING });
    if (checkBlockhash && !this.blocks.isUsable(base58.encode(transaction.message.blockhash), slot))
      return refuse('BlockhashNotFound');
    const record = this.log.find(base58.encode(transaction.signatures[0]));
    if (isLanded(record, slot)) return refuse('AlreadyProcessed');
    if (isLanded(record, this.blocks.slot))
      return record;
    return this.#load(transaction, (bytes) => this.runtime.simulate(bytes, { verifySignatures }));
  }

  /** Runs it unless it loads more than it may; what it loads is told of one that did load. */
  #load({ message, bytes }, run) {
    const size = loadedSize(this.runtime, message);
    const { loadedBytes } = budgetOf(message);
    if (loadedBytes > 0 && size > loadedBytes) return { err: TOO_MUCH_DATA, ...NOTHING };
    const result = run(bytes);
    const hasLoaded = result.err === null || typeof result.err === 'object';
    return { ...result, loadedAccountsDataSize: hasLoaded ? size : 0 };
  }

  /** Runs it and keeps what it did; one that may not load is charged for and does nothing. */
  #execute(transaction) {
    const result = this.#load(transaction, (bytes) => this.runtime.execute(bytes));
    if (result.err !== TOO_MUCH_DATA) return result;
    const [payer] = transaction.message.keys;
    const account = this.runtime.account(payer);
    const fee = chargeOf(transaction.message);
    if (account && account.lamports >= fee)
      this.runtime.setAccount(payer, { ...account, lamports: account.lamports - fee });
    return result;
  }

  #tellTime() {
    this.runtime.setTime(this.blocks.slot, Math.floor(Date.now() / 1000));
  }

  #makeBlock() {
    if (this.auction?.drawSkip()) {
      this.#outbid(this.auction.skip());
      this.blocks.takeBack(1);
    } else {
      if (this.auction) this.#holdAuction();
      this.blocks.freeze();
    }
    this.#tellTime();
    const finalized = this.blocks.slotAt('finalized');
    while (this.#reversible[0]?.record.landedSlot <= finalized) this.#reversible.shift();
    this.#runDue();
    for (const act of this.#watchers) act();
  }

  #holdAuction() {
    const { slot } = this.blocks;
    const isAlive = ({ record }) => this.blocks.isUsable(record.blockhash, slot);
    const { taken, dead, outbid, block } = this.auction.hold(slot, isAlive);
    for (const { record } of dead) record.outcome = 'expired';
    this.#outbid(outbid);
    for (const one of taken) this.#run(one);
    if (block.lowestBidder === null) return;
    const price = BigInt(block.lowestBidder);
    this.priorityFees.note(slot, { price, units: 1n, accounts: this.#contested });
  }

  // At once, so that they are in this block however busy the process is.
  #runDue() {
    const due = this.#held.filter((one) => one.isDue());
    if (due.length === 0) return;
    this.#held = this.#held.filter((one) => !due.includes(one));
    for (const one of due) this.auction ? this.#admit(one) : this.#run(one);
  }

  #pump() {
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      if (this.#queue.length) this.#run(this.#queue.shift());
      if (this.#queue.length) this.#pump();
    });
  }

  #run({ record, transaction }) {
    const slot = this.blocks.slot;
    if (!this.blocks.isUsable(record.blockhash, slot)) {
      record.outcome = 'expired';
      return;
    }
    const { keys } = transaction.message;
    const balances = () => keys.map((key) => this.runtime.balance(key));
    const preBalances = balances();
    const changes = watch(this.runtime, transaction.message);
    const result = this.#execute(transaction);
    const postBalances = balances();
    // A failure that was charged for stands in the block; one that was not has left no trace.
    if (result.err && postBalances[0] === preBalances[0]) {
      record.outcome = 'unpayable';
      record.err = result.err;
      return;
    }
    Object.assign(record, result, {
      outcome: 'landed',
      landedSlot: slot,
      landedAt: Date.now(),
      landedOrder: this.landedCount++,
      preBalances,
      postBalances,
      fee: chargeOf(transaction.message),
    });
    this.#reversible.push({ record, transaction, undo: changes() });
    const { message } = transaction;
    this.priorityFees.note(slot, { ...budgetOf(message), accounts: writableKeys(message) });
  }
}

const isTaken = (record) => ['pending', 'held', 'landed'].includes(record.outcome);
