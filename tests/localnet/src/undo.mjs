// What a transaction did to accounts, kept until its block is final, so that it can be taken back.
//
// What is kept is differences: lamports that came or went, and the pieces of data that changed. So
// what a test changed by hand meanwhile stays, and an account of a megabyte costs what was written.
import { SYSTEM_PROGRAM } from './addresses.mjs';
import { writableKeys } from './wire.mjs';

const PIECE = 1024;
const NONE = { lamports: 0n, data: Buffer.alloc(0), owner: SYSTEM_PROGRAM, executable: false };

/** The pieces of `before` that differ in `after`, which is as long. */
function changedPieces(before, after) {
  const pieces = [];
  for (let at = 0; at < before.length; at += PIECE) {
    const piece = before.subarray(at, at + PIECE);
    if (!piece.equals(after.subarray(at, at + PIECE)))
      pieces.push({ at, bytes: Buffer.from(piece) });
  }
  return pieces;
}

function changeOf(key, before, after) {
  const isReshaped = before.data.length !== after.data.length || !before.owner.equals(after.owner);
  const pieces = isReshaped ? [] : changedPieces(before.data, after.data);
  const gained = after.lamports - before.lamports;
  if (!isReshaped && gained === 0n && pieces.length === 0) return null;
  return { key, gained, pieces, whole: isReshaped ? before : null };
}

function revert(runtime, { key, gained, pieces, whole }) {
  const now = look(runtime, key);
  const { data, owner } = whole ?? now;
  for (const { at, bytes } of pieces) bytes.copy(data, at);
  const lamports = now.lamports > gained ? now.lamports - gained : 0n;
  runtime.setAccount(key, { ...now, lamports, data, owner });
}

/** The account with data that is this look's own, as the runtime hands out a copy each time. */
function look(runtime, key) {
  const account = runtime.account(key);
  if (!account) return { ...NONE };
  const { buffer, byteOffset, length } = account.data;
  return { ...account, data: Buffer.from(buffer, byteOffset, length) };
}

/** Looks at what the message may write; the function returned tells, afterwards, how to take it back. */
export function watch(runtime, message) {
  const keys = writableKeys(message);
  const before = keys.map((key) => look(runtime, key));
  return () => {
    const changes = keys
      .map((key, index) => changeOf(key, before[index], look(runtime, key)))
      .filter(Boolean);
    return () => {
      for (const change of changes.reverse()) revert(runtime, change);
    };
  };
}
