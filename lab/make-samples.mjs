/**
 * `npm run samples [-- NAME…]`: builds the clusters, breaks them, captures, and writes samples/bundles/. Needs root;
 * see README.md. It writes nothing unless the kernel agrees with what the sample says.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FAULTS, HEALTHY } from './faults.mjs';
import { assertNeeds } from './needs.mjs';
import { pingMatrix } from './probe.mjs';
import { makeSample, writeSample } from './sample.mjs';

const bundles = fileURLToPath(new URL('../samples/bundles/', import.meta.url));
/** One probe per line: readable, and a change shows as a line. */
const rows = (values) => `[\n${values.map((v) => `  ${JSON.stringify(v)}`).join(',\n')}\n]\n`;

async function make(fault) {
  const sample = await makeSample(fault);
  try {
    const folder = `${bundles}${fault.id}/`;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const { files, expect, kernel } = writeSample(fault, sample, folder);
    writeFileSync(`${folder}expect.json`, `${JSON.stringify(expect, null, 2)}\n`);
    writeFileSync(`${folder}kernel.json`, rows(kernel));
    const bytes = [...files.values()].reduce((sum, text) => sum + text.length, 0);
    const failed = sample.results.filter((r) => !r.ok).length;
    console.log(`${fault.id}: ${files.size} files, ${bytes} bytes; ${failed} of ${sample.results.length} probes unanswered`);
    if (process.env.LAB_MATRIX) console.log(`${pingMatrix(sample.results)}\n`);
  } finally {
    sample.cluster.lab.close();
  }
}

assertNeeds();
const all = [...HEALTHY, ...FAULTS];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.some((f) => f.id === name));
if (unknown.length > 0) throw new Error(`no sample ${unknown.join(', ')}; there are ${all.map((f) => f.id).join(', ')}`);
for (const fault of all) if (wanted.length === 0 || wanted.includes(fault.id)) await make(fault);
