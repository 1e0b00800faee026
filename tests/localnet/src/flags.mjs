// Command lines of `--name value` (or `--name=value`) flags. A bad one ends the process with a line
// that says which and exit code 2; --help prints the usage.
import { parseArgs } from 'node:util';
import * as base58 from './base58.mjs';

export class BadFlag extends Error {}

/** Runs main with the flags' values, and the other words where it takes any: `options` is util.parseArgs's. */
export async function runCommand({ usage, options, takesWords = false }, main) {
  try {
    const { values, positionals } = parseArgs({
      options: { ...options, help: { type: 'boolean' } },
      allowPositionals: takesWords,
    });
    if (values.help) process.stdout.write(`${usage}\n`);
    else await main(values, positionals);
  } catch (error) {
    const isUsage = error instanceof BadFlag || error.code?.startsWith('ERR_PARSE_ARGS');
    process.stderr.write(
      `${isUsage ? `${error.message}\n${usage}` : (error.stack ?? error.message)}\n`,
    );
    process.exitCode = isUsage ? 2 : 1;
  }
}

export function integer(values, name, { least = 0, most = Number.MAX_SAFE_INTEGER, otherwise }) {
  if (values[name] === undefined) return otherwise;
  const value = Number(values[name]);
  if (!/^\d+$/.test(values[name]) || value < least || value > most)
    throw new BadFlag(`--${name} must be an integer from ${least} to ${most}`);
  return value;
}

/** One of the words; undefined where the flag is not given. */
export function oneOf(values, name, words) {
  const value = values[name];
  if (value !== undefined && !words.includes(value))
    throw new BadFlag(`--${name} must be one of ${words.join(', ')}`);
  return value;
}

export function lamports(text, name) {
  if (!/^\d+$/.test(text) || BigInt(text) >= 2n ** 63n)
    throw new BadFlag(`${name} must be a whole number of lamports below 2^63`);
  return BigInt(text);
}

export function hex32(text, name) {
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(text))
    throw new BadFlag(`${name} must be 64 hexadecimal digits`);
  return Buffer.from(text.slice(-64), 'hex');
}

export function addressFlag(text, name) {
  const bytes = base58.decode32(text);
  if (!bytes) throw new BadFlag(`${name} must be an address in base58`);
  return bytes;
}
