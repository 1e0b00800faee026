// The public listener from a raw socket: how each message is read, bounded and answered.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { residentMib } from '../harness/processes.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const ORIGIN = 'https://wallet.example';

/** Writes the bytes, or lets `write(socket)` do it; all that comes back until the relay closes. */
function raw(relay, bytes, { base = relay.http, write = (socket) => socket.write(bytes) } = {}) {
  const { hostname, port } = new URL(base);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => write(socket));
    socket.on('data', (data) => (text += data));
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
}

/** The answers in what came back, of which `heads` are to HEAD. */
function answers(text, heads = []) {
  const found = [];
  while (text) {
    const end = text.indexOf('\r\n\r\n');
    assert.ok(end > 0, `no head: ${text}`);
    const [first, ...lines] = text.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(/: ?(.*)/s)));
    const status = Number(first.split(' ')[1]);
    const length = heads.includes(found.length) ? 0 : Number(headers['content-length'] ?? 0);
    const body = text.slice(end + 4, end + 4 + length);
    found.push({ status, headers, body, first });
    text = text.slice(end + 4 + length);
  }
  return found;
}

const closing = 'Connection: close\r\n\r\n';

function assertAnswer(answer, status, code) {
  assert.equal(answer?.status, status, JSON.stringify(answer));
  assert.match(answer.headers.date, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d gmt$/);
  assert.match(answer.headers['x-request-id'], /^[!-~]{1,128}$/);
  assert.equal(answer.headers['cache-control'], 'no-store');
  if (code) {
    const { success, data, error } = JSON.parse(answer.body);
    assert.deepEqual([success, data, error.code], [false, null, code]);
  }
}

test('requests that HTTP refuses are refused in the envelope, and closed', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay({ RELAY_HTTP_CORS_ORIGINS: ORIGIN });
  const post = (lines, body = '') => `POST /withdraw HTTP/1.1\r\nHost: x\r\n${lines}\r\n${body}`;
  const cases = [
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400, 'invalid_http'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400, 'invalid_http'],
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400, 'invalid_http'],
    ['folded', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n', 400, 'invalid_http'],
    ['bare CR', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n', 400, 'invalid_http'],
    ['NUL', 'GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n', 400, 'invalid_http'],
    ['space before a colon', 'GET / HTTP/1.1\r\nHost : x\r\n\r\n', 400, 'invalid_http'],
    ['bare LF', 'GET / HTTP/1.1\nHost: x\n\n', 400, 'invalid_http'],
    ['no version', 'GET /\r\n\r\n', 400, 'invalid_http'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'http_version_not_supported'],
    ['HTTP/3.0', 'GET / HTTP/3.0\r\nHost: x\r\n\r\n', 505, 'http_version_not_supported'],
    ['a method of nobody', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'not_implemented'],
    ['CONNECT', 'CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'not_implemented'],
    ['* but no OPTIONS', 'GET * HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'invalid_http'],
    ['two lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n', '{}'), 400, 'invalid_http'],
    ['length and coding', post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '{}'), 400, 'invalid_http'],
    ['negative length', post('Content-Length: -1\r\n'), 400, 'invalid_http'],
    ['unknown coding', post('Transfer-Encoding: gzip\r\n'), 501, 'not_implemented'],
    ['stacked coding', post('Transfer-Encoding: gzip, chunked\r\n'), 501, 'not_implemented'],
    ['coding twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'), 501, 'not_implemented'],
    ['chunk of no size', post('Transfer-Encoding: chunked\r\n', 'x\r\n'), 400, 'invalid_http'],
    ['expectation', post('Expect: 200-ok\r\nContent-Length: 2\r\n'), 417, 'expectation_failed'],
    ['long body', post('Expect: 100-continue\r\nContent-Length: 16385\r\n'), 413, 'body_too_large'],
    ['very long body', post('Content-Length: 18446744073709551617\r\n'), 413, 'body_too_large'],
    ['long head', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(10_000)}`, 431, 'headers_too_large'],
  ];
  for (const [what, bytes, status, code] of cases) {
    const marked = bytes.replace('\r\n', `\r\nOrigin: ${ORIGIN}\r\nX-Request-Id: mine-7\r\n`);
    const [answer, ...others] = answers(await raw(relay, bytes));
    assertAnswer(answer, status, code);
    assert.equal(others.length, 0, what);
    assert.equal(answer.headers.connection, 'close', what);
    if (bytes.includes('\r\nHost: x')) {
      const [own] = answers(await raw(relay, marked));
      assertAnswer(own, status, code);
      assert.equal(own.headers['x-request-id'], 'mine-7', what);
      assert.equal(own.headers['access-control-allow-origin'], ORIGIN, what);
      assert.equal(own.headers['access-control-expose-headers'], 'retry-after, x-request-id', what);
    }
  }
});

test('a POST that names no length has an empty body', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const [refused] = answers(await raw(relay, `POST /withdraw HTTP/1.1\r\nHost: x\r\n${closing}`));
  assertAnswer(refused, 400, 'invalid_json');
  const pausing = `POST /admin/worker/pause HTTP/1.1\r\nHost: 127.0.0.1\r\n${closing}`;
  const [paused] = answers(await raw(relay, pausing, { base: relay.admin }));
  assertAnswer(paused, 200);
});

test('what HTTP offers is answered as it says', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const one = async (bytes) => answers(await raw(relay, bytes))[0];
  assertAnswer(await one(`GET http://elsewhere/health HTTP/1.1\r\nHost: x\r\n${closing}`), 200);
  assertAnswer(await one(`GET /nowhere HTTP/1.1\r\nHost: x\r\n${closing}`), 404, 'not_found');
  assertAnswer(await one(`PATCH / HTTP/1.1\r\nHost: x\r\n${closing}`), 405, 'method_not_allowed');
  const all = await one(`OPTIONS * HTTP/1.1\r\nHost: x\r\n${closing}`);
  assertAnswer(all, 204);
  assert.equal(all.headers.allow, 'get, head, post, options');

  assert.equal((await one('GET /fee?amount=1000000000 HTTP/1.0\r\n\r\n')).headers.connection, 'close');
  const kept = answers(
    await raw(relay, 'GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /health HTTP/1.0\r\n\r\n'),
  );
  assert.deepEqual(kept.map((answer) => answer.headers.connection), ['keep-alive', 'close']);

  const [head, next] = answers(
    await raw(relay, `HEAD /health HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: x\r\n${closing}`),
    [0],
  );
  assert.deepEqual([head.status, next.status], [200, 404]);
  assert.ok(Number(head.headers['content-length']) > 100);

  const pipelined = [1, 2, 3, 4, 5].map(
    (n) => `GET /fee?amount=${n}000000000 HTTP/1.1\r\nHost: x\r\n${n === 5 ? closing : '\r\n'}`,
  );
  const fees = answers(await raw(relay, pipelined.join('')));
  assert.deepEqual(fees.map((answer) => JSON.parse(answer.body).data.amount), [1, 2, 3, 4, 5].map((n) => n * 1e9));

  // What stands behind the last request is nobody's, and loses no answer.
  const rest = 'x'.repeat(200_000);
  assertAnswer(await one(`GET /health HTTP/1.1\r\nHost: x\r\n${closing}${rest}`), 200);

  const ids = [];
  for (const id of ['', 'X-Request-Id: a b\r\n', `X-Request-Id: ${'x'.repeat(129)}\r\n`, 'X-Request-Id: \xff\r\n']) {
    const answer = await one(`GET /health HTTP/1.1\r\nHost: x\r\n${id}${closing}`);
    assertAnswer(answer, 200);
    ids.push(answer.headers['x-request-id']);
  }
  assert.equal(new Set(ids).size, 4);
});

