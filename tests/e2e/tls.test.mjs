// The RPC over https: a node is believed only where its certificate is.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer } from 'node:tls';
import { until } from '../harness/waiting.mjs';
import { makeBody } from '../harness/withdraws.mjs';
import { World } from '../harness/world.mjs';

/** A certificate that signs itself, for a name; its file and its key's. */
function makeCertificate(directory, name) {
  const [certificate, key] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...options, ...subject, '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  return { certificate, key };
}

/** The localnet's node behind TLS; the https address it then has. */
async function serveTls(t, world, { certificate, key }) {
  const port = Number(new URL(world.url).port);
  const sockets = new Set();
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (socket) => {
    const node = connect(port, '127.0.0.1');
    for (const one of [socket, node]) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => [socket, node].forEach((other) => other.destroy()));
    }
    socket.pipe(node).pipe(socket);
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  });
  return `https://localhost:${server.address().port}`;
}

test('a node with a certificate that is trusted is used over TLS', async (t) => {
  const world = await World.start(t);
  const made = makeCertificate(world.directory, 'localhost');
  const url = await serveTls(t, world, made);
  const relay = await world.relay({ RELAY_SOLANA_RPC_URLS: url, SSL_CERT_FILE: made.certificate });
  const body = makeBody();
  await world.assertPaidOnce(body, await relay.outcome(await relay.accept(body)));
});

for (const [why, name, trusted] of [
  ['nobody vouches for', 'localhost', false],
  ['is for another name', 'example.org', true],
]) {
  test(`a node whose certificate ${why} is not talked to`, async (t) => {
    const world = await World.start(t);
    const made = makeCertificate(world.directory, name);
    const url = await serveTls(t, world, made);
    const trust = trusted ? { SSL_CERT_FILE: made.certificate } : {};
    const relay = await world.relay({ RELAY_SOLANA_RPC_URLS: url, ...trust });
    const health = await until('health knows', async () => {
      const report = (await relay.get('/health')).data;
      return report.solana.state !== 'ok' && report;
    });
    assert.equal(health.status, 'degraded');
    assert.match(health.solana.reason, /certificate verify failed/);
    const id = await relay.accept(makeBody());
    assert.equal((await relay.status(id, 1)).retry_count, 0);
    assert.equal((await relay.status(id)).status, 'queued');
  });
}
