// The server's half of RFC 6455: the handshake on an HTTP upgrade, and text messages on the socket.
//
// No extensions, no subprotocols. What breaks the protocol, or is longer than a message may be, closes
// the connection with the code that the RFC has for it.
import { createHash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MAX_MESSAGE = 64 * 1024;
const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };
const CLOSE = { protocol: 1002, unsupported: 1003, tooBig: 1009 };

class ProtocolError extends Error {
  constructor(code) {
    super(`websocket closed with ${code}`);
    this.code = code;
  }
}

/** The answer to a good upgrade; null where the request asks for none. */
export function acceptUpgrade({ method, headers }) {
  const key = headers['sec-websocket-key'];
  const isAsked = method === 'GET' && /^websocket$/i.test(headers.upgrade ?? '');
  if (!isAsked || headers['sec-websocket-version'] !== '13' || !key) return null;
  const accept = createHash('sha1').update(key + GUID).digest('base64');
  return (
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n' +
    `sec-websocket-accept: ${accept}\r\n\r\n`
  );
}

function frame(opcode, payload) {
  const { length } = payload;
  let head = Buffer.from([0x80 | opcode, length]);
  if (length > 0xffff) {
    head = Buffer.alloc(10);
    head.set([0x80 | opcode, 127]);
    head.writeBigUInt64BE(BigInt(length), 2);
  } else if (length > 125) {
    head = Buffer.from([0x80 | opcode, 126, length >> 8, length & 0xff]);
  }
  return Buffer.concat([head, payload]);
}

/** The first frame in the bytes, with the size it has there; null where it is not whole yet. */
function readFrame(bytes) {
  if (bytes.length < 2) return null;
  const opcode = bytes[0] & 0x0f;
  const isFinal = (bytes[0] & 0x80) !== 0;
  const short = bytes[1] & 0x7f;
  if (bytes[0] & 0x70 || !(bytes[1] & 0x80)) throw new ProtocolError(CLOSE.protocol);
  const isControl = opcode >= OPCODE.close;
  if (isControl && (short > 125 || !isFinal)) throw new ProtocolError(CLOSE.protocol);
  const at = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < at) return null;
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (length > MAX_MESSAGE) throw new ProtocolError(CLOSE.tooBig);
  const size = at + 4 + length;
  if (bytes.length < size) return null;
  const mask = bytes.subarray(at, at + 4);
  const payload = Buffer.from(bytes.subarray(at + 4, size));
  for (let i = 0; i < length; i++) payload[i] ^= mask[i % 4];
  return { opcode, isFinal, payload, size };
}

export class WebSocket {
  #socket;
  #bytes = Buffer.alloc(0);
  #parts = null; // of a message that came in several frames
  #onText;

  /** On a socket whose upgrade was accepted. */
  constructor(socket) {
    this.#socket = socket;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
  }

  /** From now on `onText` gets each message; `head` are bytes that came with the request. */
  listen(head, onText) {
    this.#onText = onText;
    this.#socket.on('data', (bytes) => this.#read(Buffer.concat([this.#bytes, bytes])));
    this.#read(head);
  }

  onClose(act) {
    this.#socket.once('close', act);
  }

  send(text) {
    this.#write(OPCODE.text, Buffer.from(text));
  }

  /** Without a word, as a connection breaks. */
  cut() {
    this.#socket.destroy();
  }

  #write(opcode, payload) {
    if (this.#socket.writable) this.#socket.write(frame(opcode, payload));
  }

  #close(code) {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.#write(OPCODE.close, payload);
    this.#socket.end();
  }

  #read(bytes) {
    this.#bytes = bytes;
    try {
      for (let one = readFrame(this.#bytes); one; one = readFrame(this.#bytes)) {
        this.#bytes = this.#bytes.subarray(one.size);
        this.#take(one);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#bytes = Buffer.alloc(0);
      this.#socket.removeAllListeners('data');
      this.#close(error.code);
    }
  }

  #take({ opcode, isFinal, payload }) {
    if (opcode === OPCODE.ping) return this.#write(OPCODE.pong, payload);
    if (opcode === OPCODE.pong) return undefined;
    if (opcode === OPCODE.close)
      return this.#close(payload.length >= 2 ? payload.readUInt16BE(0) : 1000);
    if (opcode === OPCODE.binary) throw new ProtocolError(CLOSE.unsupported);
    const isFirst = opcode === OPCODE.text;
    if (!isFirst && opcode !== OPCODE.continuation) throw new ProtocolError(CLOSE.protocol);
    if (isFirst !== (this.#parts === null)) throw new ProtocolError(CLOSE.protocol);
    this.#parts = [...(this.#parts ?? []), payload];
    if (this.#parts.reduce((sum, part) => sum + part.length, 0) > MAX_MESSAGE)
      throw new ProtocolError(CLOSE.tooBig);
    if (!isFinal) return undefined;
    const text = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = null;
    return this.#onText(text);
  }
}
