// What a chaos run breaks. Every fault is one of four kinds of thing breaking at a time, and is healed
// before the next of its kind: a relay, a store, the nodes, and what the nodes know of the chain. Drawn
// from seeded random numbers, so that a seed names a sequence.
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { manage } from '../harness/database.mjs';
import { BREAKING, Board, LATENESS } from './node-faults.mjs';

const run = promisify(execFile);

/** Draws from a generator of numbers in [0, 1). */
export function draws(random) {
  const below = (count) => Math.floor(random() * count);
  return {
    below,
    chance: (part) => random() < part,
    between: (least, most) => least + random() * (most - least),
    one: (list) => list[below(list.length)],
    some(list, count) {
      const left = [...list];
      return Array.from({ length: count }, () => left.splice(below(left.length), 1)[0]);
    },
  };
}

// Each fault: {what, kind (where it is not what), ms, heal()}; made when it begins.

const RELAY_FAULTS = [
  async (crew, draw) => {
    const index = draw.below(crew.size);
    const down = draw.between(0, 1500);
    await crew.kill(index, 'SIGKILL');
    return { what: `relay ${index} killed`, ms: down, heal: () => crew.start(index) };
  },
  async (crew, draw) => {
    const index = draw.below(crew.size);
    await crew.kill(index, 'SIGTERM');
    return { what: `relay ${index} ended by SIGTERM`, ms: draw.between(0, 500), heal: () => crew.start(index) };
  },
  async (crew, draw) => {
    const index = draw.below(crew.size);
    crew.signal(index, 'SIGSTOP'); // past its leases: others take its jobs, and then it wakes
    return { what: `relay ${index} stalled`, ms: draw.between(500, 5000), heal: () => crew.signal(index, 'SIGCONT') };
  },
];

const crashed = (name, least, most) => async ({ stores }, draw) => {
  await stores.service(name, 'crash');
  return { what: `${name} crashed`, ms: draw.between(least, most), heal: () => stores.service(name, 'start') };
};

const frozen = (name) => async ({ stores }, draw) => {
  stores.freeze(name);
  return { what: `${name} frozen`, ms: draw.between(500, 3000), heal: () => stores.thaw(name) };
};

const STORE_FAULTS = [
  async ({ world }) => {
    await world.redis.ask('flushall');
    return { what: 'redis flushed', ms: 0, heal: () => {} };
  },
  crashed('redis', 200, 3000),
  frozen('redis'),
  async ({ world }, draw) => {
    await world.redis.ask('replicaof', '127.0.0.1', '1');
    return { what: 'redis read-only', ms: draw.between(500, 3000), heal: () => world.redis.ask('replicaof', 'no', 'one') };
  },
  async ({ world }, draw) => {
    await world.redis.ask('config', 'set', 'maxmemory-policy', 'allkeys-random');
    await world.redis.ask('config', 'set', 'maxmemory', '1');
    const heal = async () => {
      await world.redis.ask('config', 'set', 'maxmemory', '0');
      await world.redis.ask('config', 'set', 'maxmemory-policy', 'noeviction');
    };
    return { what: 'redis evicting', ms: draw.between(500, 2000), heal };
  },
  async ({ world }) => {
    await manage(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${world.name}'`);
    return { what: 'postgres connections cut', ms: 0, heal: () => {} };
  },
  crashed('postgres', 0, 2000),
  frozen('postgres'),
  async ({ world, role }, draw) => {
    await manage(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
    await manage(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
    const heal = () => manage(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
    return { what: 'postgres out of connections', ms: draw.between(500, 2500), heal };
  },
];

/** Lines of faults, each begun, left and healed one after another until stop(). */
export class Mischief {
  faults = [];
  #ended = false;
  #lines = [];

  constructor(targets, makeDraws, tell) {
    const board = new Board(targets.world.network);
    const line = (faults, target, draw, rest) => this.#line(faults, target, draw, rest, tell);
    this.#lines = [
      line(RELAY_FAULTS, targets.crew, makeDraws(1), 1500),
      line(STORE_FAULTS, targets, makeDraws(2), 3000),
      line(BREAKING, { ...targets, board }, makeDraws(3), 2500),
      line(LATENESS, { ...targets, board }, makeDraws(4), 2500),
    ];
  }

  async #line(faults, target, draw, rest, tell) {
    await pause(draw.between(0, rest));
    while (!this.#ended) {
      const fault = await draw.one(faults)(target, draw);
      const record = { what: fault.what, kind: fault.kind ?? fault.what, at: Date.now(), healed: null };
      this.faults.push(record);
      tell(fault.what);
      await pause(fault.ms);
      await fault.heal();
      record.healed = Date.now();
      await pause(draw.between(rest / 4, rest));
    }
  }

  /** Returns when all is healed. */
  async stop() {
    this.#ended = true;
    await Promise.all(this.#lines);
  }
}

/** The servers of the run's own stack, by the pids they wrote there. */
export class Stores {
  #stack;
  #home;
  #script = new URL('../stack/service.sh', import.meta.url).pathname;

  constructor(stack) {
    this.#stack = stack;
    this.#home = readFileSync(join(stack, 'home'), 'utf8').trim();
  }

  async service(name, word) {
    await run(this.#script, [this.#stack, name, word]);
  }

  freeze(name) {
    for (const pid of this.#processes(name)) process.kill(pid, 'SIGSTOP');
  }

  thaw(name) {
    for (const pid of this.#processes(name)) process.kill(pid, 'SIGCONT');
  }

  /** The server and its children: Postgres has one a connection. */
  #processes(name) {
    const file = name === 'redis' ? 'redis/redis.pid' : 'postgres/postmaster.pid';
    const server = Number(readFileSync(join(this.#home, file), 'utf8').split('\n')[0]);
    const children = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && parentOf(entry) === server);
    return [server, ...children.map(Number)];
  }
}

function parentOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[1]);
  } catch {
    return null; // it has just ended
  }
}
