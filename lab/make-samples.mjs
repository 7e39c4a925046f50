/**
 * `npm run samples [-- NAME…]`: builds the clusters, breaks them, captures, and writes samples/bundles/. Needs root;
 * see README.md. It writes nothing unless the kernel agrees with what the sample says.
 *
 *   --into DIR   write there instead
 *   --both       write each flannel cluster in the other layout too, as NAME.generic or NAME.gravity
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAULTS, HEALTHY } from './faults.mjs';
import { assertNeeds } from './needs.mjs';
import { pingMatrix } from './probe.mjs';
import { layoutOf, makeSample, writeSample } from './sample.mjs';

/** One probe per line: readable, and a change shows as a line. */
const rows = (values) => `[\n${values.map((v) => `  ${JSON.stringify(v)}`).join(',\n')}\n]\n`;

function write(fault, sample, layout, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { files, expect, kernel } = writeSample(fault, sample, layout, folder);
  // Beside the folder: what a collector wrote is all that lies inside.
  writeFileSync(`${folder}.expect.json`, `${JSON.stringify(expect, null, 2)}\n`);
  writeFileSync(`${folder}.kernel.json`, rows(kernel));
  return files;
}

async function make(fault, into, both) {
  const sample = await makeSample(fault);
  try {
    const layout = layoutOf(fault.topology);
    const files = write(fault, sample, layout, join(into, fault.id));
    const other = layout === 'gravity' ? 'generic' : 'gravity';
    if (both && fault.topology.flavour === 'flannel-vxlan')
      write(fault, sample, other, join(into, `${fault.id}.${other}`));
    const bytes = [...files.values()].reduce((sum, text) => sum + text.length, 0);
    const lost = sample.results.filter((r) => !r.ok).length;
    console.log(
      `${fault.id}: ${files.size} files, ${bytes} bytes; ${lost} of ${sample.results.length} probes unanswered`,
    );
    if (process.env.LAB_MATRIX) console.log(`${pingMatrix(sample.results)}\n`);
  } finally {
    sample.cluster.lab.close();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    into: { type: 'string', default: fileURLToPath(new URL('../samples/bundles/', import.meta.url)) },
    both: { type: 'boolean', default: false },
  },
});
assertNeeds();
const all = [...HEALTHY, ...FAULTS];
const unknown = positionals.filter((name) => !all.some((f) => f.id === name));
if (unknown.length > 0)
  throw new Error(`no sample ${unknown.join(', ')}; there are ${all.map((f) => f.id).join(', ')}`);
for (const fault of all)
  if (positionals.length === 0 || positionals.includes(fault.id)) await make(fault, values.into, values.both);
