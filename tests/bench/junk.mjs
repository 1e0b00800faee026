// ./dev bench --junk: what withdraws without a good proof cost those who have one. A localnet that verifies proofs,
// 20 honest withdraws a second through it, calm at first and then beside 20,000 that are junk.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const HONEST_A_SECOND = 20;

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

/** Seconds of processor that the process has used. */
function processorTime(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100; // USER_HZ
}

/**
 * Honest withdraws until told to end: their times from POST to completion, sorted, in milliseconds, and how many posts
 * were to be made again.
 */
async function postHonestly(relay, stopped) {
  const times = [];
  const lives = [];
  let again = 0;
  const live = async (body) => {
    const began = performance.now();
    let answer = await relay.post(body);
    for (; answer.status === 503; answer = await relay.post(body)) {
      again += 1;
      await sleep(Number(answer.headers.get('retry-after')) * 1000);
    }
    if (answer.status !== 202) throw new Error(`an honest withdraw was answered ${JSON.stringify(answer)}`);
    const { status } = await relay.outcome(answer.data.request_id);
    if (status !== 'completed') throw new Error(`an honest withdraw ended as ${status}`);
    times.push(performance.now() - began);
  };
  const began = performance.now();
  for (let number = 0; !stopped(); number += 1) {
    const early = (number / HONEST_A_SECOND) * 1000 - (performance.now() - began);
    if (early > 0) await sleep(early);
    lives.push(live(makeBody()));
  }
  await Promise.all(lives);
  return { times: times.sort((one, other) => one - other), again };
}

async function whileJunkComes(relay, settings) {
  const worker = new Worker(new URL('./junk_client.mjs', import.meta.url), {
    workerData: { port: relay.port, ...settings },
  });
  const told = () => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await told();
  let junk;
  worker.postMessage('go');
  told().then((answer) => (junk = answer));
  const used = processorTime(relay.pid);
  const honest = await postHonestly(relay, () => junk !== undefined);
  return { ...honest, junk, processor: processorTime(relay.pid) - used };
}

const warnings = (relay) => relay.output.split('\n').filter((line) => / (warning|error) /.test(line));

async function costs(world, relay) {
  const metric = (name, labels) => relay.metric(name, labels);
  return {
    rows: Number(await world.query('SELECT count(*) FROM jobs')),
    sends: (await metric('relay_sends_total', { kind: 'first' })),
    deadLetters: await metric('relay_dead_letters'),
    warnings: warnings(relay).length,
  };
}

function tell(what, { times, again, junk, processor }, calm, spent) {
  const ratio = at(times, 0.99) / at(calm.times, 0.99);
  const idle = (calm.processor / calm.seconds) * junk.seconds;
  const refused = Object.values(junk.answers).reduce((sum, count) => sum + count, 0);
  console.log(
    `${what}: ${JSON.stringify(junk.answers)} in ${junk.seconds.toFixed(1)} s, ${(refused / junk.seconds).toFixed(0)} a second, ` +
      `relay's CPU ${(((processor - idle) / refused) * 1000).toFixed(3)} ms each\n` +
      `  honest POST to completed: p50 ${at(times, 0.5).toFixed(0)} ms, p99 ${at(times, 0.99).toFixed(0)} ms: ` +
      `${ratio.toFixed(2)} x calm; told to come again ${again} times\n` +
      `  caused by junk: ${spent.rows - times.length} rows, ${spent.sends - times.length} sends, ` +
      `${spent.deadLetters} dead letters, ${spent.warnings} warnings`,
  );
}

const difference = (after, before) =>
  Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - before[name]]));

/** `count` junk posts from one address, and from many, `a_second` at most. */
export async function measureJunk({ count, a_second }) {
  const ends = [];
  const world = await World.start({ after: (end) => ends.unshift(end) }, { slotMs: 200, shardCapacity: 20_000 });
  try {
    const relay = await world.relay({
      RELAY_WORKER_MAX_CONCURRENT_JOBS: '100',
      RELAY_SOLANA_COMPUTE_UNIT_LIMIT: '1400000', // the program walks through a long shard
      RELAY_LOG_LEVEL: 'info',
    });
    const seconds = count / a_second;
    const used = processorTime(relay.pid);
    const ended = performance.now() + seconds * 1000;
    const { times } = await postHonestly(relay, () => performance.now() > ended);
    const calm = { times, seconds, processor: processorTime(relay.pid) - used };
    console.log(`calm: honest POST to completed: p50 ${at(times, 0.5).toFixed(0)} ms, p99 ${at(times, 0.99).toFixed(0)} ms`);
    for (const addresses of [1, 200]) {
      const before = await costs(world, relay);
      const measured = await whileJunkComes(relay, { count, a_second, addresses });
      const spent = difference(await costs(world, relay), before);
      tell(`${count} junk from ${addresses} address${addresses > 1 ? 'es' : ''}`, measured, calm, spent);
      if (spent.warnings > 0) console.log(warnings(relay).slice(-spent.warnings).join('\n'));
    }
  } finally {
    for (const end of ends) await end();
  }
}
