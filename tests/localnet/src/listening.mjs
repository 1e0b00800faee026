// A port that is opened again after a fault had closed it.

/**
 * Tries until it is free: while it was closed, an outgoing connection of some process may have been given
 * its number for a moment.
 * @param {() => Promise<void>} listen
 */
export async function listenAgain(listen) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listen();
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
