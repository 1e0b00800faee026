// chart.mjs RESULTS.json >CHART.svg: completed a second, and accept times, against what was offered. RESULTS
// is what ./dev bench --sweep --json wrote.
import { readFileSync } from 'node:fs';

const { sweep, conditions } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const WIDTH = 360;
const HEIGHT = 240;
const LEFT = 60;
const TOP = 50;

const linear = (most) => (value) => value / most;
const logarithmic = (least, most) => (value) => Math.log(value / least) / Math.log(most / least);

function roundUp(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return Math.ceil(value / unit) * unit;
}

const mostOffered = roundUp(Math.max(...sweep.map((point) => point.offered)));
const across = linear(mostOffered);
const x = (offered) => (WIDTH * across(offered)).toFixed(1);
const text = (at, down, words, more = '') => `<text x="${at}" y="${down}" ${more}>${words}</text>`;

function line(up, points, color) {
  const places = points.map(([offered, value]) => `${x(offered)},${(HEIGHT * (1 - up(value))).toFixed(1)}`);
  const dots = places.map((place) => {
    const [cx, cy] = place.split(',');
    return `<circle cx="${cx}" cy="${cy}" r="3" fill="${color}"/>`;
  });
  return `<polyline points="${places.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join('')}`;
}

function panel(column, title, up, ticks, body) {
  const grid = ticks.map((tick) => {
    const y = (HEIGHT * (1 - up(tick))).toFixed(1);
    return `<path d="M0 ${y}H${WIDTH}" stroke="#ddd"/>${text(-6, Number(y) + 4, tick.toLocaleString('en'), 'text-anchor="end"')}`;
  });
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) =>
    text(x(part * mostOffered), HEIGHT + 18, (part * mostOffered).toLocaleString('en'), 'text-anchor="middle"'),
  );
  return `<g transform="translate(${LEFT + column * (WIDTH + LEFT + 20)} ${TOP})">
${text(0, -14, title, 'font-weight="bold"')}
${grid.join('')}<path d="M0 0V${HEIGHT}H${WIDTH}" fill="none" stroke="#333"/>${marks.join('')}
${text(WIDTH / 2, HEIGHT + 36, 'withdraws offered a second', 'text-anchor="middle"')}
${body}
</g>`;
}

const legend = (row, color, words) =>
  `<path d="M12 ${14 + row * 18}h18" stroke="${color}" stroke-width="2"/>${text(36, 18 + row * 18, words)}`;

const rates = [0, 0.25, 0.5, 0.75, 1].map((part) => part * mostOffered);
const completed = panel(
  0,
  'Completed a second',
  linear(mostOffered),
  rates,
  `<path d="M0 ${HEIGHT}L${WIDTH} 0" stroke="#999" stroke-dasharray="4 4"/>` +
    line(linear(mostOffered), sweep.map((point) => [point.offered, point.completed]), '#1f6f43') +
    legend(0, '#1f6f43', 'completed') +
    legend(1, '#999', 'offered'),
);
const times = logarithmic(0.1, 10_000);
const accepted = panel(
  1,
  'From post to 202, milliseconds',
  times,
  [0.1, 1, 10, 100, 1000, 10_000],
  line(times, sweep.map((point) => [point.offered, point.p99_ms]), '#b3402a') +
    line(times, sweep.map((point) => [point.offered, point.p50_ms]), '#2a5db3') +
    legend(0, '#b3402a', 'p99') +
    legend(1, '#2a5db3', 'p50'),
);
const whole = `viewBox="0 0 ${2 * (WIDTH + LEFT + 20) + 20} ${TOP + HEIGHT + 66}"`;
console.log(`<svg xmlns="http://www.w3.org/2000/svg" ${whole} font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${completed}
${accepted}
${text(LEFT, TOP + HEIGHT + 58, `${conditions.machine}; revision ${conditions.revision}`, 'fill="#666"')}
</svg>`);
