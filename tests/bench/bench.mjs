// ./dev bench [--seconds N] [--quick] [--json FILE] [--sweep] [--far]: what the relay can do on this machine, and what
// the machine and the servers can do without it. The stack (Postgres with fsync, Redis) is ./dev's.
// ./dev bench --junk: what withdraws without a good proof cost those who have one.
// ./dev bench --congestion [--seconds N] [--quick] [--json FILE]: what lands, how soon and at what price, where others
// bid for the same accounts.
// ./dev bench --gate: fails where that is grossly less than it was, as a share of what the machine can do.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { manage } from '../harness/database.mjs';
import { measureCongestion } from './congestion.mjs';
import { judge } from './gate.mjs';
import { measureJunk } from './junk.mjs';
import { measureLimits } from './limits.mjs';
import { measureFar, measureOffered, measureRelay } from './measures.mjs';
import { measureRatios } from './ratios.mjs';
import { measureGrowth, measurePair } from './scale.mjs';
import { medians, tableOf } from './table.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    congestion: { type: 'boolean', default: false },
    gate: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    sweep: { type: 'boolean', default: false },
    far: { type: 'boolean', default: false },
    junk: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const seconds = values.quick ? 2 : Number(values.seconds ?? 5);
// Long enough that the last confirmations, when nothing else is left to do, are a small part.
const count = values.quick ? 4_000 : 50_000;
const runs = values.quick ? 1 : 3;
const growth = { rows: values.quick ? 100_000 : 1_000_000, count: values.quick ? 4_000 : 20_000, turns: runs };
const AWAY_MS = [0, 1, 60, 150];
const OFFERED = [250, 500, 1000, 1500, 2000, 3000, 4000, 6000, 8000];

const began = Date.now();
const tell = (text) => console.error(`+${((Date.now() - began) / 1000).toFixed(0)}s`.padStart(6), text);
const firstLine = (program, flag) => execFileSync(program, [flag]).toString().split('\n')[0];
const loadAverage = () => os.loadavg().map((value) => value.toFixed(1)).join(' ');

async function conditions() {
  const setting = async (name) => `${name} ${(await manage(`SHOW ${name}`))[0]}`;
  const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'shared_buffers'];
  return {
    machine: `${os.availableParallelism()} cores, ${os.cpus()[0].model}, shared by all that is measured here`,
    system: `${os.type()} ${os.release()}`,
    postgres: (await Promise.all(['server_version', ...names].map(setting))).join(', '),
    redis: firstLine('redis-server', '--version').split(' ').slice(0, 3).join(' '),
    revision: execFileSync('git', ['describe', '--always', '--dirty']).toString().trim(),
    load_before: loadAverage(),
  };
}

async function bench() {
  const measured = { conditions: await conditions(), limits: [], relay: [], sweep: [] };
  for (let run = 1; run <= runs; run += 1) {
    tell(`run ${run} of ${runs}: limits`);
    measured.limits.push(await measureLimits({ seconds, count }));
    tell(`run ${run} of ${runs}: the relay`);
    measured.relay.push({ ...(await measureRelay({ seconds, count })), ...(await measurePair(count)) });
  }
  tell(`${growth.rows} queued jobs`);
  measured.growth = await measureGrowth(growth);
  for (const rate of values.sweep ? OFFERED : []) {
    tell(`${rate} withdraws offered a second`);
    measured.sweep.push(await measureOffered(rate, seconds));
  }
  measured.conditions.load_after = loadAverage();
  measured.conditions.what = `${runs} runs, medians; ${count} withdraws of two outputs at full speed, ${seconds} s at a fixed rate`;
  measured.medians = { ...medians(measured.limits), ...medians(measured.relay), ...measured.growth };

  for (const [name, text] of Object.entries(measured.conditions)) console.log(`${name}: ${text}`);
  console.log(`\n${tableOf(measured.medians)}`);
  for (const { offered, completed, p50_ms, p99_ms } of measured.sweep)
    console.log(`offered ${offered}: completed ${completed.toFixed(0)}/s, accept p50 ${p50_ms.toFixed(2)} ms, p99 ${p99_ms.toFixed(2)} ms`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(measured, null, 1)}\n`);
}

async function gate() {
  const trials = [];
  for (let trial = 1; trial <= 3; trial += 1) {
    tell(`trial ${trial} of 3`);
    trials.push(await measureRatios({ count: 6_000, gets: 20_000, seconds: 2 }));
  }
  const verdicts = judge(trials);
  for (const { passed, sentence } of verdicts) console.log(`${passed ? 'passed' : 'FAILED'}  ${sentence}`);
  process.exitCode = verdicts.every(({ passed }) => passed) ? 0 : 1;
}

/** One line a distance: what a node so far away leaves of the relay's full speed. */
async function far() {
  for (const away of AWAY_MS) {
    const { completed, accepts, cpu_ms } = await measureFar(away, values.quick ? 6_000 : 20_000);
    console.log(
      `node ${away} ms away: completed ${completed.toFixed(0)}/s, accepted ${accepts.toFixed(0)}/s, ` +
        `relay's CPU ${cpu_ms.toFixed(3)} ms a job`,
    );
  }
}

const junk = () => measureJunk({ count: values.quick ? 2_000 : 20_000, a_second: 1_000 });

const congestion = () =>
  measureCongestion({ quick: values.quick, seconds: Number(values.seconds ?? 30), json: values.json, tell });

const measurement = { gate, far, junk, congestion };
const chosen = Object.keys(measurement).find((name) => values[name]);
await (chosen ? measurement[chosen]() : bench());
