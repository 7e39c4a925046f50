import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildCluster } from '../cluster.mjs';
import { six } from '../ipv6.mjs';
import { IN_MACHINE, SLOW } from '../slow.mjs';
import { writeBundle } from './bundle.mjs';
import { askKernel } from './kernel.mjs';
import { addressOf, healthProbes, nodeEnd, podEnd, usualProbes } from './probes.mjs';

/**
 * One case or several together on one cluster: break, ask the kernel, collect, take back.
 * @typedef {import('./case.mjs').Case} Case
 * @typedef {{ name: string, topology: import('../topologies.mjs').Topology, cases: readonly Case[], pick: import('./case.mjs').Pick }} Trial
 */

/** The kernel notices a lost carrier up to a second late (link_watch.c), and routes follow it. */
const SETTLED = 1200 * SLOW;

const plain = ({ class: _, ...probe }) => probe;

/** What the cluster answers before anything is broken: each case must leave it so. */
async function health(cluster) {
  const probes = healthProbes(cluster.topology);
  const answers = await askKernel(cluster, probes, { tapped: false });
  return answers.map((a) => (a.ok ? '+' : '.')).join('');
}

/** Connections and learned path MTUs of the case before must not decide. */
function forget({ lab, topology }) {
  for (const { name } of topology.nodes) {
    lab.exec(name, ['conntrack', '-F'], { mayFail: true });
    lab.ip(name, ['route', 'flush', 'cache']);
    if (topology.v6) lab.ip(name, ['-6', 'route', 'flush', 'cache']);
  }
}

const uniqueProbes = (probes) => [...new Map(probes.map((p) => [JSON.stringify(plain(p)), p])).values()];

/** @param {Trial} trial */
async function record(cluster, trial, into) {
  const { topology } = cluster;
  const probes = uniqueProbes([
    // Most of what is too large is answered by nobody, which takes a slow machine long to find out.
    ...usualProbes(topology, { large: !IN_MACHINE || trial.cases.some((c) => c.large || c.id === 'healthy') }),
    ...trial.cases.flatMap((c) => c.probes?.(topology) ?? []),
  ]).map((p) => ({ class: 'special', ...p }));
  forget(cluster);
  const asked = Date.now();
  const answers = await askKernel(cluster, probes);
  const collected = Date.now();
  // Thousands of connections of the probes say nothing that the walk asks for.
  forget(cluster);
  const folder = join(into, `.${trial.name}`);
  await writeBundle(cluster, join(folder, 'bundle'));
  const addresses = Object.fromEntries(
    topology.nodes.flatMap((n) => [
      [n.name, addressOf(topology, nodeEnd(n))],
      ...n.pods.map((p) => [p.name, addressOf(topology, podEnd(p))]),
    ]),
  );
  const kernel = {
    topology: topology.name,
    cases: trial.cases.map((c) => c.id),
    kinds: trial.cases.map((c) => c.kind),
    story: trial.cases.map((c) => c.story).join('\n'),
    addresses,
    ...(topology.v6 && { addresses6: Object.fromEntries(Object.entries(addresses).map(([k, v]) => [k, six(v)])) }),
    probes: answers.map((answer, i) => ({ class: probes[i].class, ...answer })),
  };
  writeFileSync(join(folder, 'probes.json'), `[\n${probes.map((p) => JSON.stringify(plain(p))).join(',\n')}\n]\n`);
  const { probes: rows, ...head } = kernel;
  writeFileSync(
    join(folder, 'kernel.json'),
    `{${JSON.stringify(head).slice(1, -1)},"probes":[\n${rows.map((r) => JSON.stringify(r)).join(',\n')}\n]}\n`,
  );
  // Whole or not there: somebody may be replaying the folder.
  rmSync(join(into, trial.name), { recursive: true, force: true });
  renameSync(folder, join(into, trial.name));
  return {
    probes: answers.length,
    lost: answers.filter((a) => !a.ok && !a.flaky).length,
    flaky: answers.filter((a) => a.flaky).length,
    probing: collected - asked,
    collecting: Date.now() - collected,
  };
}

async function breakAll(cluster, trial) {
  const undo = [];
  for (const one of trial.cases) undo.unshift(await one.break(cluster, trial.pick));
  return undo;
}

/** One after the other on one cluster; what spoils it costs a new one. @param {readonly Trial[]} trials */
export async function runGroup(trials, into, report) {
  mkdirSync(into, { recursive: true });
  let cluster;
  let before = '';
  const end = () => {
    cluster?.lab.close();
    cluster = undefined;
  };
  for (const trial of trials) {
    const started = Date.now();
    try {
      if (!cluster) {
        cluster = await buildCluster(trial.topology);
        before = await health(cluster);
      }
      const state = new Map([...cluster.state].map(([name, own]) => [name, { ...own }]));
      const undo = await breakAll(cluster, trial);
      if (trial.cases.some((c) => c.id !== 'healthy')) await sleep(SETTLED);
      const done = await record(cluster, trial, into);
      report({ name: trial.name, ...done, ms: Date.now() - started });
      if (undo.some((u) => u === undefined)) end();
      else {
        for (const back of undo) await back();
        for (const [name, own] of state) Object.assign(cluster.state.get(name), own);
        forget(cluster);
        if ((await health(cluster)) !== before) {
          report({ name: trial.name, note: 'not taken back wholly: a new cluster follows' });
          end();
        }
      }
    } catch (error) {
      report({ name: trial.name, error: String(error.stack ?? error) });
      end();
    }
  }
  end();
}
