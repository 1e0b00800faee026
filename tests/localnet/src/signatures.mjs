// Ed25519 with Node's own crypto: keypairs, signing, and the check of a transaction's signatures.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';

// The DER headers that go before 32 raw bytes.
const PUBLIC_HEADER = Buffer.from('302a300506032b6570032100', 'hex');
const PRIVATE_HEADER = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @returns {{seed: Buffer, publicKey: Buffer}} */
export function generateKeypair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const last32 = (key, type) => key.export({ format: 'der', type }).subarray(-32);
  return { seed: last32(privateKey, 'pkcs8'), publicKey: last32(publicKey, 'spki') };
}

export function signWith(seed, bytes) {
  return sign(
    null,
    bytes,
    createPrivateKey({ key: Buffer.concat([PRIVATE_HEADER, seed]), format: 'der', type: 'pkcs8' }),
  );
}

// Making a key object costs more than the check itself, and a relay signs everything with one key.
const MAX_KNOWN_KEYS = 64;
const knownKeys = new Map();

function publicKeyObject(publicKey) {
  const name = publicKey.toString('hex');
  let key = knownKeys.get(name);
  if (!key) {
    key = createPublicKey({
      key: Buffer.concat([PUBLIC_HEADER, publicKey]),
      format: 'der',
      type: 'spki',
    });
    if (knownKeys.size >= MAX_KNOWN_KEYS) knownKeys.clear();
    knownKeys.set(name, key);
  }
  return key;
}

function isSignedBy(publicKey, signature, bytes) {
  try {
    return verify(null, bytes, publicKeyObject(publicKey), signature);
  } catch {
    return false; // the key is not a point
  }
}

/** @param {{signatures: Buffer[], message: object, messageBytes: Buffer}} transaction */
export function isProperlySigned({ signatures, message, messageBytes }) {
  return signatures.every((signature, index) =>
    isSignedBy(message.keys[index], signature, messageBytes),
  );
}
