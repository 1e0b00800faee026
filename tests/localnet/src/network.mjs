// Several nodes on one chain, and one more, the control, that plays no faults: tests set faults
// through it.
import { KINDS, seededRandom } from './faults.mjs';
import { createChain } from './genesis.mjs';
import { Node } from './node.mjs';
import { invalidParams } from './params.mjs';

export class Network {
  #lastChange = Promise.resolve();

  /** @param {object} options createChain's, and {nodes?: number, seed?: number} */
  constructor(options) {
    const { nodes = 1, seed = 1, payers = [] } = options;
    const { chain, addresses } = createChain(options);
    const random = seededRandom(seed);
    this.chain = chain;
    this.addresses = addresses;
    this.payers = payers;
    this.nodes = Array.from(
      { length: nodes },
      (_, name) => new Node({ name, chain, network: this, random }),
    );
    this.control = new Node({ name: 'control', chain, network: this });
  }

  /** Node i listens on port + i, or on any free port where port is 0; the control always takes a free one. */
  async start({ host = '127.0.0.1', port = 0 } = {}) {
    try {
      for (const [index, node] of this.nodes.entries()) {
        await node.listen(host, port === 0 ? 0 : port + index);
      }
      await this.control.listen(host, 0);
    } catch (error) {
      await this.stop(); // the ports that are open already would keep the process alive
      throw error;
    }
    this.chain.start();
  }

  async stop() {
    this.chain.stop();
    await Promise.all([...this.nodes, this.control].map((node) => node.close()));
  }

  /** Replaces all faults of all nodes; an empty list clears them. */
  async setFaults(faults) {
    if (!Array.isArray(faults)) throw invalidParams('faults are a list; an empty one clears them');
    for (const fault of faults) {
      if (!KINDS.includes(fault?.fault))
        throw invalidParams(`no such fault; there are ${KINDS.join(', ')}`);
      if (!this.nodes[fault.node])
        throw invalidParams(`a fault's node is a number from 0 to ${this.nodes.length - 1}`);
    }
    // One change after another: closing and opening a port takes time.
    const change = this.#lastChange.then(async () => {
      for (const node of this.nodes)
        await node.setFaults(faults.filter((fault) => fault.node === node.name));
    });
    this.#lastChange = change.catch(() => {});
    await change;
  }

  faults() {
    return this.nodes.flatMap((node) => node.faults.list());
  }
}
