// A port that swallows connections: what asks to connect gets no answer at all, no refusal either. For
// an address that is dead as routers make it, while a closed port refuses at once.
//
// A process listens with a queue of one and is stopped; once its queue is full the kernel drops
// whatever else asks to connect.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

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
  await pause(PATIENCE_MS);
  await turn(); // what had come about while this process was busy is told now
  return { socket, isOpen: !socket.connecting };
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
