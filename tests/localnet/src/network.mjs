// Several nodes on one chain, and one more, the control, that plays no faults: tests set faults
// through it.
import { faultOf, seededRandom } from './faults.mjs';
import { createChain } from './genesis.mjs';
import { Node } from './node.mjs';
import { invalidParams } from './params.mjs';
import { PRESETS } from './presets.mjs';
import { readScenario } from './scenarios.mjs';

export class Network {
  #lastChange = Promise.resolve();

  /**
   * @param {object} options createChain's, and {nodes?: number, seed?: number, backends?: number[][],
   * congestion?: string | object}: for each node how many slots each of its backends is behind; a
   * scenario of scenarios.mjs
   */
  constructor(options) {
    const { nodes = 1, seed = 1, payers = [], backends = [] } = options;
    const { chain, addresses } = createChain(options);
    const random = seededRandom(seed);
    this.chain = chain;
    this.addresses = addresses;
    this.payers = payers;
    this.nodes = Array.from(
      { length: nodes },
      (_, name) => new Node({ name, chain, network: this, random, lags: backends[name] }),
    );
    this.control = new Node({ name: 'control', chain, network: this });
    if (options.congestion) this.congest(options.congestion);
  }

  /** A scenario's name, or what of one differs from the defaults; null ends the congestion. */
  congest(given) {
    if (given === null) return this.chain.congest(null);
    const { scenario, wrong } = readScenario(given);
    if (wrong) throw invalidParams(wrong);
    this.chain.congest(scenario);
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

  /**
   * Replaces all faults of all nodes; an empty list clears them. A fault's `node` is a number, a list
   * of numbers or 'all'; {node, preset} stands for the preset's faults.
   */
  async setFaults(list) {
    if (!Array.isArray(list)) throw invalidParams('faults are a list; an empty one clears them');
    const faults = list.flatMap((entry) => this.#expand(entry));
    for (const fault of faults) {
      const wrong = faultOf(fault);
      if (wrong) throw invalidParams(wrong);
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

  #expand(entry) {
    const nodes = entry?.node === 'all' ? this.nodes.map((node) => node.name) : entry?.node;
    if (Array.isArray(nodes)) return nodes.flatMap((node) => this.#expand({ ...entry, node }));
    if (entry?.preset === undefined) return [entry];
    if (!Object.hasOwn(PRESETS, entry.preset))
      throw invalidParams(`no such preset; there are ${Object.keys(PRESETS).join(', ')}`);
    return PRESETS[entry.preset].map((fault) => ({ node: nodes, ...fault }));
  }

  faults() {
    return this.nodes.flatMap((node) => node.faults.list());
  }
}
