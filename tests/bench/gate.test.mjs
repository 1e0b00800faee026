// The gate opens for what is as it was, and shuts where one figure has fallen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './gate.mjs';

const USUAL = { completed_per_row: 0.105, accepts_per_get: 0.082, get_cpu_per_job_cpu: 0.072 };
const passes = (...trials) => judge(trials).map(({ passed }) => passed);

test('what is usual passes', () => {
  assert.deepEqual(passes(USUAL), [true, true, true]);
});

test('half of the usual passes: that may be noise', () => {
  const halved = Object.fromEntries(Object.entries(USUAL).map(([name, value]) => [name, value / 2]));
  assert.deepEqual(passes(halved), [true, true, true]);
});

test('the best of the trials counts, of each figure its own', () => {
  const poor = { completed_per_row: 0.01, accepts_per_get: 0.01, get_cpu_per_job_cpu: 0.01 };
  const trials = [{ ...poor, accepts_per_get: 0.11 }, { ...USUAL, accepts_per_get: 0.01 }, poor];
  assert.deepEqual(passes(...trials), [true, true, true]);
});

for (const [index, name] of Object.keys(USUAL).entries()) {
  test(`a quarter of the usual ${name} fails, and says which, how much, and how much is required`, () => {
    const fallen = { ...USUAL, [name]: USUAL[name] / 4 };
    const verdicts = judge([fallen, fallen]);
    assert.deepEqual(verdicts.map(({ passed }) => passed), [0, 1, 2].map((other) => other !== index));
    const { sentence } = verdicts[index];
    assert.match(sentence, new RegExp(`: ${fallen[name].toFixed(3)} x .*, but at least 0\\.0\\d+ is required$`));
  });
}

test('a figure that was not measured fails', () => {
  assert.deepEqual(passes({ ...USUAL, accepts_per_get: NaN }), [true, false, true]);
  assert.deepEqual(passes({}), [false, false, false]);
});
