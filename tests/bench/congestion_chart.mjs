// The chart of ./dev bench --congestion: what share landed by policy, and, where prices move, the price of a place
// beside the prices that withdraws landed at.
const COLORS = { fixed: '#999', percentile: '#2a5db3', auto: '#1f6f43' };
const WIDTH = 400;
const HEIGHT = 240;
const LEFT = 70;
const TOP = 50;
const MOVING = ['storm', 'squall'];
const GAP = 90;

const text = (x, y, words, more = '') => `<text x="${x}" y="${y}" ${more}>${words}</text>`;
const colorOf = (policy) => COLORS[policy] ?? '#333';

function panel(column, title, ticks, body) {
  const grid = ticks.map(
    ([y, words]) =>
      `<path d="M0 ${y}H${WIDTH}" stroke="#ddd"/>${text(-6, y + 4, words, 'text-anchor="end"')}`,
  );
  return `<g transform="translate(${LEFT + column * (WIDTH + GAP)} ${TOP})">
${text(0, -24, title, 'font-weight="bold"')}
${grid.join('')}<path d="M0 0V${HEIGHT}H${WIDTH}" fill="none" stroke="#333"/>
${body}
</g>`;
}

/** Bars: the share that landed within the middle one of the limits. */
function shares({ run, measured }) {
  const scenarios = [...new Set(measured.map((one) => one.scenario))];
  const policies = [...new Set(measured.map((one) => one.policy))];
  const room = WIDTH / scenarios.length;
  const width = (room * 0.75) / policies.length;
  const bars = measured.map(({ scenario, policy, within }) => {
    const x = scenarios.indexOf(scenario) * room + room / 8 + policies.indexOf(policy) * width;
    const height = HEIGHT * within[1];
    const percent = Math.round(100 * within[1]);
    const words = text(x + width / 2, HEIGHT - height - 4, percent, 'text-anchor="middle" font-size="10"');
    const bar = `x="${x}" y="${HEIGHT - height}" width="${width - 2}" height="${height}"`;
    return `<rect ${bar} fill="${colorOf(policy)}"/>${words}`;
  });
  const names = scenarios.map((name, index) => text((index + 0.5) * room, HEIGHT + 18, name, 'text-anchor="middle"'));
  const legend = policies.map(
    (policy, index) =>
      `<rect x="${index * 110}" y="${HEIGHT + 30}" width="12" height="12" fill="${colorOf(policy)}"/>` +
      text(index * 110 + 18, HEIGHT + 40, policy),
  );
  const ticks = [0, 25, 50, 75, 100].map((percent) => [HEIGHT * (1 - percent / 100), `${percent} %`]);
  return panel(0, `Landed within ${run.limits[1]} s of being accepted`, ticks, [...bars, ...names, ...legend].join(''));
}

/** A line and dots over time, the price on a logarithmic axis. */
function prices(name, column, { measured, slotMs }) {
  const runs = measured.filter(({ scenario }) => scenario === name);
  const points = runs.flatMap(({ landed, clearing }) => [...landed, ...clearing]);
  const last = Math.max(1, ...points.map(([slot]) => slot));
  const [least, most] = [1_000, Math.max(100_000, ...points.map(([, price]) => price))];
  const x = (slot) => ((WIDTH * slot) / last).toFixed(1);
  const up = (price) => Math.log(Math.max(price, least) / least) / Math.log(most / least);
  const y = (price) => (HEIGHT * (1 - up(price))).toFixed(1);
  const longest = runs.toSorted((one, other) => other.clearing.length - one.clearing.length)[0];
  const line = longest.clearing.map(([slot, price]) => `${x(slot)},${y(price)}`).join(' ');
  const dots = runs.flatMap(({ policy, landed }) =>
    landed.map(([slot, price]) => `<circle cx="${x(slot)}" cy="${y(price)}" r="2.5" fill="${colorOf(policy)}"/>`),
  );
  const ticks = [1_000, 10_000, 100_000, 1_000_000, 10_000_000]
    .filter((price) => price <= most)
    .map((price) => [Number(y(price)), price.toLocaleString('en')]);
  const seconds = [0, 0.25, 0.5, 0.75, 1].map((part) =>
    text(part * WIDTH, HEIGHT + 18, ((part * last * slotMs) / 1000).toFixed(0), 'text-anchor="middle"'),
  );
  const words =
    text(WIDTH / 2, HEIGHT + 36, 'seconds since the first post (slots)', 'text-anchor="middle"') +
    `<path d="M0 ${HEIGHT + 56}h18" stroke="#b3402a" stroke-width="1.5"/>` +
    text(24, HEIGHT + 60, 'the price of a place; dots: what landed, by policy');
  const curve = `<polyline points="${line}" fill="none" stroke="#b3402a" stroke-width="1"/>`;
  const body = [curve, ...dots, ...seconds, words].join('');
  return panel(column, `${name}: micro-lamports a compute unit`, ticks, body);
}

/** @returns {string} an SVG of what measureCongestion() measured */
export function chartOf(results) {
  const moving = MOVING.filter((name) => results.measured.some(({ scenario }) => scenario === name));
  const panels = [shares(results), ...moving.map((name, index) => prices(name, index + 1, results))];
  const size = `viewBox="0 0 ${panels.length * (WIDTH + GAP) + LEFT - GAP + 30} ${TOP + HEIGHT + 76}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${panels.join('\n')}
</svg>
`;
}
