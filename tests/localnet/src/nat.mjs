// A box between client and node that forgets a connection on which nothing went for some time. From
// then on what the client sends gets no answer, and it is told nothing: no FIN, no RST. New
// connections work.
//
// It is played by reading no more from the socket. One thing differs from such a box: the kernel
// still acknowledges what the client sends, so TCP's own keep-alive does not find out.

export class Nat {
  #idleMs = null;
  #connections = new Map(); // by socket: {open: requests without an answer yet, quietSince, timer}

  watch(socket) {
    this.#connections.set(socket, { open: 0, quietSince: performance.now(), timer: null });
    socket.once('close', () => {
      clearTimeout(this.#connections.get(socket)?.timer);
      this.#connections.delete(socket);
    });
    this.#arm(socket);
  }

  /** A request has come on the connection, and is answered when the response is closed. */
  carry(socket, response) {
    const connection = this.#connections.get(socket);
    if (!connection) return;
    connection.open += 1;
    clearTimeout(connection.timer);
    response.once('close', () => {
      connection.open -= 1;
      connection.quietSince = performance.now();
      this.#arm(socket);
    });
  }

  /** Null: from now on it forgets no more connections; those it has forgotten stay dead. */
  setIdle(ms) {
    this.#idleMs = ms;
    for (const socket of this.#connections.keys()) this.#arm(socket);
  }

  #arm(socket) {
    const connection = this.#connections.get(socket);
    if (!connection) return;
    clearTimeout(connection.timer);
    if (this.#idleMs === null || connection.open > 0) return;
    const left = connection.quietSince + this.#idleMs - performance.now();
    connection.timer = setTimeout(() => forget(socket), Math.max(left, 0));
    connection.timer.unref();
  }
}

function forget(socket) {
  socket.pause();
  socket.setTimeout(0); // the HTTP server would close it, and so tell
}
