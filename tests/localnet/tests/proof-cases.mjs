// Proofs of every kind for comparing verifiers: good ones, spoilt ones, and the oddest that bytes can
// spell. A seed names the same cases each time.
import { createHash } from 'node:crypto';
import { bn254 } from '@noble/curves/bn254';
import { g2, hex, twistPoint } from '../make-bn254-vectors.mjs';
import {
  circuitHash,
  g1Bytes,
  g2Bytes,
  inputSum,
  selectorOf,
  solveForC,
  trapdoor,
  verifyingKey,
} from '../src/groth16.mjs';

const { Fp, Fr } = bn254.fields;
const WRAP = 1n << 256n;
const FIRST_INPUT = BigInt(`0x${circuitHash.toString('hex')}`);
const SELECTOR = selectorOf(verifyingKey());
const toBytes = (text) => Buffer.from(text, 'hex');
const toNumber = (bytes) => BigInt(`0x${bytes.toString('hex')}`);
const numberBytes = (number) => toBytes(hex(((number % WRAP) + WRAP) % WRAP));

// Where the parts stand in a proof, and where its eight coordinates do.
const A = 4;
const B = 68;
const C = 196;
const END = 260;
const COORDINATES = [A, A + 32, B, B + 32, B + 64, B + 96, C, C + 32];
const Y_OF = { A: A + 32, B: B + 64, C: C + 32 };

export class Random {
  #seed;
  #drawn = 0;

  constructor(seed) {
    this.#seed = seed;
  }

  bytes(count) {
    const parts = [];
    for (let length = 0; length < count; length += 64)
      parts.push(createHash('sha512').update(`${this.#seed} ${this.#drawn++}`).digest());
    return Buffer.concat(parts).subarray(0, count);
  }

  number(limit) {
    return toNumber(this.bytes(64)) % limit;
  }

  below(limit) {
    return this.bytes(4).readUInt32LE() % limit;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  scalar() {
    return this.number(Fr.ORDER - 1n) + 1n;
  }
}

const assemble = (a, b, c) => Buffer.concat([SELECTOR, a, b, c]);
/** As A of a proof, bytes that the program's p - y makes zeros of. */
const INFINITE_A = Buffer.concat([Buffer.alloc(32), numberBytes(Fp.ORDER)]);
const pointBytes = (scalar) => (scalar === 0n ? Buffer.alloc(64) : g1Bytes(scalar));

/** Makes cases of {kind, proof, first, second}. */
export class ProofCases {
  #random;
  #pairs;
  #outside;
  #kinds = {
    valid: () => this.#valid(),
    'a bit spoilt': () => this.#flipped(),
    'a byte of chance': () => this.#changed(this.#random.below(END), this.#random.bytes(1)),
    'a part of another proof': () => this.#mixed(),
    'two points negated': () => this.#negated('A', 'B'),
    'one point negated': () => this.#negated(this.#random.pick(['A', 'B', 'C'])),
    'a coordinate above p': () => this.#shifted(),
    'flags in y': () => this.#flagged(),
    'flags in y, after p was taken from it': () => this.#flaggedA(),
    'a coordinate at an edge': () => this.#edge(),
    'A at infinity': () => this.#infiniteA(),
    'B at infinity': () => this.#infiniteB(),
    'C at infinity': () => this.#infiniteC(),
    'zeros for a point': () => this.#zeros(),
    'inputs that come to infinity': () => this.#infiniteSum(),
    'B outside the group': () => this.#outsideTheGroup(),
    'B moved out of the group': () => this.#movedOutOfTheGroup(),
    'a point off its curve': () => this.#offTheCurve(),
    'an input at or above the order': () => this.#greatInput(),
    'inputs of chance': () => this.#randomInputs(),
    'another statement': () => this.#otherStatement(),
    'another key': () => this.#changed(this.#random.below(4), this.#random.bytes(1)),
    'bytes of chance': () => this.#noise(),
  };

