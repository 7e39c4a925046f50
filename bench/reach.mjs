/**
 * node bench/reach.mjs [--nodes N] [--services N]: all pairs of a big cluster's classes, against loading its bundle. Each in this one process, the
 * second time, so that compiling counts for neither.
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
  const times = { load: 0, reach: 0 };
  let pairs = [];
  for (let round = 0; round < 2; round++) {
    let started = process.cpuUsage();
    const loaded = await load([folder]);
    times.load = cpuSince(started);
    started = process.cpuUsage();
    pairs = reachAll(makeWorld(loaded.model)).pairs;
    times.reach = cpuSince(started);
  }
  const by = {};
  for (const { trace } of pairs) by[trace.verdict] = (by[trace.verdict] ?? 0) + 1;
  console.log(
    `${values.nodes} nodes, ${values.services} services: ${pairs.length} pairs (${Object.entries(by)
      .map(([v, n]) => `${n} ${v}`)
      .join(', ')})`,
  );
  console.log(
    `load ${times.load.toFixed(2)} s, all pairs ${times.reach.toFixed(2)} s of CPU: ${(times.reach / times.load).toFixed(2)}x, peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

function cpuSince(started) {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}
