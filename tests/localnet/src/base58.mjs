// Base58 with Bitcoin's alphabet, as Solana writes addresses, signatures and blockhashes.
// decode throws on any other character; neither direction is meant for long inputs.

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const DIGIT = new Map([...ALPHABET].map((character, value) => [character, BigInt(value)]));

export function encode(bytes) {
  const hex = Buffer.from(bytes).toString('hex');
  let value = hex === '' ? 0n : BigInt(`0x${hex}`);
  let text = '';
  for (; value > 0n; value /= 58n) text = ALPHABET[Number(value % 58n)] + text;
  for (let i = 0; i < bytes.length && bytes[i] === 0; i++) text = `1${text}`;
  return text;
}

export function decode(text) {
  let value = 0n;
  let zeros = 0;
  for (const character of text) {
    const digit = DIGIT.get(character);
    if (digit === undefined) throw new Error('a character is not of the base58 alphabet');
    if (value === 0n && digit === 0n) zeros++;
    value = value * 58n + digit;
  }
  const hex = value === 0n ? '' : value.toString(16);
  return Buffer.concat([Buffer.alloc(zeros), Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')]);
}

/** The 32 bytes of an address or blockhash, or null where the text is not one. */
export function decode32(text) {
  if (typeof text !== 'string' || text.length > 44) return null;
  try {
    const bytes = decode(text);
    return bytes.length === 32 ? bytes : null;
  } catch {
    return null;
  }
}
