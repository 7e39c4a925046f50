/**
 * node bench/formats.mjs [--megabytes N]: what reading one bundle costs in each container, as a ratio to the same in a tar.gz. Needs tar, xz,
 * zstd, bzip2 and zip; uses the built library. `read` unpacks and hands the members out, `load` makes the model of them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '50' } } });
const RUNS = 3;

const folder = mkdtempSync(join(tmpdir(), 'dumplint-bench-'));
const at = (name) => join(folder, name);
const shell = (command) => execFileSync('sh', ['-c', command], { cwd: folder });

/** In a process of its own: the best of some runs, and the kernel's count of its memory. */
function measured(path, kind) {
  const lib = (file) => JSON.stringify(join(root, 'dist/lib/src', file));
  const script = `
    const started = process.hrtime.bigint();
    if (${JSON.stringify(kind)} === 'read') {
      const { openBundle } = await import(${lib('bundle/index.js')});
      for await (const event of openBundle([${JSON.stringify(path)}]));
    } else {
      const { load } = await import(${lib('index.js')});
      await load([${JSON.stringify(path)}]);
    }
    console.log(JSON.stringify({ seconds: Number(process.hrtime.bigint() - started) / 1e9, peak: process.resourceUsage().maxRSS / 1024 }));`;
  const runs = Array.from({ length: RUNS }, () =>
    JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })),
  );
  return runs.reduce((best, run) => (run.seconds < best.seconds ? run : best));
}

try {
  const make = [join(root, 'bench/bundle.mjs'), at('case.tar.gz'), '--megabytes', values.megabytes];
  const raw = Number(execFileSync(process.execPath, make, { encoding: 'utf8' })) / 2 ** 20;
  shell('gzip -dk case.tar.gz && xz -k case.tar && zstd -qk case.tar && bzip2 -k case.tar');
  mkdirSync(at('case'));
  shell('tar -xf case.tar -C case && cd case && zip -qr ../case.zip .');
  const forms = ['case.tar.gz', 'case.tar', 'case', 'case.zip', 'case.tar.zst', 'case.tar.xz', 'case.tar.bz2'];
  const base = {};
  for (const name of forms)
    for (const kind of ['read', 'load']) {
      const { seconds, peak } = measured(at(name), kind);
      base[kind] ??= seconds;
      const size = name === 'case' ? raw : statSync(at(name)).size / 2 ** 20;
      console.log(
        `${name.padEnd(13)} ${size.toFixed(1).padStart(6)} MB  ${kind} ${seconds.toFixed(2).padStart(6)} s  ${(seconds / base[kind]).toFixed(1).padStart(5)}x  ${peak.toFixed(0).padStart(5)} MB peak`,
      );
    }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
