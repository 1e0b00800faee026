// The resolver, asked by the C library as a relay asks it, which takes root; and a port that swallows
// connections, for an address that is dead.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startBlackhole } from '../src/blackhole.mjs';
import { Resolver, withResolver } from '../src/resolver.mjs';

const run = promisify(execFile);
const isAble = process.getuid() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;
const options = { skip: !isAble && 'it takes port 53 and a mount namespace, which are for root' };

/** The addresses that getaddrinfo gives for a stream, in its order; null where it gives none. */
async function addressesOf(resolver, name) {
  try {
    const { stdout } = await run(...resolver.command(['getent', 'ahosts', name]));
    return stdout.split('\n').flatMap((line) => line.match(/^(\S+)\s+STREAM/)?.[1] ?? []);
  } catch (error) {
    if (error.code === 2) return null; // getent's word for a name that is not found
    throw error;
  }
}

test(
  'names it knows, names it does not, and several addresses in their order',
  options,
  async () => {
    const names = {
      'one.test': ['127.0.0.1'],
      'two.test': ['127.0.0.2', '127.0.0.3'],
      'reversed.test': ['127.0.0.3', '127.0.0.2'],
      'six.test': ['::1'],
      'empty.test': [],
    };
    await withResolver({ names }, async (resolver) => {
      for (const [name, addresses] of Object.entries(names))
        assert.deepEqual(await addressesOf(resolver, name), addresses[0] ? addresses : null, name);
      assert.equal(await addressesOf(resolver, 'unknown.test'), null);
      assert.ok(resolver.questions.some(({ name, type }) => name === 'two.test' && type === 1));
      resolver.set('one.test', ['127.0.0.9']);
      assert.deepEqual(await addressesOf(resolver, 'ONE.test'), ['127.0.0.9']);
    });
  },
);

test('a silent name hangs for as long as the C library waits', options, async () => {
  const settings = { silent: ['hang.test'], options: 'timeout:1 attempts:1' };
  await withResolver(settings, async (resolver) => {
    const start = performance.now();
    assert.equal(await addressesOf(resolver, 'hang.test'), null);
    assert.ok(performance.now() - start > 900, 'it waited');
    assert.equal(resolver.questions[0].name, 'hang.test');
  });
  await withResolver({ silent: ['hang.test'] }, async (resolver) => {
    const [file, words] = resolver.command(['timeout', '1', 'getent', 'ahosts', 'hang.test']);
    await assert.rejects(run(file, words), (error) => error.code === 124);
  });
});

test('two resolvers at once, and nobody else is touched', options, async (t) => {
  const [first, second] = [
    await Resolver.start({ names: { 'a.test': ['127.0.0.3'] } }),
    await Resolver.start({ names: { 'a.test': ['127.0.0.4'] } }),
  ];
  t.after(() => Promise.all([first.stop(), second.stop()]));
  assert.notEqual(first.address, second.address);
  assert.deepEqual(await addressesOf(first, 'a.test'), ['127.0.0.3']);
  assert.deepEqual(await addressesOf(second, 'a.test'), ['127.0.0.4']);
  const { stdout } = await run('cat', ['/etc/resolv.conf']);
  assert.ok(!stdout.includes('127.53.'));
});

test(
  "the command's own process id is the one spawned, and its exit code is handed on",
  options,
  async () => {
    await withResolver({}, async (resolver) => {
      const [file, words] = resolver.command(['sh', '-c', 'echo $$']);
      const child = spawnSync(file, words, { encoding: 'utf8' });
      assert.equal(Number(child.stdout), child.pid);
    });
    const command = fileURLToPath(new URL('../resolver.mjs', import.meta.url));
    const start = (...words) =>
      spawnSync(process.execPath, [command, ...words], { encoding: 'utf8' });
    const found = start('--name', 'b.test=127.0.0.5', '--', 'getent', 'ahosts', 'b.test');
    assert.match(found.stdout, /^127\.0\.0\.5 /);
    assert.equal(start('--name', 'b.test=127.0.0.5', '--', 'getent', 'ahosts', 'c.test').status, 2);
    assert.equal(start('--name', 'b.test', '--', 'true').status, 2);
    assert.equal(start().status, 2);
  },
);

test('a port that swallows connections beside one that answers', async (t) => {
  const hole = await startBlackhole({ host: '127.0.0.2' });
  t.after(() => hole.stop());
  const outcomeOf = (socket) =>
    new Promise((resolve) => {
      socket.once('connect', () => resolve('open')).once('error', (error) => resolve(error.code));
      setTimeout(resolve, 400, 'nothing').unref();
      t.after(() => socket.destroy());
    });
  for (let i = 0; i < 3; i++)
    assert.equal(await outcomeOf(connect(hole.port, hole.host)), 'nothing');
  assert.equal(await outcomeOf(connect(hole.port, '127.0.0.3')), 'ECONNREFUSED');
  await assert.rejects(startBlackhole({ host: '192.0.2.1' }), /cannot listen/);
});
