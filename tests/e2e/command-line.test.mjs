// The commands of clients and operators, each against a relay that serves.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { required } from '../harness/environment.mjs';
import { rpc } from '../harness/rpc.mjs';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

const TOKEN = 'an admin token';
const NOBODY = '00000000-0000-7000-8000-000000000000';

/** What relayd says and ends with: {code, stdout, stderr}; `input` is its standard input. */
function run(words, environment = {}, input = '') {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, ...environment } };
    const child = execFile(required('RELAY_TEST_RELAYD'), words, options, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
    child.stdin.on('error', () => {}); // it need not read
    child.stdin.end(input);
  });
}

/** Commands with the settings of one relay. */
function commandsOf(relay, token = TOKEN) {
  const settings = {
    RELAY_HTTP_PORT: String(relay.port),
    RELAY_ADMIN_PORT: String(relay.adminPort),
    RELAY_ADMIN_TOKEN: token,
  };
  const ask = (words, input) => run(words.split(' '), settings, input);
  const json = async (words, input) => {
    const { stdout, stderr } = await ask(`${words} --json`, input);
    assert.equal(stdout.trim().split('\n').length, 1, stderr);
    return JSON.parse(stdout);
  };
  return { ask, json, settings };
}

async function start(t, settings = {}) {
  const world = await World.start(t);
  const relay = await world.relay({ RELAY_ADMIN_TOKEN: TOKEN, RELAY_RETRY_MAX: '0', RELAY_ROOT_PATIENCE: '0s', ...settings });
  return { world, relay, ...commandsOf(relay) };
}

const rootless = () => makeBody({ root: randomBytes(32) });

test('submit posts a withdraw, and waits for its end', async (t) => {
  const { world, relay, ask, json } = await start(t);
  const body = makeBody();
  const file = join(world.directory, 'withdraw.json');
  writeFileSync(file, JSON.stringify(body));
  const paid = await ask(`submit ${file} --wait`);
  assert.deepEqual([paid.code, paid.stderr], [0, ''], paid.stderr);
  const id = /^request_id +(\S+)$/m.exec(paid.stdout)[1];
  assert.match(paid.stdout, /^status +completed$/m);
  await world.assertPaidOnce(body, await relay.status(id));
  const again = await ask(`submit ${file}`);
  assert.equal(again.code, 0);
  assert.ok(again.stdout.includes(id), 'the same withdraw is known');

  const piped = await json('submit - --wait', JSON.stringify(makeBody()));
  assert.equal(piped.status, 'completed');
  assert.deepEqual(await json(`status ${id}`), await relay.status(id));

  const failed = await ask('submit - --wait', JSON.stringify(rootless()));
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /^status +failed$/m);
  assert.match(failed.stdout, /^error +withdraw failed: /m);
  assert.match(failed.stdout, /^error_code +root_not_found$/m);
  assert.match(failed.stdout, /^hint +\S/m);
  const failedId = /^request_id +(\S+)$/m.exec(failed.stdout)[1];
  assert.equal((await ask(`status ${failedId} --wait`)).code, 1);

  const wrong = makeBody();
  wrong.public_inputs.fee_bps += 1;
  const refused = await ask('submit - --wait', JSON.stringify(wrong));
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^relayd: refused: .*\(fee_mismatch, field \S+\).*\n$/);
  assert.equal(refused.stdout, '');
  assert.match((await ask('submit -')).stderr, /^relayd: refused: .*\(invalid_json\)/);
  assert.match((await ask('submit /nowhere')).stderr, /cannot read \/nowhere/);
  assert.match((await ask(`status ${NOBODY} --wait`)).stderr, /not_found/);
  assert.equal((await ask('status nonsense')).code, 1);
});

