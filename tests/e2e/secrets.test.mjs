// No password and no access key in anything that relayd says: of URLs with a slip of the pen in them, and of servers
// that quote what they were sent.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { required } from '../harness/environment.mjs';
import { Relay } from '../harness/relay.mjs';
import { until } from '../harness/waiting.mjs';
import { World } from '../harness/world.mjs';

const MARK = 'Zq7Xw9Kv';
/** How many slips a setting and command; more by hand: RELAY_TEST_SLIPS=1000. */
const SLIPS = Number(process.env.RELAY_TEST_SLIPS ?? 12);
const AT_ONCE = 4;
const quick = { RELAY_SOLANA_RPC_TIMEOUT: '300ms', RELAY_SHUTDOWN_TIMEOUT: '100ms', RELAY_LOG_LEVEL: 'debug' };

/** A generator of numbers below 1, the same for the same seed. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** One letter beside the mark is dropped, doubled, changed, or has another put before it. */
function withSlip(text, seed) {
  const random = numbers(seed + 1);
  random();
  const below = (limit) => Math.floor(random() * limit);
  const letters = '@:/?#%&=,;[]\\\'" +.-_aA0';
  const begin = text.indexOf(MARK);
  let at = below(text.length - MARK.length + 1);
  if (at > begin) at += MARK.length;
  const letter = letters[below(letters.length)];
  const kind = at === text.length || at === begin ? 3 : below(4);
  const replaced = ['', text[at] + text[at], letter, letter + (text[at] ?? '')][kind];
  return text.slice(0, at) + replaced + text.slice(kind === 3 && at === text.length ? at : at + 1);
}

/** The same URL with a login that has the mark for a password. */
const withLogin = (url, user = 'relay') => url.replace(/\/\/([^@/]*@)?/, `//${user}:${MARK}@`);

/** What relayd says on both outputs, and to who asks it, until it ends. */
async function everythingSaid(command, settings) {
  const relay = new Relay(required('RELAY_TEST_RELAYD'), settings, { words: [command] });
  if (command !== 'serve') {
    await relay.exit();
    return relay.output;
  }
  let told = '';
  await relay.ready().catch(() => {});
  if (!relay.ended && relay.admin) {
    for (const url of [`${relay.http}/health`, `${relay.http}/`, `${relay.admin}/health/ready`, `${relay.admin}/metrics`])
      told += await fetch(url).then((answer) => answer.text());
  }
  relay.signal('SIGTERM');
  const kill = setTimeout(() => relay.signal('SIGKILL'), 10_000);
  await relay.exit();
  clearTimeout(kill);
  return relay.output + told;
}

for (const command of ['migrate', 'check', 'serve'])
  test(`relayd ${command} tells no password of a URL with a slip of the pen in it`, { timeout: 200_000 }, async (t) => {
    const world = await World.start(t);
    const good = { ...world.settings(), ...quick };
    const kinds = ['RELAY_DATABASE_URL', ...(command === 'migrate' ? [] : ['RELAY_REDIS_URL', 'RELAY_SOLANA_RPC_URLS'])];
    const slips = kinds.flatMap((name) =>
      Array.from({ length: SLIPS }, (_, seed) => [name, withSlip(withLogin(good[name]), seed)]),
    );
    const work = async () => {
      for (let slip = slips.pop(); slip; slip = slips.pop()) {
        const [name, url] = slip;
        const said = await everythingSaid(command, { ...good, [name]: url });
        assert.ok(!said.includes(MARK), `${name}=${url}\n${said}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  });

/** A node that refuses every call, and quotes all of it. */
async function quotingNode(t) {
  const server = createServer((request, response) => {
    const head = `${request.url} ${JSON.stringify(request.headers)}`;
    request.resume().once('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32_600, message: `who is ${head}?` } }));
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return `127.0.0.1:${server.address().port}`;
}

/** A server that knows no command, as Redis says it. */
async function quotingRedis(t) {
  const sockets = new Set();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      const words = bytes.toString().split('\r\n').filter((word) => word && !/^[*$]/.test(word));
      socket.write(`-ERR unknown command '${words[0]}', with args beginning with: ${words.slice(1).join(' ')}\r\n`);
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `redis://relay:${MARK}@127.0.0.1:${server.address().port}/0`;
}

test('servers that quote what they were sent have it quoted no further', async (t) => {
  const world = await World.start(t);
  const node = await quotingNode(t);
  const base64 = Buffer.from(`relay:${MARK}`).toString('base64');
  const settings = {
    ...world.settings(),
    ...quick,
    RELAY_REDIS_URL: await quotingRedis(t),
    RELAY_SOLANA_RPC_URLS: `http://relay:${MARK}@${node}/v2/${MARK}?key=${MARK}`,
  };
  const relay = await world.relay(settings);
  await until('both are met', () => /event=schedule_away/.test(relay.output) && /who is \(hidden\)/.test(relay.output));
  const said = (await everythingSaid('check', settings)) + (await everythingSaid('serve', settings)) + relay.output;
  assert.match(said, /unknown command 'AUTH'/);
  assert.ok(!said.includes(MARK) && !said.includes(base64), said);
});

test('a token that stands where the path of its file belongs is not told', async () => {
  for (const name of ['RELAY_ADMIN_TOKEN_FILE', 'RELAY_DATABASE_URL_FILE', 'RELAY_REDIS_URL_FILE']) {
    const { code, output } = await World.command(['check'], { [name]: `postgresql://relay:${MARK}@h/d` });
    assert.equal(code, 2);
    assert.ok(output.includes(name) && !output.includes(MARK), output);
  }
});
