/**
 * node bench/reach.mjs [--nodes N] [--services N]: all pairs of a big cluster's classes, against loading its bundle. Each in this one process, the
 * third time, so that compiling counts for neither.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { load } from '../dist/lib/src/index.js';
import { makeWorld, reachAll } from '../dist/lib/src/path/index.js';
import { writeCluster } from './cluster.mjs';

const { values } = parseArgs({
  options: { nodes: { type: 'string', default: '100' }, services: { type: 'string', default: '200' } },
});
const folder = mkdtempSync(join(tmpdir(), 'dumplint-reach-'));
try {
  writeCluster(folder, { nodes: Number(values.nodes), services: Number(values.services) });
  const times = { load: { cpu: 0, wall: 0 }, reach: { cpu: 0, wall: 0 } };
  let pairs = [];
  for (let round = 0; round < 3; round++) {
    pairs = [];
    let stop = clock();
    const loaded = await load([folder]);
    times.load = stop();
    stop = clock();
    pairs = reachAll(makeWorld(loaded.model)).pairs;
    times.reach = stop();
  }
  const by = {};
  for (const { trace } of pairs) by[trace.verdict] = (by[trace.verdict] ?? 0) + 1;
  console.log(
    `${values.nodes} nodes, ${values.services} services: ${pairs.length} pairs (${Object.entries(by)
      .map(([v, n]) => `${n} ${v}`)
      .join(', ')})`,
  );
  const shown = ({ cpu, wall }) => `${wall.toFixed(2)} s (${cpu.toFixed(2)} s of CPU)`;
  console.log(
    `load ${shown(times.load)}, all pairs ${shown(times.reach)}: ${(times.reach.wall / times.load.wall).toFixed(2)}x, of CPU ${(times.reach.cpu / times.load.cpu).toFixed(2)}x, peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

/** Starts a clock of this process; what it returns stops it. */
function clock() {
  const began = performance.now();
  const started = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(started);
    return { cpu: (user + system) / 1e6, wall: (performance.now() - began) / 1000 };
  };
}