  constructor(seed) {
    this.#random = new Random(seed);
    // A multiple of G2 takes noble milliseconds.
    this.#pairs = Array.from({ length: 24 }, () => {
      const [a, b] = [this.#random.scalar(), this.#random.scalar()];
      return { a, b, aBytes: g1Bytes(a), bBytes: g2Bytes(b) };
    });
    this.#outside = Array.from({ length: 16 }, () =>
      twistPoint(() => ({ c0: this.#random.number(Fp.ORDER), c1: this.#random.number(Fp.ORDER) })),
    );
  }

  get kinds() {
    return Object.keys(this.#kinds);
  }

  /** One of a kind. */
  make(kind) {
    return { kind, ...this.#kinds[kind]() };
  }

  #case(proof, second, first = FIRST_INPUT) {
    return { proof, first: numberBytes(first), second: numberBytes(second) };
  }

  #solved({ a, b, aBytes, bBytes }, second, first = FIRST_INPUT) {
    const c = solveForC(a, b, inputSum(first, second));
    return this.#case(assemble(aBytes, bBytes, pointBytes(c)), second, first);
  }

  #valid() {
    return this.#solved(this.#random.pick(this.#pairs), this.#random.number(1n << 253n));
  }

  #changed(at, bytes, of = this.#valid()) {
    bytes.copy(of.proof, at);
    return of;
  }

  #flipped() {
    const { proof, first, second } = this.#valid();
    const all = Buffer.concat([proof, first, second]);
    all[this.#random.below(all.length)] ^= 1 << this.#random.below(8);
    return {
      proof: all.subarray(0, END),
      first: all.subarray(END, END + 32),
      second: all.subarray(END + 32),
    };
  }

  #mixed() {
    const [at, end] = this.#random.pick([
      [A, B],
      [B, C],
      [C, END],
    ]);
    return this.#changed(at, this.#valid().proof.subarray(at, end));
  }

  #negated(...names) {
    const made = this.#valid();
    for (const name of names) {
      for (const at of name === 'B' ? [Y_OF.B, Y_OF.B + 32] : [Y_OF[name]])
        numberBytes(Fp.ORDER - toNumber(made.proof.subarray(at, at + 32))).copy(made.proof, at);
    }
    return made;
  }

  #shifted() {
    const made = this.#valid();
    const at = this.#random.pick(COORDINATES);
    const number = toNumber(made.proof.subarray(at, at + 32));
    return this.#changed(at, numberBytes(number + BigInt(1 + this.#random.below(5)) * Fp.ORDER), made);
  }

  #flagged() {
    const made = this.#valid();
    made.proof[this.#random.pick([...Object.values(Y_OF), ...COORDINATES])] |= this.#random.pick([
      0x40, 0x80, 0xc0,
    ]);
    return made;
  }

  #flaggedA() {
    const made = this.#valid();
    const at = Y_OF.A;
    const negated = Fp.ORDER - toNumber(made.proof.subarray(at, at + 32));
    const flags = BigInt(1 + this.#random.below(3)) << 254n;
    return this.#changed(at, numberBytes(Fp.ORDER - (negated | flags)), made);
  }

  #edge() {
    const edges = [0n, 1n, 2n, Fp.ORDER - 1n, Fp.ORDER, Fp.ORDER + 1n, WRAP - 1n, WRAP >> 1n];
    const made = this.#valid();
    const count = 1 + this.#random.below(2);
    for (let i = 0; i < count; i++)
      this.#changed(this.#random.pick(COORDINATES), numberBytes(this.#random.pick(edges)), made);
    return made;
  }

  #infiniteA() {
    const pair = this.#random.pick(this.#pairs);
    // Zeros are no point once p - y was taken; 0x40 in what comes of that says infinity of any x.
    const flaggedX = this.#random.number(Fp.ORDER);
    const flagged = [numberBytes(flaggedX), numberBytes(Fp.ORDER - ((1n << 254n) | flaggedX))];
    const aBytes = this.#random.pick([INFINITE_A, Buffer.alloc(64), Buffer.concat(flagged)]);
    return this.#solved({ ...pair, a: 0n, aBytes }, this.#random.number(1n << 253n));
  }

  #infiniteB() {
    const pair = this.#random.pick(this.#pairs);
    const flagged = Buffer.from(pair.bBytes);
    flagged[64] |= 0x40;
    const bBytes = this.#random.pick([Buffer.alloc(128), flagged]);
    return this.#solved({ ...pair, b: 0n, bBytes }, this.#random.number(1n << 253n));
  }

  #infiniteC() {
    const { b, bBytes } = this.#random.pick(this.#pairs);
    const second = this.#random.number(1n << 253n);
    const { alpha, beta, gamma } = trapdoor;
    const product = Fr.add(Fr.mul(alpha, beta), Fr.mul(inputSum(FIRST_INPUT, second), gamma));
    const a = Fr.div(product, b);
    const flagged = g1Bytes(this.#random.scalar());
    flagged[32] |= 0x40;
    const c = this.#random.pick([Buffer.alloc(64), flagged]);
    return this.#case(assemble(g1Bytes(a), bBytes, c), second);
  }

  #zeros() {
    const made = this.#valid();
    for (const [at, end] of [
      [A, B],
      [B, C],
      [C, END],
    ])
      if (this.#random.below(2)) made.proof.fill(0, at, end);
    return made;
  }

  #infiniteSum() {
    const { ic1, ic2 } = trapdoor;
    const first = this.#random.pick([FIRST_INPUT, this.#random.number(Fr.ORDER)]);
    const second = Fr.neg(Fr.div(Fr.add(trapdoor.ic0, Fr.mul(ic1, first)), ic2));
    return this.#solved(this.#random.pick(this.#pairs), second, first);
  }

  #outsideTheGroup() {
    return this.#changed(B, toBytes(g2(this.#random.pick(this.#outside))));
  }

  /** B plus a point of the cofactor's order, whose pairing with A may be anything. */
  #movedOutOfTheGroup() {
    const Point = bn254.G2.ProjectivePoint;
    const outside = Point.fromAffine(this.#random.pick(this.#outside));
    const b = Point.BASE.multiplyUnsafe(BigInt(2 + this.#random.below(1000)));
    return this.#changed(B, toBytes(g2(b.add(outside).toAffine())));
  }

  #offTheCurve() {
    const at = this.#random.pick(COORDINATES);
    return this.#changed(at, numberBytes(this.#random.number(Fp.ORDER)));
  }

  #greatInput() {
    const small = this.#random.pick([0n, 1n, this.#random.number(1n << 253n)]);
    const edge = this.#random.pick([
      Fr.ORDER,
      Fr.ORDER - 1n - small,
      Fr.ORDER + Fr.ORDER,
      WRAP - 1n - small,
    ]);
    const great = small + edge;
    const isFirst = this.#random.below(2) === 0;
    const first = isFirst ? great : FIRST_INPUT;
    const second = isFirst ? small : great;
    const pair = this.#random.pick(this.#pairs);
    const { proof } = this.#solved(pair, Fr.create(second), Fr.create(first));
    return this.#case(proof, second, first);
  }

  #randomInputs() {
    const [first, second] = [this.#random.number(Fr.ORDER), this.#random.number(Fr.ORDER)];
    return this.#solved(this.#random.pick(this.#pairs), second, first);
  }

  #otherStatement() {
    const { proof, first } = this.#valid();
    return { proof, first, second: numberBytes(this.#random.number(1n << 253n)) };
  }

  #noise() {
    const proof = Buffer.concat([SELECTOR, this.#random.bytes(END - 4)]);
    if (this.#random.below(2)) for (const at of COORDINATES) proof[at] &= 0x1f;
    return this.#case(proof, this.#random.number(1n << 253n));
  }
}

export const describe = ({ kind, proof, first, second }) =>
  `${kind}: ${proof.toString('hex')} ${first.toString('hex')} ${second.toString('hex')}`;
