#!/usr/bin/env node
// Makes a root known to the chain, as a deposit would:  push-root.mjs --url URL --root HEX
import { BadFlag, hex32, runCommand } from './src/flags.mjs';

const options = { url: { type: 'string' }, root: { type: 'string' } };

await runCommand(
  { usage: 'usage: push-root.mjs --url URL --root HEX', options },
  async ({ url, root }) => {
    if (!url) throw new BadFlag('--url is missing');
    const params = [hex32(root ?? '', '--root').toString('hex')];
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'localnet_pushRoot', params });
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const answer = await response.json();
    if (answer.error) throw new Error(`the node refused the root: ${answer.error.message}`);
    console.log(answer.result);
  },
);
