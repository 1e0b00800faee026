// Prometheus' text format, read: one line a series, `name{label="value",...} number`.

const SERIES = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)",?/y;
const ESCAPES = { n: '\n', '"': '"', '\\': '\\' };
const NUMBERS = { '+Inf': Infinity, '-Inf': -Infinity, Inf: Infinity, NaN, Nan: NaN };

function readLabels(text) {
  const labels = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const label = LABEL.exec(text);
    if (!label) throw new Error(`these are no labels: ${text}`);
    labels[label[1]] = label[2].replace(/\\(.)/g, (escaped, letter) => ESCAPES[letter] ?? escaped);
  }
  return labels;
}

function readSeries(line) {
  const parts = SERIES.exec(line);
  const value = parts && (NUMBERS[parts[3]] ?? Number(parts[3]));
  if (!parts || (Number.isNaN(value) && !(parts[3] in NUMBERS))) throw new Error(`this is no series: ${line}`);
  return { name: parts[1], labels: readLabels(parts[2] ?? ''), value };
}

/** What a program measured, at one moment. */
export class Metrics {
  #series;

  constructor(text) {
    const lines = text.split('\n').filter((line) => line.trim() && !line.startsWith('#'));
    this.#series = lines.map(readSeries);
  }

  #matching(name, labels) {
    const wanted = Object.entries(labels);
    return this.#series.filter(
      (one) => one.name === name && wanted.every(([label, value]) => one.labels[label] === value),
    );
  }

  has(name, labels = {}) {
    return this.#matching(name, labels).length > 0;
  }

  /** The sum of all series of that name that have these labels. There must be one. */
  sum(name, labels = {}) {
    const series = this.#matching(name, labels);
    if (series.length === 0) throw new Error(`no metric ${name} with ${JSON.stringify(labels)}`);
    return series.reduce((sum, one) => sum + one.value, 0);
  }
}
