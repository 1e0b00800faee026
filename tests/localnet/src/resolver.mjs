// A DNS server on a loopback address of its own, and a way to run a command that asks it and no
// other: for tests of what a resolver can do to a relay. It answers some names with the addresses
// they are given, never answers others, and knows nothing of the rest (NXDOMAIN).
//
//   const resolver = await Resolver.start({ names: { 'node.test': ['127.0.0.1'] }, silent: ['hang.test'] });
//   spawn(...resolver.command(['relayd', 'serve']));   // [file, arguments]
//   resolver.set('node.test', null);                   // from now on it hangs
//   await resolver.stop();
//
// /etc/resolv.conf cannot name a port: it takes root, or the right to bind port 53. The command runs
// in a mount namespace of its own, in which that file is another; its process id stays the one spawned.
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PORT = 53;
const A = 1;
const AAAA = 28;
const NO_SUCH_NAME = 3;
const TTL_SECONDS = 1;
const HEADER_SIZE = 12;

const MOUNT_AND_RUN =
  'mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/nsswitch.conf && shift 2 && exec "$@"';

/** @returns {{name: string, type: number, bytes: Buffer} | null} the query's one question */
function questionOf(query) {
  const labels = [];
  let at = HEADER_SIZE;
  while (at < query.length && query[at] !== 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    at += 1 + query[at];
  }
  const end = at + 5; // the empty label, type and class
  if (query.length < end || query.readUInt16BE(4) !== 1) return null;
  return {
    name: labels.join('.').toLowerCase(),
    type: query.readUInt16BE(at + 1),
    bytes: query.subarray(HEADER_SIZE, end),
  };
}

function bytesOf(address) {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head, tail] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const groups = tail
    ? [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail]
    : head;
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function recordOf(address, type) {
  const data = bytesOf(address);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc000 | HEADER_SIZE, 0); // the question's name
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(TTL_SECONDS, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** @param {string[] | undefined} addresses undefined where there is no such name */
function answerTo(query, question, addresses) {
  const isOfType = { [A]: isIPv4, [AAAA]: isIPv6 }[question.type] ?? (() => false);
  const records = (addresses ?? []).filter(isOfType).map((one) => recordOf(one, question.type));
  const header = Buffer.alloc(HEADER_SIZE);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (addresses ? 0 : NO_SUCH_NAME), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question.bytes, ...records]);
}

function bind(address) {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(PORT, address, () => resolve(socket));
  });
}

/** On the first of the addresses 127.53.0.1 to 127.53.0.254 that is free. */
async function bindSomewhere() {
  for (let last = 1; last < 255; last++) {
    try {
      return await bind(`127.53.0.${last}`);
    } catch (error) {
      if (error.code === 'EACCES')
        throw new Error('a resolver needs root, or the right to bind port 53');
      if (error.code !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error('every address for a resolver is taken');
}

export class Resolver {
  /** What was asked, in order: {name, type}. */
  questions = [];
  #socket;
  #names;
  #directory;

  /**
   * @param {{names?: Record<string, string[]>, silent?: string[], options?: string}} settings
   * `options`: those of resolv.conf, such as 'timeout:1 attempts:1'; glibc's own are 5 s and twice
   */
  static async start({ names = {}, silent = [], options } = {}) {
    const resolver = new Resolver();
    resolver.#names = new Map(Object.entries(names));
    for (const name of silent) resolver.set(name, null);
    resolver.#socket = await bindSomewhere();
    resolver.#socket.on('message', (query, from) => resolver.#answer(query, from));
    resolver.address = resolver.#socket.address().address;
    resolver.#directory = mkdtempSync(join(tmpdir(), 'localnet-resolver-'));
    const lines = [`nameserver ${resolver.address}`, 'search .'];
    if (options) lines.push(`options ${options}`);
    writeFileSync(resolver.#file('resolv.conf'), `${lines.join('\n')}\n`);
    writeFileSync(
      resolver.#file('nsswitch.conf'),
      'passwd: files\ngroup: files\nhosts: files dns\n',
    );
    return resolver;
  }

  #file(name) {
    return join(this.#directory, name);
  }

  /**
   * Addresses in the order in which they are told; null: asked for this name, it says nothing. The C
   * library sorts what it is told by nearness: 127.0.0.1 comes before every other loopback address,
   * while 127.0.0.2 and 127.0.0.3 stay in the order given here.
   */
  set(name, addresses) {
    this.#names.set(name.toLowerCase(), addresses);
  }

  /** What to put before a command's own words, so that it asks this resolver. */
  get prefix() {
    const files = [this.#file('resolv.conf'), this.#file('nsswitch.conf')];
    const asRoot = process.getuid() === 0 ? [] : ['--map-root-user'];
    return ['unshare', '--mount', ...asRoot, 'sh', '-c', MOUNT_AND_RUN, 'sh', ...files];
  }

  /** File and arguments, as spawn takes them. */
  command(words) {
    const [file, ...rest] = [...this.prefix, ...words];
    return [file, rest];
  }

  #answer(query, from) {
    const question = questionOf(query);
    if (!question) return;
    const { name, type } = question;
    this.questions.push({ name, type });
    const addresses = this.#names.get(name);
    if (addresses !== null)
      this.#socket.send(answerTo(query, question, addresses), from.port, from.address);
  }

  async stop() {
    await new Promise((resolve) => this.#socket.close(resolve));
    rmSync(this.#directory, { recursive: true });
  }
}

/** Runs `use` with a resolver, which is stopped whatever happens. */
export async function withResolver(settings, use) {
  const resolver = await Resolver.start(settings);
  try {
    return await use(resolver);
  } finally {
    await resolver.stop();
  }
}
