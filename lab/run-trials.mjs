/**
 * `node lab/run-trials.mjs --into DIR [NAME…]`: makes each fault and oddity of trials.mjs on a cluster that those of one
 * topology share, asks the kernel, captures, writes DIR/NAME.generic and DIR/NAME.gravity with NAME.LAYOUT.expect.json
 * beside, and takes it back. One line of JSON per trial on stdout. Needs root; see README.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { captureAll } from './capture.mjs';
import { buildCluster } from './cluster.mjs';
import { expectation, mayFindOf } from './faults.mjs';
import { assertNeeds } from './needs.mjs';
import { allProbes, disagreements, probeAll } from './probe.mjs';
import { LAYOUTS } from './sample.mjs';
import { ODDITIES, TRIALS } from './trials.mjs';

/** @typedef {import('./faults.mjs').Fault} Fault */

/** Where the proof may stand in that layout; an expectation of null cannot be proved there. */
function inLayout(expected, layout) {
  const { inGravity, orCapture, ...rest } = expected;
  if (layout === 'gravity' && inGravity === null) return [];
  const own = layout === 'gravity' && inGravity ? { ...rest, ...inGravity } : rest;
  const proofs = [own, ...(orCapture ? [orCapture] : [])].map(({ capture, line }) => ({
    file: LAYOUTS[layout].pathOf(own.node, capture),
    line,
  }));
  return [{ rule: own.rule, node: own.node, proofs }];
}

/** Writes one layout and what is expected of it. Throws when none of the lines that should prove it was captured. */
function write(fault, cluster, captured, layout, into) {
  const folder = join(into, `${fault.id}.${layout}`);
  const files = LAYOUTS[layout].write(cluster, captured, folder);
  const of = (list = []) => list.flatMap((e) => inLayout(e, layout));
  const expect = {
    errors: of(fault.expect.errors),
    warnings: of(fault.expect.warnings),
    mayFind: mayFindOf(fault),
    story: fault.story,
  };
  for (const { rule, proofs } of [...expect.errors, ...expect.warnings])
    if (!proofs.some(({ file, line }) => new RegExp(line, 'm').test(files.get(file) ?? '')))
      throw new Error(`${rule} is proved by none of ${proofs.map((p) => `/${p.line}/ in ${p.file}`).join(', ')}`);
  writeFileSync(`${folder}.expect.json`, `${JSON.stringify(expect, null, 2)}\n`);
  return folder;
}

const layoutsOf = ({ topology }) => (topology.flavour === 'flannel-vxlan' ? ['generic', 'gravity'] : ['generic']);

/** A cluster must be whole before each fault, or the last one was not taken back. Fewer probes tell that than all. */
function healthProbes(topology) {
  const first = new Set(topology.nodes.flatMap((n) => [n.name, ...n.pods.slice(0, 1).map((p) => p.name)]));
  return allProbes(topology).filter(
    (p) =>
      first.has(p.src.name) &&
      (p.dst.kind === 'pod' || p.dst.kind === 'node') &&
      first.has(p.dst.name) &&
      p.protocol === 'icmp',
  );
}

async function assertWhole(cluster, before) {
  const lost = (await probeAll(cluster, healthProbes(cluster.topology))).filter((r) => !r.ok);
  if (lost.length > 0)
    throw new Error(`not healthy ${before}: ${lost[0].src.name} -> ${lost[0].dst.name}: ${lost[0].error}`);
}

/** What the asked pod saw as the source, where the fault says what it must have seen. */
const seenOtherwise = (fault, results) =>
  results.flatMap((r) => {
    const want = r.ok ? fault.saw?.(r) : undefined;
    return want === undefined || r.seen.replace('::ffff:', '') === want
      ? []
      : [`${r.src.name} -> ${r.dst.name}: seen as ${r.seen}, expected ${want}`];
  });

async function trial(fault, cluster, into) {
  const before = new Map([...cluster.state].map(([name, own]) => [name, { ...own }]));
  const undo = await fault.break(cluster);
  const results = await probeAll(cluster);
  const wrong = [...disagreements(results, expectation(fault)), ...seenOtherwise(fault, results)];
  if (wrong.length > 0)
    throw new Error(`the kernel disagrees in ${wrong.length} of ${results.length}:\n  ${wrong.join('\n  ')}`);
  const captured = captureAll(cluster);
  const folders = layoutsOf(fault).map((layout) => write(fault, cluster, captured, layout, into));
  await undo?.();
  for (const [name, own] of before) Object.assign(cluster.state.get(name), own);
  return { folders, unanswered: results.filter((r) => !r.ok).length, probes: results.length };
}

/** One after the other on one cluster; a failure spoils the cluster, so the next one gets a new one. */
async function runGroup(faults, into, report) {
  let cluster;
  for (const fault of faults) {
    const started = Date.now();
    try {
      cluster ??= await buildCluster(fault.topology);
      if (!fault.brokenFromStart) await assertWhole(cluster, `before ${fault.id}`);
      const done = await trial(fault, cluster, into);
      report({ id: fault.id, ...done, ms: Date.now() - started });
    } catch (error) {
      report({ id: fault.id, error: String(error.message) });
      cluster?.lab.close();
      cluster = undefined;
    }
  }
  cluster?.lab.close();
}

/** Several oddities at once: what is quiet one by one must be so together, and it saves time. */
const together = (oddities) => ({
  id: 'oddities-together',
  topology: oddities[0].topology,
  story: oddities.map((o) => o.story).join('\n'),
  async break(cluster) {
    const undo = [];
    for (const one of oddities) undo.unshift(await one.break(cluster));
    return () => {
      for (const back of undo) back();
    };
  },
  works: (probe) => oddities.every((o) => o.works(probe)),
  expect: { errors: [], mayFind: [] },
});

const KUBEADM_ODDITIES = ODDITIES.filter((o) => o.topology.name === 'kubeadm-flannel');
const ALL = [...TRIALS, ...ODDITIES, together(KUBEADM_ODDITIES)];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { into: { type: 'string' }, list: { type: 'boolean', default: false } },
});
/** What `npm run test:lab` takes: one cluster does for all of it. */
const isQuick = (f) => f.topology.name === KUBEADM_ODDITIES[0].topology.name && !ODDITIES.includes(f);
if (values.list) console.log(JSON.stringify(ALL.map((f) => ({ id: f.id, quick: isQuick(f) }))));
else {
  assertNeeds();
  const unknown = positionals.filter((name) => !ALL.some((f) => f.id === name));
  if (unknown.length > 0 || values.into === undefined)
    throw new Error(`unknown: ${unknown.join(', ')}; there are ${ALL.map((f) => f.id).join(', ')}`);
  const chosen = ALL.filter((f) => positionals.length === 0 || positionals.includes(f.id));
  for (const topology of new Set(chosen.map((f) => f.topology.name)))
    await runGroup(
      chosen.filter((f) => f.topology.name === topology),
      values.into,
      (line) => console.log(JSON.stringify(line)),
    );
}
