// What the relay does at full speed as a share of what its own HTTP server and its own Postgres do without it, at
// the same moment: the speed of the machine, and what else runs on it, are in both and fall out.
import { cpuSecondsOf } from '../harness/processes.mjs';
import { insertRate } from './limits.mjs';
import { CONFIRM_MS, CONNECTIONS, atFullSpeed, withRelay, worker } from './measures.mjs';
import { load } from './processes.mjs';

/** Of GETs that do nothing: how many a second, and the relay's milliseconds for one. */
async function bareGets(relay, count) {
  const before = cpuSecondsOf(relay.pid);
  const { per_second } = await load({ port: relay.adminPort, get: '/health/live', count, connections: CONNECTIONS });
  return { per_second, cpu_ms: ((cpuSecondsOf(relay.pid) - before) * 1000) / count };
}

export function measureRatios({ count, gets, seconds }) {
  return withRelay(CONFIRM_MS, worker, async (world) => {
    const bare = await bareGets(world.relay, gets);
    const full = await atFullSpeed(world, count);
    await world.relay.kill('SIGTERM'); // it would take up the rows that come now
    const rows = await insertRate(world.database, { clients: 4, rows: 64, seconds });
    return {
      completed_per_row: full.completed / rows,
      accepts_per_get: full.accepts / bare.per_second,
      get_cpu_per_job_cpu: bare.cpu_ms / full.cpu_ms,
    };
  });
}
