// What every answer carries, and whom a proxy speaks for.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const ORIGIN = 'https://wallet.example';

/** The first answer's status and headers, and all that came. */
function raw(relay, bytes) {
  const { hostname, port } = new URL(relay.http);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const end = () => {
      const [first, ...lines] = text.split('\r\n\r\n')[0].split('\r\n');
      const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(/: ?(.*)/s)));
      socket.destroy();
      resolve({ status: Number(first.split(' ')[1]), headers, text });
    };
    socket.on('data', (data) => {
      text += data;
      if (text.includes('\r\n\r\n')) end();
    });
    socket.on('error', end);
    socket.on('close', end);
  });
}

function assertCarriesAll(answer, status, name) {
  const told = `${name}: ${answer.text}`;
  assert.equal(answer.status, status, told);
  assert.match(answer.headers.date ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d gmt$/, told);
  assert.equal(answer.headers['x-request-id'], 'mine', told);
  assert.equal(answer.headers['cache-control'], 'no-store', told);
  assert.equal(answer.headers['access-control-allow-origin'], ORIGIN, told);
  assert.match(answer.headers['access-control-expose-headers'] ?? '', /retry-after.*x-request-id/, told);
  if ([429, 503].includes(status)) assert.ok(Number(answer.headers['retry-after']) > 0, told);
}

