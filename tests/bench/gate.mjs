// What ./dev bench --gate makes of its trials. Each figure is a share of a limit measured at its side, so that a
// slow or busy machine does not fail it; each bound is a third of what was measured when it was set, so that only
// a gross fall does.

const BOUNDS = [
  {
    figure: 'completed_per_row',
    what: 'jobs completed a second',
    limit: 'rows inserted a second, 64 a commit',
    least: 0.035,
  },
  { figure: 'accepts_per_get', what: 'withdraws accepted a second', limit: 'bare GETs a second', least: 0.027 },
  { figure: 'get_cpu_per_job_cpu', what: "a bare GET's CPU", limit: "a job's CPU in the relay", least: 0.025 },
];

/** One sentence a figure, and whether it passes. Of several trials the best counts: noise may spoil some. */
export function judge(trials) {
  return BOUNDS.map(({ figure, what, limit, least }) => {
    const best = Math.max(...trials.map((trial) => trial[figure]));
    const passed = best >= least;
    const sentence = `${what}: ${best.toFixed(3)} x ${limit}, ${passed ? 'and' : 'but'} at least ${least} is required`;
    return { passed, sentence };
  });
}
