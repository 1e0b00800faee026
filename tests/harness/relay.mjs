// A relayd process, and what a client and an operator ask it.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Metrics } from './metrics.mjs';
import { Program, listeningPorts } from './processes.mjs';
import { until } from './waiting.mjs';

const isFinal = (job) => ['completed', 'failed'].includes(job.status);

export class Relay extends Program {
  /** `settings` are RELAY_... variables; ports are 0, that is to say free ones, where none are named. */
  constructor(path, settings, { words = ['serve'], shown = false } = {}) {
    const environment = { PATH: process.env.PATH, RELAY_HTTP_PORT: '0', RELAY_ADMIN_PORT: '0', ...settings };
    super(path, words, { environment, shown });
  }

  /**
   * Until it serves, and works or waits for Postgres. The kernel tells its ports, and the operator's listener is the
   * one with metrics.
   */
  async ready() {
    const ports = await until('relayd listens', () => {
      assert.ok(!this.ended, `relayd ended: ${this.output}`);
      const listening = listeningPorts(this.pid);
      return listening.length === 2 && listening;
    });
    for (const port of ports) {
      const { ok } = await fetch(`http://127.0.0.1:${port}/metrics`);
      this[ok ? 'adminPort' : 'port'] = port;
    }
    this.http = `http://127.0.0.1:${this.port}`;
    this.admin = `http://127.0.0.1:${this.adminPort}`;
    const asked = async () => {
      assert.ok(!this.ended, `relayd ended: ${this.output}`);
      const { data } = await this.get('/health/ready', this.admin);
      return !/asked yet/.test(data.postgres.reason ?? '');
    };
    await until('relayd has asked Postgres', asked, 10).catch((error) => {
      assert.ok(!this.ended, `relayd ended: ${this.output}`);
      if (!error.message.startsWith('not within')) throw error; // a Postgres that hangs
    });
    return this;
  }

  async get(path, base = this.http) {
    const response = await fetch(base + path);
    return { status: response.status, headers: response.headers, ...(await response.json()) };
  }

  async post(body) {
    const response = await fetch(`${this.http}/withdraw`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, ...(await response.json()) };
  }

  /**
   * Posts a withdraw that must be accepted anew, again where too many wait for the check of their proofs: the machine is
   * other tests' too. Its request id.
   */
  async accept(body) {
    let answer = await this.post(body);
    for (let again = 0; again < 20 && answer.error?.code === 'busy'; again += 1) {
      await sleep(Number(answer.headers.get('retry-after')) * 1000);
      answer = await this.post(body);
    }
    assert.equal(answer.status, 202, `${JSON.stringify(answer)} after\n${this.output.split('\n').slice(-8).join('\n')}`);
    return answer.data.request_id;
  }

  async status(id, wait = 0) {
    return (await this.get(`/status/${id}?wait=${wait}`)).data;
  }

  /** The job when it is final. */
  outcome(id, seconds = 60) {
    const finished = async () => {
      const job = await this.status(id, 5);
      return isFinal(job) && job;
    };
    return until(`job ${id} is final`, finished, seconds);
  }

  /** What health says once its status is this one: ok, degraded or unavailable. */
  becomes(status) {
    return until(`health says ${status}`, async () => {
      const { data } = await this.get('/health');
      return data.status === status && data;
    });
  }

  async metrics() {
    const response = await fetch(`${this.admin}/metrics`);
    assert.equal(response.status, 200);
    return new Metrics(await response.text());
  }

  /** The sum of the series of that name that have these labels; an error where there is none. */
  async metric(name, labels = {}) {
    return (await this.metrics()).sum(name, labels);
  }
}
