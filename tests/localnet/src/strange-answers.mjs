// What a faulty node, or what stands before it, sends in place of its answer.
import { STATUS_CODES } from 'node:http';
import { refuseAll } from './rpc.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT_TYPE = { 'content-type': 'text/plain' };

function page(status) {
  const title = status === 520 ? 'Web server is returning an unknown error' : 'Access denied';
  return (
    `<!DOCTYPE html>\n<html lang="en-US">\n<head><title>${title} | ${status}</title></head>\n` +
    `<body><h1>Error ${status}</h1><p>${title}. {"jsonrpc": "not this"}</p></body>\n</html>\n`
  );
}

/** Writes what `next` gives for as long as the other side reads; null ends it. */
function pour(writable, next, end = () => {}) {
  const more = () => {
    while (!writable.destroyed) {
      const bytes = next();
      if (bytes === null) return end();
      if (!writable.write(bytes)) return;
    }
  };
  writable.on('drain', more);
  more();
}

function streamHugeBody(response, bytes) {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  response.writeHead(200, JSON_TYPE);
  response.write('{"jsonrpc":"2.0","id":1,"result":"');
  let left = bytes;
  const next = () => {
    if (left <= 0) return null;
    left -= chunk.length;
    return chunk;
  };
  pour(response, next, () => response.end('"}'));
}

/** Past the HTTP server, which would not write such a thing. */
function streamWithoutEnd(response, start, next) {
  const { socket } = response;
  if (!socket) return; // the client has gone
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${start}`,
  );
  pour(socket, next);
}

const idOf = (parsed) => JSON.stringify(parsed?.requests[0]?.id ?? null);

function nested(parsed, { depth = 60_000, where = 'message' }) {
  const brackets = '['.repeat(depth) + ']'.repeat(depth);
  const rest =
    where === 'result' ? `"result":${brackets}` : `"error":{"code":-32000,"message":${brackets}}`;
  return `{"jsonrpc":"2.0","id":${idOf(parsed)},${rest}}`;
}

// Each returns once it has done its part.
const KINDS = {
  hang: () => {},
  http500: (response) => response.writeHead(500, TEXT_TYPE).end('Internal Server Error\n'),
  http429: (response, { seconds = 1, retryAfter = seconds, body = 'Too Many Requests\n' }) => {
    const when = retryAfter === null ? {} : { 'retry-after': String(retryAfter) };
    response.writeHead(429, { ...TEXT_TYPE, ...when }).end(body);
  },
  html: (response, { status = 403 }) =>
    response.writeHead(status, { 'content-type': 'text/html; charset=UTF-8' }).end(page(status)),
  bare_error: (
    response,
    { code = -32007, status = 200, message = `${code}: request limit reached` },
  ) => response.writeHead(status, JSON_TYPE).end(JSON.stringify({ code, message })),
  garbage: (response) =>
    response.writeHead(200, JSON_TYPE).end('<html>this is not JSON {"jsonrpc":'),
  huge_body: (response, { bytes = 100_000_000 }) => streamHugeBody(response, bytes),
  deep_json: (response, settings, parsed) =>
    response.writeHead(200, JSON_TYPE).end(nested(parsed, settings)),
  endless_chunks: (response) => {
    const more = 'x'.repeat(4096);
    streamWithoutEnd(response, '2;name=', () => more);
  },
  endless_trailers: (response) => {
    let count = 0;
    const next = () => `x-trailer-${count++}: ${'x'.repeat(1024)}\r\n`;
    streamWithoutEnd(response, '2\r\n{}\r\n0\r\n', next);
  },
  behind: (response, { slots = 500 }, parsed) => {
    const error = {
      code: -32005,
      message: `Node is behind by ${slots} slots`,
      data: { numSlotsBehind: slots },
    };
    response.writeHead(200, JSON_TYPE).end(refuseAll(parsed, error));
  },
};

/** Plays a fault on the request; true where that was its answer. */
export async function playFault(faults, methods, parsed, response) {
  const slow = faults.take('slow', ...methods);
  if (slow) await new Promise((resolve) => setTimeout(resolve, slow.ms ?? 1000));
  for (const [kind, play] of Object.entries(KINDS)) {
    const fault = faults.take(kind, ...methods);
    if (!fault) continue;
    play(response, fault, parsed);
    return true;
  }
  return false;
}

/** Refuses a websocket as a balancer does that knows none. */
export function refuseUpgrade(socket, { status = 404 }) {
  const text = page(status);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: text/html\r\ncontent-length: ${text.length}\r\n` +
      `connection: close\r\n\r\n${text}`,
  );
}

const INFORMATION = { 100: 'Continue', 102: 'Processing', 103: 'Early Hints' };

function sendInformation(response, { count = 1, status = 103 }) {
  const hint = status === 103 ? 'link: </style.css>; rel=preload; as=style\r\n' : '';
  const one = `HTTP/1.1 ${status} ${INFORMATION[status] ?? 'Information'}\r\n${hint}\r\n`;
  response.socket.write(one.repeat(count));
}

function sendSlowly(response, bytes, ms) {
  response.writeHead(200, { ...JSON_TYPE, 'content-length': bytes.length });
  response.flushHeaders();
  let at = 0;
  const timer = setInterval(() => {
    if (at >= bytes.length || response.destroyed) {
      clearInterval(timer);
      response.end();
    } else response.write(bytes.subarray(at, ++at));
  }, ms);
}

/** Sends the node's own answer, in the way its faults have it. */
export function sendAnswer(faults, methods, text, response) {
  if (faults.take('lose_answer', ...methods)) return response.destroy();
  if (response.destroyed) return undefined;
  const information = faults.take('informational', ...methods);
  if (information) sendInformation(response, information);
  const slowly = faults.take('slow_bytes', ...methods);
  if (slowly) return sendSlowly(response, Buffer.from(text), slowly.ms ?? 50);
  return response.writeHead(200, JSON_TYPE).end(text);
}
