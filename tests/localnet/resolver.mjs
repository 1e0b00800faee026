#!/usr/bin/env node
// Runs a command that resolves names as told:
//   resolver.mjs --name node.test=127.0.0.2,127.0.0.1 --silent hang.test -- COMMAND ...
// A silent name is never answered, all others are unknown. It takes root, for port 53.
import { spawn } from 'node:child_process';
import { isIP } from 'node:net';
import { BadFlag, runCommand } from './src/flags.mjs';
import { withResolver } from './src/resolver.mjs';

const usage =
  'usage: resolver.mjs [--name NAME=ADDRESS[,ADDRESS...]]... [--silent NAME]... [--options "timeout:1"] -- COMMAND ...';
const options = {
  name: { type: 'string', multiple: true },
  silent: { type: 'string', multiple: true },
  options: { type: 'string' },
};

function namesOf(texts = []) {
  return Object.fromEntries(
    texts.map((text) => {
      const [name, list = ''] = text.split('=');
      const addresses = list.split(',');
      if (!addresses.every((one) => isIP(one)))
        throw new BadFlag('--name must be a name, = and addresses');
      return [name, addresses];
    }),
  );
}

await runCommand({ usage, options, takesWords: true }, async (values, words) => {
  if (words.length === 0) throw new BadFlag('a command must follow --');
  const settings = { names: namesOf(values.name), silent: values.silent, options: values.options };
  await withResolver(settings, async (resolver) => {
    const child = spawn(...resolver.command(words), { stdio: 'inherit' });
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
      process.on(signal, () => child.kill(signal));
    const code = await new Promise((resolve) => child.once('close', resolve));
    process.exitCode = code ?? 1;
  });
  process.exit();
});
