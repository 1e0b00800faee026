// The withdraws of a chaos run and those who post them and ask for them, as wallets do: what is not
// answered is posted again, to whichever relay serves.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { makeBody } from '../harness/withdraws.mjs';
import { feeFor } from '../localnet/src/shield-pool.mjs';

const PATIENCE_MS = 5_000;

/** Most are good; some must fail, and for a reason that is known beforehand. */
function makeWithdraw(draw) {
  const amount = 10_000_000n + BigInt(draw.below(1_000_000_000));
  const options = { amount, count: 1 + draw.below(5) };
  const kind = draw.below(20);
  if (kind === 0) options.spoil = true;
  if (kind === 1) options.root = randomBytes(32);
  const body = makeBody(options);
  return {
    body,
    nullifier: body.public_inputs.nf,
    amount,
    fee: feeFor(amount),
    outputs: body.outputs,
    mayFail: { 0: 'proof_invalid', 1: 'root_not_found' }[kind] ?? null,
    // A client that does not come back: its POST may have been accepted all the same.
    givesUp: draw.chance(0.03),
    id: null,
    job: null,
  };
}

async function ask(relay, path, options = {}) {
  const response = await fetch(relay.http + path, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
  return { status: response.status, ...(await response.json()) };
}

export class Load {
  withdraws = [];
  /** What a client was told that another answer belied. */
  lies = [];
  refusals = 0;
  acceptedAt = [];
  #crew;
  #draw;
  #tasks = [];

  constructor(crew, draw) {
    this.#crew = crew;
    this.#draw = draw;
  }

  /** Posts `rate` withdraws a second for so long, then waits until each has its answer. */
  async run(seconds, rate) {
    const deadline = Date.now() + seconds * 1000;
    while (Date.now() < deadline) {
      const withdraw = makeWithdraw(this.#draw);
      this.withdraws.push(withdraw);
      this.#tasks.push(this.#follow(withdraw));
      await pause((1000 / rate) * this.#draw.between(0.5, 1.5));
    }
  }

  /** Returns when every withdraw is final, or the time is up. */
  async settle(seconds) {
    const all = Promise.all(this.#tasks);
    await Promise.race([all, pause(seconds * 1000, undefined, { ref: false })]);
  }

  get open() {
    return this.withdraws.filter((one) => !one.final).length;
  }

  async #follow(withdraw) {
    await this.#post(withdraw);
    while (withdraw.id && !withdraw.final) {
      await pause(this.#draw.between(200, 1500));
      await this.look(withdraw);
    }
    withdraw.final = true;
  }

  async #post(withdraw) {
    const body = JSON.stringify(withdraw.body);
    const headers = { 'content-type': 'application/json' };
    while (!withdraw.id) {
      const answer = await this.#somewhere('/withdraw', { method: 'POST', headers, body });
      if (answer && (answer.status === 202 || answer.status === 200)) {
        withdraw.id = answer.data.request_id;
        this.acceptedAt.push(Date.now());
      } else if (answer?.status === 400 && answer.error.code === withdraw.mayFail) {
        return; // known to be so at the door
      } else if (answer && answer.status !== 503) {
        this.lies.push(`a withdraw was refused: ${JSON.stringify(answer)}`);
        return;
      } else {
        this.refusals += answer ? 1 : 0;
        if (withdraw.givesUp) return;
        await pause(this.#draw.between(50, 500));
      }
    }
  }

  /** Asks for the job once more; a job that was final must still say the same. */
  async look(withdraw) {
    const answer = await this.#somewhere(`/status/${withdraw.id}`);
    if (!answer || answer.status === 503) return;
    if (answer.status !== 200) {
      this.lies.push(`job ${withdraw.id} was accepted, and then: ${JSON.stringify(answer)}`);
      withdraw.final = true;
      return;
    }
    const job = answer.data;
    if (withdraw.job && withdraw.final && (job.status !== withdraw.job.status || job.tx_id !== withdraw.job.tx_id))
      this.lies.push(`job ${withdraw.id} was ${withdraw.job.status}, and then ${job.status}`);
    withdraw.job = job;
    withdraw.final = ['completed', 'failed'].includes(job.status);
  }

  /** The answer of a relay drawn by lot; null where there was none. */
  async #somewhere(path, options) {
    const relay = this.#crew.any(this.#draw);
    if (!relay) return null;
    try {
      return await ask(relay, path, options);
    } catch {
      return null; // it was killed, or is stalled
    }
  }
}
