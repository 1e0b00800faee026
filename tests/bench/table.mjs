// The one table of a benchmark: each figure beside its target and the limit it is held against.

const digits = (value) => (value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 4);
const format = (value) => value.toLocaleString('en', { maximumFractionDigits: digits(value) });
const times = (value, limit) => `${format(value / limit)} x ${format(limit)}`;

const atLeast = (target) => ({ target: `>= ${format(target)}`, met: (value) => value >= target });
const atMost = (target) => ({ target: `<= ${format(target)}`, met: (value) => value <= target });
const atLeastTimes = (share) => ({ target: `>= ${format(share)} x`, met: (value, limit) => value >= share * limit });
const atMostTimes = (share) => ({ target: `<= ${format(share)} x`, met: (value, limit) => value <= share * limit });
const none = { target: '', met: () => null };

/** [what (or how it follows from the figures), the figure's name, its target, the limit it is told as a share of] */
const ROWS = [
  ['limit: commits a second, one row, 1 client', 'lone_inserts', none],
  ['limit: commits a second, one row, 64 clients', 'single_inserts', none],
  ['limit: rows a second, 64 a commit, 4 clients', 'batched_inserts', none],
  ['limit: Redis SETs a second, 50 clients', 'redis_sets', none],
  ["limit: GETs a second of the relay's own HTTP server", 'bare_http', none],
  ['accepts a second, 64 connections, worker running', 'accepts', atLeast(15_000), 'single_inserts'],
  ['answers other than 202', 'others_than_202', atMost(0)],
  ['accept at full speed, p50 ms', 'full_p50_ms', none],
  ['accept at full speed, p99 ms', 'full_p99_ms', atMost(25)],
  ['accept at full speed, longest ms', 'full_max_ms', none],
  ['accept at 200 a second, p50 ms', 'paced_p50_ms', atMost(1.5)],
  ['accept at 200 a second, p99 ms', 'paced_p99_ms', atMost(8)],
  ['completed a second, first accept to last completion', 'completed', atLeast(6_000), 'batched_inserts'],
  ["relay's CPU a job, ms", 'cpu_ms', atMost(0.12)],
  ['sends a job', 'sends', atMost(1.05)],
  ['status polls a job', 'polls', atMost(0.02)],
  ['blockhash calls a job', 'blockhashes', none],
  ["CPU a job with 1,000 queued, relay's and Postgres', ms", 'few_queued_cpu_ms', none],
  [
    ({ queued_jobs }) => `CPU a job with ${format(queued_jobs)} queued, ms`,
    'many_queued_cpu_ms',
    atMostTimes(1.1),
    'few_queued_cpu_ms',
  ],
  ['two relays on the same stores, completed a second', 'pair_completed', atLeastTimes(1), 'completed'],
  ['two relays, jobs not sent exactly once or not completed', 'pair_amiss', atMost(0)],
  ['idle: post to arrival at the node, p50 ms', 'idle_sent_p50_ms', atMost(5)],
  ['resident memory, idle, MiB', 'rss_idle', atMost(40)],
  ['resident memory, 10,000 jobs in flight, MiB', 'rss_in_flight', atMost(150)],
];

export function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[(sorted.length - 1) >> 1];
}

/** Each figure's median over the runs. */
export function medians(runs) {
  return Object.fromEntries(Object.keys(runs[0]).map((name) => [name, median(runs.map((one) => one[name]))]));
}

export function tableOf(figures) {
  const lines = ROWS.map(([what, name, { target, met }, limit]) => {
    const value = figures[name];
    const verdict = { true: 'met', false: 'missed', null: '' }[met(value, figures[limit])];
    const share = limit ? times(value, figures[limit]) : '';
    return [typeof what === 'string' ? what : what(figures), format(value), target, verdict, share];
  });
  const head = ['what', 'measured', 'target', '', 'of its limit'];
  const all = [head, head.map(() => '---'), ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column].length)));
  return all.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`).join('\n');
}
