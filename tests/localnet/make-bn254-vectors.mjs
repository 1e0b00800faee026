#!/usr/bin/env node
// Writes the vectors that the relay's BN254 is held to, as @noble/curves has it:
//   make-bn254-vectors.mjs > ../vectors/bn254.json
// The same each time; the file is committed, and a test compares it with what this makes.
//
// Numbers are big-endian hex; of Fp2 [c0, c1] and of Fp12 the twelve coefficients in the order of
// the tower; points as EIP-197 writes them.
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { bn254 } from '@noble/curves/bn254';

const { Fp, Fp2, Fp12, Fr } = bn254.fields;
const G1 = bn254.G1.ProjectivePoint.BASE;
const G2 = bn254.G2.ProjectivePoint.BASE;

let drawn = 0;
/** Numbers that look like chance and are the same in each run. */
function draw(order) {
  const digest = createHash('sha512').update(`bn254 vector ${drawn++}`).digest('hex');
  return BigInt(`0x${digest}`) % order;
}
const drawFp2 = () => ({ c0: draw(Fp.ORDER), c1: draw(Fp.ORDER) });
const drawFp12 = () =>
  Fp12.fromBigTwelve(Array.from({ length: 12 }, () => draw(Fp.ORDER)));
const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));

export const hex = (number) => number.toString(16).padStart(64, '0');
const fp2 = ({ c0, c1 }) => [hex(c0), hex(c1)];
const fp12 = ({ c0, c1 }) => [c0.c0, c0.c1, c0.c2, c1.c0, c1.c1, c1.c2].flatMap(fp2);

export function g1({ x, y }) {
  return hex(x) + hex(y);
}
export function g2({ x, y }) {
  return [x.c1, x.c0, y.c1, y.c0].map(hex).join('');
}

function fieldCase(a, b) {
  return {
    a: hex(a),
    b: hex(b),
    sum: hex(Fp.add(a, b)),
    difference: hex(Fp.sub(a, b)),
    product: hex(Fp.mul(a, b)),
    half: hex(Fp.div(a, 2n)),
    inverse: hex(a === 0n ? 0n : Fp.inv(a)),
    square_root: Fp.eql(Fp.pow(a, (Fp.ORDER - 1n) / 2n), Fp.neg(Fp.ONE)) ? null : hex(Fp.sqrt(a)),
  };
}

function extensionCase() {
  const [a, b] = [drawFp2(), drawFp2()];
  return {
    a: fp2(a),
    b: fp2(b),
    product: fp2(Fp2.mul(a, b)),
    square: fp2(Fp2.sqr(a)),
    inverse: fp2(Fp2.inv(a)),
    times_xi: fp2(Fp2.mulByNonresidue(a)),
  };
}

function towerCase() {
  const [a, b] = [drawFp12(), drawFp12()];
  return {
    a: fp12(a),
    b: fp12(b),
    product: fp12(Fp12.mul(a, b)),
    square: fp12(Fp12.sqr(a)),
    inverse: fp12(Fp12.inv(a)),
    frobenius: fp12(Fp12.frobeniusMap(a, 1)),
    final_exponentiation: fp12(Fp12.finalExponentiate(a)),
  };
}

/** A point of the twist by a drawn x: one in some 2^254 of them is in the group. */
export function twistPoint(drawX = drawFp2) {
  const b = Fp2.div({ c0: 3n, c1: 0n }, { c0: 9n, c1: 1n });
  for (;;) {
    const x = drawX();
    try {
      return { x, y: Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)) };
    } catch {
      // Half of all numbers have no root.
    }
  }
}

function pairingCase() {
  const [a, b] = [draw(Fr.ORDER), draw(Fr.ORDER)];
  const [p, q] = [G1.multiply(a), G2.multiply(b)];
  return {
    a: hex(a),
    b: hex(b),
    p: g1(p.toAffine()),
    q: g2(q.toAffine()),
    value: fp12(bn254.pairing(p, q)),
  };
}

export function vectors() {
  drawn = 0;
  const edges = [0n, 1n, 2n, Fp.ORDER - 1n, (Fp.ORDER - 1n) / 2n];
  const file = {
    about: 'BN254 as @noble/curves has it; made by tests/localnet/make-bn254-vectors.mjs',
    fp: [
      ...edges.flatMap((a) => edges.map((b) => fieldCase(a, b))),
      ...times(16, () => fieldCase(draw(Fp.ORDER), draw(Fp.ORDER))),
    ],
    fp2: times(8, extensionCase),
    fp12: times(3, towerCase),
    g1: times(8, () => draw(Fr.ORDER)).map((scalar) => ({
      scalar: hex(scalar),
      point: g1(G1.multiply(scalar).toAffine()),
    })),
    g2: times(8, () => draw(Fr.ORDER)).map((scalar) => ({
      scalar: hex(scalar),
      point: g2(G2.multiply(scalar).toAffine()),
    })),
    outside_the_group: times(8, () => g2(twistPoint())),
    pairings: times(4, pairingCase),
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(vectors());
