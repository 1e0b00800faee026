// The relays of a chaos run, each in its place: started, killed, stalled and started again.
import { setTimeout as pause } from 'node:timers/promises';
import { required } from '../harness/environment.mjs';
import { Relay } from '../harness/relay.mjs';

const END_MS = 20_000;

export class Crew {
  kills = 0;
  /** Those that did not end when they were told to. */
  hangs = [];
  logs = [];
  #relays;
  #settings;

  constructor(size, settings) {
    this.#relays = Array.from({ length: size }, () => null);
    this.#settings = settings;
  }

  get size() {
    return this.#relays.length;
  }

  /** Starts it, again and again where what it needs is away. */
  async start(index) {
    for (;;) {
      const relay = new Relay(required('RELAY_TEST_RELAYD'), this.#settings);
      try {
        await relay.ready();
        this.#relays[index] = relay;
        return;
      } catch {
        await relay.kill();
        this.#keepLog(index, relay);
      }
    }
  }

  async kill(index, signal) {
    const relay = this.#relays[index];
    this.#relays[index] = null;
    this.kills += 1;
    const ended = await Promise.race([relay.kill(signal), pause(END_MS, null, { ref: false })]);
    if (!ended) {
      this.hangs.push(`relay ${index} did not end within ${END_MS} ms of ${signal}`);
      await relay.kill('SIGKILL');
    }
    this.#keepLog(index, relay);
  }

  signal(index, signal) {
    this.#relays[index].signal(signal);
  }

  /** One that serves now, or none. */
  any(draw) {
    const serving = this.#relays.filter((relay) => relay && !relay.ended);
    return serving.length > 0 ? draw.one(serving) : null;
  }

  async stop() {
    for (const index of this.#relays.keys()) if (this.#relays[index]) await this.kill(index, 'SIGTERM');
  }

  #keepLog(index, relay) {
    this.logs.push(`=== relay ${index}, pid ${relay.pid}\n${relay.output}`);
  }
}
