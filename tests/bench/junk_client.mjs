// Posts withdraws that are well formed and whose proofs are good ones of something else, so that each takes the whole
// of a check: a worker thread of junk.mjs, which has no time to spare while it measures.
import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { makeBody } from '../harness/withdraws.mjs';

const { port, count, a_second: rate, addresses } = workerData;
const AT_ONCE = 64;

const { proof_bytes: proof } = makeBody();
const bodies = Array.from({ length: count }, () => JSON.stringify({ ...makeBody({ unproven: true }), proof_bytes: proof }));
const agents = Array.from({ length: addresses }, (_, index) => {
  const localAddress = `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`;
  return new Agent({ keepAlive: true, maxSockets: AT_ONCE, localAddress });
});

const answers = {};
const note = (what) => (answers[what] = (answers[what] ?? 0) + 1);

function post(body, agent) {
  return new Promise((resolve) => {
    const options = { port, method: 'POST', path: '/withdraw', agent, headers: { 'content-type': 'application/json' } };
    const posted = request({ host: '127.0.0.1', ...options }, (response) => {
      let text = '';
      response.on('data', (part) => (text += part));
      response.on('end', () => resolve(note(JSON.parse(text).error?.code ?? `accepted (${response.statusCode})`)));
    });
    posted.on('error', (error) => resolve(note(error.code)));
    posted.end(body);
  });
}

parentPort.postMessage('ready');
parentPort.once('message', async () => {
  const began = performance.now();
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) {
      const early = (index / rate) * 1000 - (performance.now() - began);
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      await post(bodies[index], agents[index % addresses]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (const agent of agents) agent.destroy();
  parentPort.postMessage({ answers, seconds: (performance.now() - began) / 1000 });
});
