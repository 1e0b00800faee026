// ./dev bench --proofs: what a check of a proof costs here, beside the same check by @noble/curves.
// The argument is the program bench_proofs. The least of many short runs counts, since others use
// the machine too.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../localnet/package.json', import.meta.url));
const { bn254 } = require('@noble/curves/bn254');
const REPETITIONS = 50;

const { Fp12 } = bn254.fields;
const [G1, G2] = [bn254.G1.ProjectivePoint, bn254.G2.ProjectivePoint];
const published = JSON.parse(
  readFileSync(new URL('../vectors/sp1_groth16.json', import.meta.url), 'utf8'),
);

function numbers(hex) {
  return hex.match(/.{64}/g).map((digits) => BigInt(`0x${digits}`));
}
function g1(hex) {
  const [x, y] = numbers(hex);
  return G1.fromAffine({ x, y });
}
function g2(hex) {
  const [x1, x0, y1, y0] = numbers(hex);
  return G2.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
}

/** The published proof, by the equation as it is written; the key's pairing is made beforehand. */
function verifierOfNoble() {
  const { alpha, beta, gamma, delta, ic } = published.verifying_key;
  const [ic0, ic1, ic2] = ic.map(g1);
  const expected = bn254.pairing(g1(alpha), g2(beta));
  const [gammaPoint, deltaPoint] = [g2(gamma), g2(delta)];
  return ({ proof_hex, program_vkey_hex, digest_hex }) => {
    const points = proof_hex.slice(8);
    const [a, b, c] = [g1(points.slice(0, 128)), g2(points.slice(128, 384)), g1(points.slice(384))];
    b.assertValidity();
    const sum = ic0
      .add(ic1.multiply(BigInt(`0x${program_vkey_hex}`)))
      .add(ic2.multiply(BigInt(`0x${digest_hex}`)));
    const value = bn254.pairingBatch([
      { g1: a, g2: b },
      { g1: sum.negate(), g2: gammaPoint },
      { g1: c.negate(), g2: deltaPoint },
    ]);
    return Fp12.eql(value, expected);
  };
}

function leastOfNoble() {
  const verify = verifierOfNoble();
  const [good] = published.cases;
  let least = Infinity;
  for (let i = 0; i < REPETITIONS; i++) {
    const start = performance.now();
    if (!verify(good)) throw new Error('@noble/curves refused the published proof');
    least = Math.min(least, (performance.now() - start) * 1000);
  }
  return least;
}

function leastOfOurs(program) {
  const output = execFileSync(program, [
    '--benchmark_format=json',
    '--benchmark_min_time=0.005',
    `--benchmark_repetitions=${REPETITIONS}`,
  ]);
  const least = new Map();
  for (const { name, run_type, cpu_time, time_unit } of JSON.parse(output).benchmarks) {
    if (run_type !== 'iteration') continue;
    const microseconds = time_unit === 'ns' ? cpu_time / 1000 : cpu_time;
    least.set(name, Math.min(least.get(name) ?? Infinity, microseconds));
  }
  return least;
}

const ours = leastOfOurs(process.argv[2]);
const noble = leastOfNoble();
console.log('| what | microseconds |\n|---|---|');
for (const [name, time] of ours)
  console.log(`| ${name.replaceAll('_', ' ')} | ${time < 10 ? time.toFixed(3) : time.toFixed(0)} |`);
console.log(`| verify, by @noble/curves | ${noble.toFixed(0)} |`);
console.log(`| its time by ours | ${(noble / ours.get('verify')).toFixed(1)} |`);
