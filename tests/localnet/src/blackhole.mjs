// A port that swallows connections: what asks to connect gets no answer at all, no refusal either. For
// an address that is dead as routers make it, while a closed port refuses at once.
//
// A process listens with a queue of one and is stopped; once its queue is full the kernel drops
// whatever else asks to connect.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

const LISTEN = `
const [host, port] = process.argv.slice(1);
const server = require('node:net').createServer();
server.listen({ host, port: Number(port), backlog: 1 }, () => console.log(server.address().port));
`;
const PATIENCE_MS = 200;

/** A socket on which connecting was tried; `isOpen` tells whether it came about in time. */
async function knock(port, host) {
  const socket = connect(port, host);
  socket.on('error', () => {});
  const timer = new AbortController();
  const isOpen = await Promise.race([
    once(socket, 'connect', { signal: timer.signal }).then(
      () => true,
      () => false,
    ),
    new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, false)),
  ]);
  timer.abort();
  return { socket, isOpen };
}

/** @returns {Promise<{host: string, port: number, stop: () => Promise<void>}>} */
export async function startBlackhole({ host = '127.0.0.1', port = 0 } = {}) {
  const child = spawn(process.execPath, ['-e', LISTEN, host, String(port)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  const line = await Promise.race([once(child.stdout, 'data'), ended.then(() => null)]);
  if (!line) throw new Error(`cannot listen on ${host}:${port}`);
  const taken = Number(String(line[0]));
  child.kill('SIGSTOP');
  const fillers = [];
  let last;
  do {
    last = await knock(taken, host);
    fillers.push(last.socket);
  } while (last.isOpen);
  const stop = async () => {
    for (const socket of fillers) socket.destroy();
    child.kill('SIGKILL');
    await ended;
  };
  return { host, port: taken, stop };
}
