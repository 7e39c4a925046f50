import { captureAll } from './capture.mjs';
import { buildCluster } from './cluster.mjs';
import { expectation, mayFindOf } from './faults.mjs';
import { disagreements, probeAll } from './probe.mjs';
import { genericPath, writeGeneric } from './writers/generic.mjs';
import { gravityPath, writeGravity } from './writers/gravity.mjs';

/**
 * @typedef {import('./faults.mjs').Fault} Fault
 * @typedef {import('./cluster.mjs').Cluster} Cluster
 * @typedef {{ cluster: Cluster, results: import('./probe.mjs').Result[], captured: import('./capture.mjs').Captured[] }} Sample
 */

export const LAYOUTS = {
  generic: { write: writeGeneric, pathOf: genericPath },
  gravity: { write: writeGravity, pathOf: gravityPath },
};
export const layoutOf = (topology) => (topology.flannel === 'gravity' ? 'gravity' : 'generic');

/**
 * Builds the cluster, breaks it, asks the kernel whether it is broken as told, and captures. Throws when the kernel
 * disagrees: then the fault's description is wrong, or the lab is. The caller closes the cluster's lab.
 * @param {Fault} fault @returns {Promise<Sample>}
 */
export async function makeSample(fault) {
  const cluster = await buildCluster(fault.topology);
  try {
    if (!fault.brokenFromStart) {
      const lost = (await probeAll(cluster)).filter((r) => !r.ok);
      if (lost.length > 0)
        throw new Error(
          `${fault.id}: not healthy before the break: ${lost[0].src.name} -> ${lost[0].dst.name}: ${lost[0].error}`,
        );
    }
    await fault.break(cluster);
    const results = await probeAll(cluster);
    const wrong = disagreements(results, expectation(fault));
    if (wrong.length > 0)
      throw new Error(
        `${fault.id}: the kernel disagrees in ${wrong.length} of ${results.length} probes:\n  ${wrong.join('\n  ')}`,
      );
    const evidence = fault.evidence ? await fault.evidence(cluster) : [];
    return { cluster, results, captured: [...captureAll(cluster), ...evidence] };
  } catch (error) {
    cluster.lab.close();
    throw error;
  }
}

/** What the linter is expected to say, each with the line that proves it. */
function expected(fault, layout) {
  const errors = fault.expect.errors.map((e) => {
    const { capture, line } = (layout === 'gravity' && e.inGravity) || e;
    const { rule, node, device } = e;
    return { rule, node, ...(device && { device }), file: LAYOUTS[layout].pathOf(node, capture), line };
  });
  return { exit: errors.length > 0 ? 1 : 0, errors, warnings: [], mayFind: mayFindOf(fault), story: fault.story };
}

/** An end as `reach --probes` takes it; pods by name, because two pods may have one address. */
function endName(end, pods) {
  if (end.kind === 'node') return `node:${end.name}`;
  if (end.kind === 'service') return `svc:${end.name}`;
  if (end.kind === 'pod') return `pod:${pods.get(end.name)}/${end.name}`;
  return end.address;
}

/** The kernel's answers where they do not hang on luck, as probes for the packet walk to agree with. */
function kernelAnswers(fault, results) {
  const pods = new Map(fault.topology.nodes.flatMap((n) => n.pods.map((p) => [p.name, p.namespace])));
  const certain = results.filter((r) => expectation(fault)(r) !== undefined);
  return certain.map((r) => ({
    src: endName(r.src, pods),
    dst: endName(r.dst, pods),
    proto: r.protocol.toLowerCase(),
    ...(r.port && { port: r.port }),
    ok: r.ok,
  }));
}

/**
 * Writes the bundle and returns what belongs beside it. Throws when an expected line is not in its file.
 * @param {Fault} fault @param {Sample} sample @param {'generic' | 'gravity'} layout @param {string} folder
 */
export function writeSample(fault, { cluster, captured, results }, layout, folder) {
  const files = LAYOUTS[layout].write(cluster, captured, folder);
  const expect = expected(fault, layout);
  for (const { rule, file, line } of expect.errors) {
    const text = files.get(file);
    if (text === undefined || !new RegExp(line, 'm').test(text))
      throw new Error(
        `${fault.id}: ${rule} expects /${line}/ in ${file}${text === undefined ? ', which was not written' : ''}`,
      );
  }
  return { files, expect, kernel: kernelAnswers(fault, results) };
}
