/**
 * node bench/memory.mjs [--megabytes N] [--nodes N] [KIND …]: peak memory and time of loading a bundle of each kind (see bundle.mjs), each in a
 * process of its own, with the built library. `lint` is all of `dumplint lint`, from the built command line.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { megabytes: { type: 'string', default: '100' }, nodes: { type: 'string', default: '10' } },
});
const kinds = positionals.length > 0 ? positionals : ['log', 'mix', 'iptables', 'distinct', 'peers'];

/** What a process says of itself on its way out; the kernel's own maximum, as `/usr/bin/time -v` shows it. */
const REPORT = `process.on('exit', () => process.stderr.write('\\n' + JSON.stringify({
  seconds: process.uptime(), peak: process.resourceUsage().maxRSS / 1024, facts: globalThis.facts })));`;
const LOAD = `const { load } = await import(${JSON.stringify(join(root, 'dist/lib/src/index.js'))});
const { model } = await load([process.argv[1]]);
globalThis.facts = model.captures.reduce((n, c) => n + c.facts.length, 0);`;

function measured(args) {
  // A bundle with findings makes the command line end with a code other than 0: the shell part keeps the report and drops the code.
  const script = 'exec 3>&1; "$@" 2>&1 >/dev/null 3>&- | tail -n 1 >&3; exit 0';
  const out = execFileSync(
    'sh',
    ['-c', script, 'sh', process.execPath, '--import', `data:text/javascript,${encodeURIComponent(REPORT)}`, ...args],
    {
      encoding: 'utf8',
    },
  );
  return JSON.parse(out);
}

const folder = mkdtempSync(join(tmpdir(), 'dumplint-bench-'));
const bundle = join(folder, 'big.tar.gz');
const row = (name, size, { peak, seconds }, facts) =>
  console.log(
    `${name.padEnd(14)} ${size.toFixed(0).padStart(5)} MB raw ${String(facts ?? '').padStart(9)} facts ${seconds.toFixed(1).padStart(6)} s ${peak.toFixed(0).padStart(6)} MB peak ${(peak / size).toFixed(2).padStart(6)}x raw`,
  );
try {
  for (const kind of kinds) {
    const args = [join(root, 'bench/bundle.mjs'), bundle, '--kind', kind, '--megabytes', values.megabytes];
    const size =
      Number(execFileSync(process.execPath, [...args, '--nodes', values.nodes], { encoding: 'utf8' })) / 2 ** 20;
    const load = measured(['--input-type=module', '-e', LOAD, bundle]);
    row(`${kind} load`, size, load, load.facts);
    row(`${kind} lint`, size, measured([join(root, 'dist/bin/bin.js'), 'lint', '--no-config', bundle]), load.facts);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
