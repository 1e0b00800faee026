// Programs that run beside the tests, and what the system says of a process.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** A program and what it says, which is also shown where `shown`. It has the given environment and no other. */
export class Program {
  output = '';
  ended = false;
  #exit;

  constructor(path, words, { environment = process.env, shown = false } = {}) {
    this.process = spawn(path, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (text) => (this.output += text));
      if (shown) stream.pipe(process.stderr, { end: false });
    }
    this.#exit = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', (code, signal) => {
        this.ended = true;
        resolve({ code, signal });
      });
    });
    this.#exit.catch(() => {}); // whoever asks for it is told
  }

  get pid() {
    return this.process.pid;
  }

  /** {code, signal} when it has ended. */
  exit() {
    return this.#exit;
  }

  signal(name) {
    this.process.kill(name);
  }

  async kill(signal = 'SIGKILL') {
    if (!this.ended) this.signal(signal);
    return this.#exit;
  }
}

/** As proc(5) numbers them, from the third on: state, parent, ... */
export function statusOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** How /proc counts time, whatever the kernel's own clock does. */
const TICKS_A_SECOND = 100;
const secondsOf = (pid, first) => {
  const [user, system] = statusOf(pid).slice(first, first + 2).map(Number);
  return (user + system) / TICKS_A_SECOND;
};

/** User and system time of a process since its start, in seconds; and that of its children that have ended. */
export const cpuSecondsOf = (pid) => secondsOf(pid, 11);
export const endedCpuSecondsOf = (pid) => secondsOf(pid, 13);

const memoryOf = (pid, field) =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/** Resident memory in MiB, now and at its highest. */
export const residentMib = (pid) => memoryOf(pid, 'VmRSS');
export const peakMib = (pid) => memoryOf(pid, 'VmHWM');

/** The TCP ports over IPv4 that a process listens on. */
export function listeningPorts(pid) {
  const LISTEN = '0A';
  const files = readdirSync(`/proc/${pid}/fd`).map((file) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${file}`);
    } catch {
      return null; // it was just closed
    }
  });
  const sockets = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  return sockets
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && files.includes(`socket:[${fields[9]}]`))
    .map((fields) => Number.parseInt(fields[1].split(':')[1], 16));
}
