// Makes Groth16 proofs over BN254 that the program accepts for any statement.
//
// The setup's trapdoor is public (it is derived from fixed words), so no circuit and no witness are
// needed: the proof's C is solved for. The check on chain is the real one, and any changed byte or
// other statement fails it. For tests only: whoever knows a trapdoor can prove anything.
import { createHash, randomBytes } from 'node:crypto';
import { bn254 } from '@noble/curves/bn254';

const Fr = bn254.fields.Fr;
const G1 = bn254.G1.ProjectivePoint.BASE;
const G2 = bn254.G2.ProjectivePoint.BASE;
const sha256 = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const toScalar = (bytes) => (BigInt(`0x${bytes.toString('hex')}`) % (Fr.ORDER - 1n)) + 1n;
const fieldBytes = (value) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');

export function g1Bytes(scalar) {
  const { x, y } = G1.multiply(scalar).toAffine();
  return Buffer.concat([fieldBytes(x), fieldBytes(y)]);
}

export function g2Bytes(scalar) {
  const { x, y } = G2.multiply(scalar).toAffine();
  return Buffer.concat([x.c1, x.c0, y.c1, y.c0].map(fieldBytes)); // the layout of EIP-197: imaginary part first
}

export const trapdoor = Object.fromEntries(
  ['alpha', 'beta', 'gamma', 'delta', 'ic0', 'ic1', 'ic2'].map((name) => [
    name,
    toScalar(sha256(`toy trapdoor ${name}`)),
  ]),
);

/** The first public input: which circuit this is. Its first byte is 0 so that it is below the group's order. */
export const circuitHash = sha256('withdraw circuit');
circuitHash[0] = 0;

export function verifyingKey() {
  const { alpha, beta, gamma, delta, ic0, ic1, ic2 } = trapdoor;
  return {
    alpha: g1Bytes(alpha),
    beta: g2Bytes(beta),
    gamma: g2Bytes(gamma),
    delta: g2Bytes(delta),
    inputs: [ic0, ic1, ic2].map(g1Bytes),
  };
}

/** The first four bytes of a proof name the key it is for. */
export function selectorOf({ alpha, beta, gamma, delta, inputs }) {
  return sha256(alpha, beta, gamma, delta, ...inputs).subarray(0, 4);
}

/** The second public input: the digest with its top three bits cleared. */
function statementScalar(inputs) {
  const digest = sha256(inputs);
  digest[0] &= 0x1f;
  return BigInt(`0x${digest.toString('hex')}`);
}

/** What the public inputs come to, as a multiple of G1's generator. */
export function inputSum(first, second) {
  const { ic0, ic1, ic2 } = trapdoor;
  return Fr.add(ic0, Fr.add(Fr.mul(ic1, first), Fr.mul(ic2, second)));
}

/** The c that makes a, b and c, as multiples of the generators, a proof for an input sum. */
export function solveForC(a, b, sum) {
  const { alpha, beta, gamma, delta } = trapdoor;
  const rest = Fr.sub(Fr.mul(a, b), Fr.add(Fr.mul(alpha, beta), Fr.mul(sum, gamma)));
  return Fr.div(rest, delta);
}

/**
 * A function that proves statements of 104 bytes. A and B are random for each prover and only C
 * depends on the statement, so a proof costs one multiplication; two provers' proofs of one
 * statement differ, as real ones do.
 */
export function makeProver() {
  const a = toScalar(randomBytes(32));
  const b = toScalar(randomBytes(32));
  const start = Buffer.concat([selectorOf(verifyingKey()), g1Bytes(a), g2Bytes(b)]);
  const circuit = BigInt(`0x${circuitHash.toString('hex')}`);
  return (inputs) => {
    const c = solveForC(a, b, inputSum(circuit, statementScalar(inputs)));
    return Buffer.concat([start, g1Bytes(c)]);
  };
}
