#!/usr/bin/env node
// Makes a keypair file in solana-keygen's form, readable by its owner alone, and prints its
// address:
//   keygen.mjs --out FILE
// It never writes over a file that exists.
import { writeFileSync } from 'node:fs';
import * as base58 from './src/base58.mjs';
import { BadFlag, runCommand } from './src/flags.mjs';
import { generateKeypair } from './src/signatures.mjs';

await runCommand(
  { usage: 'usage: keygen.mjs --out FILE', options: { out: { type: 'string' } } },
  ({ out }) => {
    if (!out) throw new BadFlag('--out is missing');
    const { seed, publicKey } = generateKeypair();
    try {
      writeFileSync(out, `${JSON.stringify([...seed, ...publicKey])}\n`, {
        flag: 'wx',
        mode: 0o600,
      });
    } catch (error) {
      if (error.code === 'EEXIST') throw new BadFlag(`${out} exists already`);
      throw error;
    }
    console.log(base58.encode(publicKey));
  },
);