test('submit --wait tells its progress on a terminal', async (t) => {
  const { world, settings } = await start(t);
  const file = join(world.directory, 'withdraw.json');
  writeFileSync(file, JSON.stringify(makeBody()));
  const words = `${required('RELAY_TEST_RELAYD')} submit ${file} --wait`;
  const terminal = spawn('script', ['-qec', words, '/dev/null'], { env: { PATH: process.env.PATH, ...settings } });
  let seen = '';
  terminal.stdout.on('data', (text) => (seen += text));
  const code = await new Promise((resolve) => terminal.once('close', resolve));
  assert.equal(code, 0, seen);
  assert.match(seen, /accepted as \S+/);
  assert.match(seen, /\x1b\[32mcompleted\x1b\[0m/);
});

test('jobs are listed and found, dead letters retried and discarded', async (t) => {
  const { world, relay, ask, json } = await start(t);
  const root = randomBytes(32);
  const bodies = [makeBody({ root }), rootless(), rootless()];
  const ids = [];
  for (const body of bodies) ids.push((await json('submit - --wait', JSON.stringify(body))).request_id);
  const good = makeBody();
  const paid = await json('submit - --wait', JSON.stringify(good));

  const jobs = await json('jobs --status failed --code root_not_found --limit 2');
  assert.deepEqual(jobs.jobs.map((job) => job.request_id), [ids[2], ids[1]]);
  const rest = await json(`jobs --status failed --cursor ${jobs.next_cursor}`);
  assert.deepEqual(rest.jobs.map((job) => job.request_id), [ids[0]]);
  const table = (await ask('jobs')).stdout.trim().split('\n');
  assert.match(table[0], /^REQUEST ID +STATUS +CREATED/);
  assert.equal(table.length, 5);
  assert.ok(table[1].startsWith(`${paid.request_id}  completed  `), table[1]);
  assert.match((await ask('jobs --older-than 1h')).stdout, /^no jobs$/m);

  const record = await json(`job ${paid.request_id}`);
  assert.equal(record.transactions[0].signature, paid.tx_id);
  assert.ok(!('payload' in record));
  const shown = (await ask(`job ${paid.request_id} --payload`)).stdout;
  for (const text of ['timeline', paid.tx_id, good.outputs[0].recipient, good.proof_bytes]) assert.ok(shown.includes(text));
  const nullifier = good.public_inputs.nf;
  for (const text of [paid.request_id, nullifier, `0x${nullifier}`, paid.tx_id]) {
    const found = await json(`find ${text}`);
    assert.equal((found.jobs?.[0] ?? found).request_id, paid.request_id, text);
    assert.equal((await ask(`find ${text}`)).code, 0);
  }
  assert.equal((await ask(`find ${'ab'.repeat(32)}`)).code, 1);
  assert.equal((await ask(`find ${NOBODY}`)).code, 1);
  assert.equal((await ask('find nonsense')).code, 2);

  const would = await json('dead retry --code root_not_found --dry-run');
  assert.deepEqual([would.dry_run, would.count], [true, 3]);
  await rpc(world.url, 'localnet_pushRoot', root.toString('hex'));
  assert.deepEqual(await json(`dead retry ${ids[0]}`), { request_id: ids[0], status: 'queued' });
  await world.assertPaidOnce(bodies[0], await relay.outcome(ids[0]));
  assert.match((await ask(`dead retry ${ids[0]}`)).stderr, /\(not_failed\)/);
  assert.equal((await ask(`dead discard ${ids[1]}`)).code, 0);
  assert.deepEqual((await json('dead list')).jobs.map((job) => job.request_id), [ids[2]]);
  await rpc(world.url, 'localnet_pushRoot', bodies[2].public_inputs.root);
  assert.match((await ask('dead retry --code root_not_found --older-than 1ms --limit 5')).stdout, /^1 retried$/m);
  await world.assertPaidOnce(bodies[2], await relay.outcome(ids[2]));
  assert.match((await ask('audit')).stdout, /^\S+ +admin +discard /m);
  assert.deepEqual((await json('audit --limit 1')).changes.map((one) => one.action), ['retry']);

  for (const [words, code, line] of [
    ['dead retry', 2, /name a job/],
    [`dead retry ${ids[0]} --code x`, 2, /not both/],
    ['dead', 2, /half a command/],
    [`dead discard ${NOBODY}`, 1, /\(not_found\)/],
    ['job nonsense', 1, /\(invalid_field, field request_id\)/],
    ['job ../jobs', 1, /\(not_found\)/],
    ['jobs --status dead', 1, /field status/],
    ['jobs --code x&limit=1', 1, /field code/],
    ['jobs --limit 501', 1, /field limit/],
    ['dead retry --code x --limit many', 1, /field limit/],
    ['jobs --sttaus failed', 2, /did you mean --status\?/],
    ['jbos', 2, /did you mean jobs\?/],
  ]) {
    const answer = await ask(words);
    assert.equal(answer.code, code, `${words}: ${answer.stderr}`);
    assert.match(answer.stderr, line);
    assert.match(answer.stderr, /^relayd: [^\n]+\n$/);
    assert.equal(answer.stdout, '');
  }
});

test('the fleet is paused, drained and resumed, and health says so by its exit code', async (t) => {
  const { relay, ask, json } = await start(t);
  assert.equal((await ask('health')).code, 0);
  const paused = await json('pause --reason upgrade --until 2099-01-31T12:00:00Z');
  assert.deepEqual([paused.state, paused.reason], ['paused', 'upgrade']);
  const says = (words) => until('health says so', async () => words.test((await ask('health')).stdout));
  await says(/^status +degraded\n(.*\n)*worker +paused, .*upgrade/);
  assert.match((await ask('drain')).stdout, /^fleet +draining$/m);
  await says(/^status +unavailable$/m);
  assert.equal((await ask('health')).code, 1);
  assert.equal((await ask('health --live')).code, 0);
  assert.equal((await json('health')).status, 'unavailable');
  const refused = await ask('submit -', JSON.stringify(makeBody()));
  assert.match(refused.stderr, /\(draining\)/);
  assert.match((await ask('resume')).stdout, /^fleet +running$/m);
  await says(/^status +ok$/m);
  assert.equal((await ask('health')).code, 0);
  assert.match((await ask('pause --until yesterday')).stderr, /field until/);
  const bare = { PATH: process.env.PATH };
  for (const url of [relay.http, relay.admin]) assert.equal((await run(['health', '--url', url], bare)).code, 0);
  await relay.kill();
  const away = await ask('health');
  assert.equal(away.code, 1);
  assert.match(away.stderr, /^relayd: http:\/\/127\.0\.0\.1:\d+: Connection refused: .*RELAY_ADMIN_PORT, or --url/);
});

test('the token is needed, and is never told', async (t) => {
  const { relay, world } = await start(t);
  const { ask } = commandsOf(relay, 'another token');
  for (const words of ['jobs', `find ${NOBODY}`, 'pause', 'audit']) {
    const answer = await ask(words);
    assert.equal(answer.code, 1);
    assert.match(answer.stderr, /\(unauthorized\) Set RELAY_ADMIN_TOKEN/);
    assert.ok(!answer.stderr.includes('another token'));
  }
  const file = join(world.directory, 'token');
  writeFileSync(file, `${TOKEN}\n`);
  assert.equal((await run(['jobs', '--url', relay.admin], { RELAY_ADMIN_TOKEN_FILE: file })).code, 0);
  const login = await run(['jobs', '--url', `http://u:hunter2@127.0.0.1:${relay.adminPort}`]);
  assert.equal(login.code, 2);
  assert.ok(!login.stderr.includes('hunter2'));
});

test('a server that quotes the token does not get it printed', async (t) => {
  const server = createServer((request, answer) => {
    const error = { code: 'x', message: `You sent ${request.headers.authorization}.` };
    answer.end(JSON.stringify({ success: false, data: null, error }));
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await until('it listens', () => server.listening);
  const answer = await run(['jobs', '--url', `http://127.0.0.1:${server.address().port}`], { RELAY_ADMIN_TOKEN: 'hunter2' });
  assert.equal(answer.stderr, 'relayd: You sent Bearer (hidden). (x)\n');
});

test('what answers and is no relay is told', async (t) => {
  const server = createServer((_, answer) => answer.end('<html>')).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await until('it listens', () => server.listening);
  const url = `http://127.0.0.1:${server.address().port}`;
  for (const words of [['jobs'], ['status', NOBODY], ['health']]) {
    const answer = await run([...words, '--url', url]);
    assert.equal(answer.code, 1);
    assert.match(answer.stderr, /HTTP 200 and no answer of a relay's/);
  }
  const unknown = await run(['jobs'], { RELAY_ADMIN_PORT: '0' });
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /RELAY_ADMIN_PORT: is 0/);
});

test('config tells each setting and its source, and no secret', async (t) => {
  const world = await World.start(t);
  const file = join(world.directory, 'relay.toml');
  writeFileSync(file, '[worker]\nlease = "7s"\n[admin]\ntoken = "hunter2"\n');
  const settings = {
    RELAY_CONFIG: file,
    RELAY_SOLANA_KEYPAIR: world.keypair,
    RELAY_DATABASE_URL: 'postgresql://relay:hunter2@127.0.0.1/relay',
    RELAY_SOLANA_RPC_URLS: 'https://node.example/?api-key=hunter2',
  };
  const shown = await run(['config', '--http-port', '4'], settings);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /^http-port +4 +--http-port$/m);
  assert.match(shown.stdout, /^worker-lease +7s +\S+relay\.toml, line 2/m);
  assert.match(shown.stdout, /^database-url +\(set\) +RELAY_DATABASE_URL$/m);
  assert.match(shown.stdout, /^http-host +127\.0\.0\.1 +default$/m);
  const list = JSON.parse((await run(['config', '--json'], settings)).stdout);
  assert.deepEqual(list.find((one) => one.name === 'admin-token').value, '(set)');
  assert.ok(!(shown.stdout + JSON.stringify(list)).includes('hunter2'));
  const bad = await run(['config'], { ...settings, RELAY_HTTP_PORT: 'x' });
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /RELAY_HTTP_PORT: must be/);
  assert.match(bad.stdout, /^http-port +x /m);
});

test('keygen makes a key for its owner alone, and never writes over one', async (t) => {
  const world = await World.start(t);
  const file = join(world.directory, 'new.json');
  const made = await run(['keygen', file]);
  assert.equal(made.code, 0, made.stderr);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, 'utf8');
  assert.equal(JSON.parse(text).length, 64);
  assert.equal((await run(['address'], { RELAY_SOLANA_KEYPAIR: file })).stdout, made.stdout);
  const again = await run(['keygen', file]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /exists already/);
  assert.equal(readFileSync(file, 'utf8'), text);
  assert.equal((await run(['keygen', join(world.directory, 'nowhere', 'key.json')])).code, 1);
  const other = join(world.directory, 'other.json');
  assert.notEqual((await run(['keygen', other])).stdout, made.stdout);
});

test('completions complete, and the manual page is one', async () => {
  const { stdout } = await run(['completions', 'bash']);
  const complete = (words) =>
    new Promise((resolve) => {
      const line = words.map((word) => `'${word}'`).join(' ');
      const script = `${stdout}\nCOMP_WORDS=(relayd ${line}); COMP_CWORD=${words.length}; _relayd; printf '%s\\n' "\${COMPREPLY[@]}"`;
      execFile('bash', ['-c', script], (_, out) => resolve(out.trim().split('\n')));
    });
  assert.deepEqual(await complete(['dea']), ['dead']);
  assert.deepEqual(await complete(['dead', 're']), ['retry']);
  assert.deepEqual(await complete(['dead', 'retry', '--dry']), ['--dry-run']);
  assert.deepEqual(await complete(['jobs', '--status', 'f']), ['failed']);
  assert.deepEqual(await complete(['--worker-l']), ['--worker-lease']);
  assert.deepEqual(await complete(['completions', 'f']), ['fish']);
  assert.equal((await run(['completions', 'tcsh'])).code, 2);
  const page = (await run(['man'])).stdout;
  assert.match(page, /^\.TH RELAYD 1 /);
  const groff = await new Promise((resolve) => {
    const child = execFile('groff', ['-man', '-Tutf8', '-ww'], (error, out, complaints) =>
      resolve(error?.code === 'ENOENT' ? null : { out, complaints }),
    );
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    child.stdin.end(page);
  });
  if (groff) assert.equal(groff.complaints, '');
});

test('what cannot be printed is no success', async () => {
  const words = [required('RELAY_TEST_RELAYD'), 'man'].join(' ');
  const code = await new Promise((resolve) => {
    spawn('sh', ['-c', `${words} > /dev/full`], { stdio: 'ignore' }).once('close', resolve);
  });
  assert.equal(code, 1);
});
