// Solana transactions on the wire: parse and serialize, legacy and version 0.
//
// parseTransaction is the guard before the runtime, which ends the whole process when it meets
// bytes it cannot read. It throws WireError unless the bytes are one transaction of at most 1232
// bytes, written canonically (they serialize to the same bytes again), with every count and index
// in range.

export const MAX_TRANSACTION_SIZE = 1232;
const VERSION_FLAG = 0x80;

export class WireError extends Error {}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  u8() {
    if (this.at >= this.bytes.length) throw new WireError('the transaction ends too early');
    return this.bytes[this.at++];
  }

  take(length) {
    if (this.at + length > this.bytes.length) throw new WireError('the transaction ends too early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  // Up to three groups of seven bits, low first, in the shortest form.
  length() {
    let value = 0;
    for (let group = 0; group < 3; group++) {
      const byte = this.u8();
      value |= (byte & 0x7f) << (7 * group);
      if (byte & 0x80) continue;
      if (byte === 0 && group > 0) throw new WireError('a length is not in its shortest form');
      if (value > 0xffff) throw new WireError('a length is too large');
      return value;
    }
    throw new WireError('a length is too large');
  }

  list(readOne) {
    return Array.from({ length: this.length() }, () => readOne());
  }
}

function lengthBytes(value) {
  const bytes = [];
  for (; value > 0x7f; value >>= 7) bytes.push((value & 0x7f) | 0x80);
  bytes.push(value);
  return Buffer.from(bytes);
}

const withLength = (bytes) => Buffer.concat([lengthBytes(bytes.length), bytes]);
const listOf = (parts) => Buffer.concat([lengthBytes(parts.length), ...parts]);

function readMessage(reader) {
  const first = reader.u8();
  const isVersioned = (first & VERSION_FLAG) !== 0;
  if (isVersioned && first !== VERSION_FLAG)
    throw new WireError('the message version is not supported');
  const message = {
    version: isVersioned ? 0 : 'legacy',
    requiredSignatures: isVersioned ? reader.u8() : first,
    readonlySigned: reader.u8(),
    readonlyUnsigned: reader.u8(),
    keys: reader.list(() => reader.take(32)),
    blockhash: reader.take(32),
    instructions: reader.list(() => ({
      program: reader.u8(),
      accounts: [...reader.take(reader.length())],
      data: reader.take(reader.length()),
    })),
    lookups: [],
  };
  if (isVersioned) {
    message.lookups = reader.list(() => ({
      table: reader.take(32),
      writable: [...reader.take(reader.length())],
      readonly: [...reader.take(reader.length())],
    }));
  }
  return message;
}

export function serializeMessage(message) {
  const isVersioned = message.version === 0;
  const instructions = message.instructions.map((instruction) =>
    Buffer.concat([
      Buffer.from([instruction.program]),
      withLength(Buffer.from(instruction.accounts)),
      withLength(instruction.data),
    ]),
  );
  const lookups = message.lookups.map((lookup) =>
    Buffer.concat([
      lookup.table,
      withLength(Buffer.from(lookup.writable)),
      withLength(Buffer.from(lookup.readonly)),
    ]),
  );
  return Buffer.concat([
    Buffer.from(isVersioned ? [VERSION_FLAG] : []),
    Buffer.from([message.requiredSignatures, message.readonlySigned, message.readonlyUnsigned]),
    listOf(message.keys),
    message.blockhash,
    listOf(instructions),
    isVersioned ? listOf(lookups) : Buffer.alloc(0),
  ]);
}

export function serializeTransaction({ signatures, message }) {
  return Buffer.concat([listOf(signatures), serializeMessage(message)]);
}

function checkMessage(message) {
  const { keys, requiredSignatures, readonlySigned, readonlyUnsigned } = message;
  // The fee payer signs and is written to, so there is always one writable signer.
  if (readonlySigned >= requiredSignatures) throw new WireError('no writable account signs');
  if (requiredSignatures + readonlyUnsigned > keys.length)
    throw new WireError('the header counts more accounts than there are');
  let accounts = keys.length;
  for (const lookup of message.lookups) {
    if (lookup.writable.length + lookup.readonly.length === 0)
      throw new WireError('a table lookup looks nothing up');
    accounts += lookup.writable.length + lookup.readonly.length;
  }
  if (accounts > 256) throw new WireError('there are too many accounts');
  for (const instruction of message.instructions) {
    if (instruction.program === 0 || instruction.program >= keys.length)
      throw new WireError('a program index is out of range');
    if (instruction.accounts.some((index) => index >= accounts))
      throw new WireError('an account index is out of range');
  }
}

/** The accounts that the message may write; what lookup tables name is left out. */
export function writableKeys({ requiredSignatures, readonlySigned, readonlyUnsigned, keys }) {
  return keys.filter((_, index) =>
    index < requiredSignatures
      ? index < requiredSignatures - readonlySigned
      : index < keys.length - readonlyUnsigned,
  );
}

/** A message alone, as getFeeForMessage is given it. */
export function parseMessage(bytes) {
  const reader = new Reader(bytes);
  const message = readMessage(reader);
  if (reader.at !== bytes.length) throw new WireError('bytes follow the message');
  checkMessage(message);
  return message;
}

/** @returns {{signatures: Buffer[], message: object, messageBytes: Buffer, bytes: Buffer}} */
export function parseTransaction(bytes) {
  if (bytes.length > MAX_TRANSACTION_SIZE)
    throw new WireError(`the transaction is longer than ${MAX_TRANSACTION_SIZE} bytes`);
  const reader = new Reader(bytes);
  const signatures = reader.list(() => reader.take(64));
  const messageBytes = bytes.subarray(reader.at);
  const message = readMessage(reader);
  if (reader.at !== bytes.length) throw new WireError('bytes follow the transaction');
  if (signatures.length !== message.requiredSignatures)
    throw new WireError('the number of signatures is not what the message requires');
  checkMessage(message);
  if (!serializeTransaction({ signatures, message }).equals(bytes))
    throw new WireError('the transaction is not written canonically');
  return { signatures, message, messageBytes, bytes };
}
