// Metrics are read as Prometheus means them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from './metrics.mjs';

const metrics = new Metrics(`# HELP calls_total Calls, by method and outcome
# TYPE calls_total counter
calls_total{method="send",outcome="ok"} 20
calls_total{method="send",outcome="refused"} 3
calls_total{method="read",outcome="ok"} 400
# TYPE calls_total_more counter
calls_total_more 1000
depth 1e+06
stale 7 1764000000000

odd{text="a \\"b\\" {c} \\\\ d\\n",empty="",} 1
seconds_bucket{le="0.5"} 1
seconds_bucket{le="+Inf"} 2
least -Inf
none Nan
`);

test('all series of a name are summed, and of no other name', () => {
  assert.equal(metrics.sum('calls_total'), 423);
  assert.equal(metrics.sum('calls_total_more'), 1000);
});

test('labels choose among the series, each as a whole', () => {
  assert.equal(metrics.sum('calls_total', { method: 'send' }), 23);
  assert.equal(metrics.sum('calls_total', { outcome: 'ok', method: 'read' }), 400);
  assert.equal(metrics.sum('seconds_bucket', { le: '+Inf' }), 2);
  assert.ok(!metrics.has('calls_total', { method: 'sen' }));
});

test('what does not exist is an error, and no nought', () => {
  assert.throws(() => metrics.sum('calls'), /no metric calls/);
  assert.throws(() => metrics.sum('calls_total', { method: 'write' }), /no metric calls_total/);
  assert.throws(() => metrics.sum('depth', { method: 'send' }), /no metric depth/);
  assert.deepEqual([metrics.has('calls'), metrics.has('depth')], [false, true]);
});

test('numbers, times and escapes are read', () => {
  assert.equal(metrics.sum('depth'), 1_000_000);
  assert.equal(metrics.sum('stale'), 7);
  assert.equal(metrics.sum('odd', { text: 'a "b" {c} \\ d\n', empty: '' }), 1);
  assert.equal(metrics.sum('least'), -Infinity);
  assert.ok(Number.isNaN(metrics.sum('none')));
});

test('what is not in the format is an error', () => {
  for (const text of ['depth', 'depth many', '{a="b"} 1', 'depth{a=b} 1', 'depth{a="b} 1', '<html></html>'])
    assert.throws(() => new Metrics(text), /this is no series|these are no labels/, text);
});