const MINE = `Host: x\r\nOrigin: ${ORIGIN}\r\nX-Request-Id: mine\r\n`;
const json = (body, type = 'application/json') =>
  `POST /withdraw HTTP/1.1\r\n${MINE}Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

test('every answer carries its date, its id and the CORS headers, whoever wrote it', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ RELAY_HTTP_CORS_ORIGINS: ORIGIN, RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' });
  const good = JSON.stringify(makeBody());
  const cases = [
    ['a root', `GET / HTTP/1.1\r\n${MINE}\r\n`, 200],
    ['a health', `GET /health HTTP/1.1\r\n${MINE}\r\n`, 200],
    ['a head', `HEAD / HTTP/1.1\r\n${MINE}\r\n`, 200],
    ['accepted', json(good), 202],
    ['accepted before', json(good, 'Application/JSON; Charset=UTF-8'), 200],
    ['accepted before, a tab', json(good, 'application/json\t;charset=utf-8'), 200],
    ['a preflight', `OPTIONS /withdraw HTTP/1.1\r\n${MINE}Access-Control-Request-Method: POST\r\n\r\n`, 204],
    ['no JSON', json('{'), 400],
    ['a malformed line', `GET / HTTP/1.1\r\n${MINE}no field\r\n\r\n`, 400],
    ['no host', `GET / HTTP/1.1\r\nOrigin: ${ORIGIN}\r\nX-Request-Id: mine\r\n\r\n`, 400],
    ['no route', `GET /nowhere HTTP/1.1\r\n${MINE}\r\n`, 404],
    ['another method', `GET /withdraw HTTP/1.1\r\n${MINE}\r\n`, 405],
    ['a body too slow', `POST /withdraw HTTP/1.1\r\n${MINE}Content-Length: 10\r\n\r\n{`, 408],
    ['a body too large', `POST /withdraw HTTP/1.1\r\n${MINE}Content-Length: 99999\r\n\r\n`, 413],
    ['another type', json(good, 'text/plain'), 415],
    ['an expectation', `GET / HTTP/1.1\r\n${MINE}Expect: more\r\n\r\n`, 417],
    ['a head too large', `GET / HTTP/1.1\r\n${MINE}X: ${'y'.repeat(9_000)}\r\n\r\n`, 431],
    ['a method nobody knows', `BREW / HTTP/1.1\r\n${MINE}\r\n`, 501],
  ];
  const answers = await Promise.all(cases.map(([, bytes]) => raw(relay, bytes)));
  for (const [index, [name, , status]] of cases.entries()) {
    // Of one accepted and twice the same, posted together, any may be the first.
    const expected = name.startsWith('accepted') ? answers[index].status : status;
    assertCarriesAll(answers[index], expected, name);
  }
  const accepted = answers.slice(3, 6).map((answer) => answer.status);
  assert.deepEqual(accepted.sort(), [200, 200, 202]);
  assert.equal(answers[6].headers.allow, 'post, options');
  assert.match(answers[6].headers['access-control-allow-headers'], /content-type/);
  for (const code of ['draining', 'request_timeout', 'rate_limited', 'unsupported_media_type'])
    assert.ok((await relay.metrics()).has('relay_withdraws_refused_total', { code }), code);
});

test('so does what is refused for its number', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({
    RELAY_HTTP_CORS_ORIGINS: ORIGIN,
    RELAY_HTTP_MAX_CONNECTIONS: '2',
    RELAY_RATE_LIMIT: '1',
    RELAY_MAX_BACKLOG: '1',
    RELAY_WORKER_MAX_CONCURRENT_JOBS: '0',
  });
  const { hostname, port } = new URL(relay.http);
  const limited = await until('429', async () => {
    const answer = await raw(relay, json(JSON.stringify(makeBody())));
    return answer.status === 429 && answer;
  });
  assertCarriesAll(limited, 429, 'over the rate');
  const full = await until('503', async () => {
    const answer = await raw(relay, json(JSON.stringify(makeBody())));
    return answer.status === 503 && answer;
  });
  assertCarriesAll(full, 503, 'a backlog that is full');
  // As many as may be, none of them idle.
  const busy = Array.from({ length: 2 }, () => connect(Number(port), hostname));
  t.after(() => busy.forEach((socket) => socket.destroy()));
  await Promise.all(busy.map((socket) => new Promise((resolve) => socket.write('GET / HTTP/1.1\r\n', resolve))));
  const crowded = await until('503', async () => {
    const answer = await raw(relay, `GET / HTTP/1.1\r\n${MINE}\r\n`);
    return answer.status === 503 && answer;
  });
  assertCarriesAll(crowded, 503, 'too many connections');
});

test('a trusted proxy tells whose a request is, and nobody else does', async (t) => {
  const world = await World.start(t);
  const settings = { RELAY_RATE_LIMIT: '1', RELAY_WORKER_MAX_CONCURRENT_JOBS: '0' };
  const post = async (relay, forwarded) =>
    (await fetch(`${relay.http}/withdraw`, { method: 'POST', headers: { 'x-forwarded-for': forwarded, 'content-type': 'application/json' }, body: '{}' })).status;
  /** How many of six posts at once, each for a client of its own, are within the limit. */
  const within = async (relay, clients) => {
    const began = performance.now();
    const statuses = await Promise.all(clients.map((client) => post(relay, client)));
    const passed = statuses.filter((status) => status === 400).length;
    assert.equal(passed + statuses.filter((status) => status === 429).length, clients.length);
    return { passed, most: 1 + Math.ceil((performance.now() - began) / 1000) };
  };
  const clients = Array.from({ length: 6 }, (_, index) => `198.51.100.${index}`);
  const trusting = await world.relay({ ...settings, RELAY_HTTP_TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.0/8' });
  assert.equal((await within(trusting, clients)).passed, 6);
  assert.equal((await within(trusting, clients.map((_, index) => `2001:db8:${index}::1, 10.1.2.3`))).passed, 6);
  const spoofed = await within(trusting, clients.map((client) => `${client}, 203.0.113.9`));
  assert.ok(spoofed.passed <= spoofed.most, 'what stands left of an untrusted address is not believed');
  const one = await within(trusting, clients.map((_, index) => `2001:db8:99:1::${index}`));
  assert.ok(one.passed <= one.most, 'a /64 is one client');
  await trusting.kill();

  const plain = await world.relay(settings);
  const all = await within(plain, clients);
  assert.ok(all.passed <= all.most, 'nobody is trusted');
});

test('a network that is none stops the start by its name', async (t) => {
  const world = await World.start(t);
  const relay = world.launch({ RELAY_HTTP_TRUSTED_PROXIES: '10.0.0.0/8,10.0.0.0/33' });
  const { code } = await relay.exit();
  assert.equal(code, 2);
  assert.match(relay.output, /RELAY_HTTP_TRUSTED_PROXIES: 10\.0\.0\.0\/33 is no network/);
});