test('a body waits for 100 Continue, and chunks of every size make one', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const body = JSON.stringify(makeBody());
  const head = 'POST /withdraw HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const text = await raw(relay, '', {
    write: (socket) => {
      socket.write(`${head}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n${closing}`);
      socket.once('data', (data) => {
        assert.equal(data.toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
        socket.write(body);
      });
    },
  });
  const [interim, accepted] = answers(text);
  assert.deepEqual([interim.status, accepted.status], [100, 202]);

  const chunked = `${head}Transfer-Encoding: chunked\r\n${closing}`;
  const tiny = [...body].map((letter) => `1;x=y\r\n${letter}\r\n`).join('');
  assertAnswer(answers(await raw(relay, `${chunked}${tiny}0\r\nT: x\r\n\r\n`))[0], 200);
});

test('an endless message is given up within its bounds, on both listeners', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const resident = () => residentMib(relay.pid);
  const before = resident();
  const chunked = 'POST /withdraw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
  const endless = [
    ['extension', `${chunked}1;`, 'x'.repeat(65_536), 413],
    ['trailers', `${chunked}0\r\n`, 'T: x\r\n'.repeat(10_000), 413],
    ['one trailer', `${chunked}0\r\nT:`, 'x'.repeat(65_536), 413],
    ['size', chunked, '0'.repeat(65_536), 413],
    ['tiny chunks', chunked, '1\r\nx\r\n'.repeat(10_000), 413],
    ['chunks', chunked, `1000\r\n${'x'.repeat(4096)}\r\n`.repeat(16), 413],
    ['header', 'GET / HTTP/1.1\r\nX: ', 'x'.repeat(65_536), 431],
    ['headers', 'GET / HTTP/1.1\r\n', 'X: y\r\n'.repeat(10_000), 431],
    ['target', 'GET /', 'x'.repeat(65_536), 431],
  ];
  for (const base of [relay.http, relay.admin]) {
    for (const [what, start, more, status] of endless) {
      const began = Date.now();
      let sent = 0;
      const text = await raw(relay, '', {
        base,
        write: async (socket) => {
          let answered = false;
          socket.once('data', () => (answered = true));
          socket.write(start);
          while (!answered && !socket.destroyed && sent < 64_000_000) {
            sent += more.length;
            if (!socket.write(more)) {
              await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), pause(100)]);
            }
          }
          socket.end();
        },
      });
      assertAnswer(answers(text)[0], status);
      assert.ok(Date.now() - began < 3_000, `${what}: ${Date.now() - began} ms`);
      assert.ok(sent < 16_000_000, `${what}: ${sent}`);
    }
  }
  assert.ok(resident() - before < 20, `${before} -> ${resident()} MiB`);
});

test('a request that drips is answered 408 as a whole', async (t) => {
  const world = await World.start(t);
  const relay = await world.relay();
  const began = Date.now();
  const drips = [
    'GET / HTTP/1.1\r\nHost: x\r\nX: ',
    'POST /withdraw HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n',
    'POST /withdraw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;',
  ].map((start) =>
    raw(relay, '', {
      write: (socket) => {
        socket.write(start);
        const timer = setInterval(() => socket.write('x'), 250);
        socket.on('close', () => clearInterval(timer));
      },
    }),
  );
  for (const text of await Promise.all(drips)) assertAnswer(answers(text)[0], 408, 'request_timeout');
  assert.ok(Date.now() - began < 13_000);
});
