/**
 * `npm run bench`: what starting costs and what memory a big bundle costs, as ratios of this machine's own run. Uses the built file.
 *   node bench/run.mjs [--assert] [--megabytes N]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'dist/bin/bin.js');
const RUNS = 20;
const BUDGET = { version: 1.5, lint: 2.5 };

function milliseconds(args) {
  const started = process.hrtime.bigint();
  // NODE_COMPILE_CACHE would flatter, colours and terminals don't matter.
  const { error } = spawnSync(process.execPath, args, {
    stdio: 'ignore',
    env: { ...process.env, NODE_COMPILE_CACHE: '' },
  });
  if (error) throw error;
  return Number(process.hrtime.bigint() - started) / 1e6;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Each round runs every candidate, so that a busy moment of the machine meets all of them. */
function startUp(candidates) {
  const times = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
  for (let i = 0; i < RUNS; i++)
    for (const [name, args] of Object.entries(candidates)) times[name].push(milliseconds(args));
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

/** The healthy sample without what is long: logs and packet captures are not what starting costs. */
function smallBundle(folder) {
  const from = join(root, 'samples/bundles/healthy');
  for (const node of readdirSync(from).filter((n) => /^node-/.test(n))) {
    mkdirSync(join(folder, node));
    for (const file of readdirSync(join(from, node)))
      if (!/log|tcpdump|ping/.test(file)) cpSync(join(from, node, file), join(folder, node, file));
  }
}

/** Peak memory of one lint, as the kernel counts it for that process. */
function peak(path) {
  const script = `process.on('exit', () => process._rawDebug(String(process.resourceUsage().maxRSS)));process.argv=[process.argv[0],${JSON.stringify(bin)},'lint','--no-config',${JSON.stringify(path)}];await import(${JSON.stringify(bin)});`;
  const started = Date.now();
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const kilobytes = Number(stderr.trim().split('\n').at(-1));
  if (!(kilobytes > 0)) throw new Error(`no figure from the run (exit ${status}): ${stderr}`);
  return { megabytes: kilobytes / 1024, seconds: (Date.now() - started) / 1000 };
}

const { values } = parseArgs({
  options: { assert: { type: 'boolean', default: false }, megabytes: { type: 'string', default: '64' } },
});
const folder = mkdtempSync(join(tmpdir(), 'dumplint-bench-'));
try {
  const small = join(folder, 'small');
  mkdirSync(small);
  smallBundle(small);
  const times = startUp({ node: ['-e', '0'], version: [bin, '--version'], lint: [bin, 'lint', '--no-config', small] });
  const ratio = { version: times.version / times.node, lint: times.lint / times.node };
  console.log(`node ${process.version}: node -e 0 ${times.node.toFixed(0)} ms (median of ${RUNS})`);
  for (const [name, r] of Object.entries(ratio))
    console.log(`${name.padEnd(8)} ${times[name].toFixed(0)} ms, ${r.toFixed(2)}x (budget ${BUDGET[name]}x)`);
  const big = join(folder, 'big.tar.gz');
  const raw = Number(
    execFileSync(process.execPath, [join(root, 'bench/bundle.mjs'), big, '--megabytes', values.megabytes], {
      encoding: 'utf8',
    }),
  );
  const base = peak(small);
  const { megabytes, seconds } = peak(big);
  const size = raw / 2 ** 20;
  console.log(
    `big      ${size.toFixed(0)} MB raw, ${(statSync(big).size / 2 ** 20).toFixed(1)} MB packed: ${seconds.toFixed(1)} s, peak ${megabytes.toFixed(0)} MB (small bundle: ${base.megabytes.toFixed(0)} MB), ${(megabytes / size).toFixed(2)}x raw`,
  );
  const over = Object.keys(BUDGET).filter((name) => ratio[name] > BUDGET[name]);
  if (values.assert && over.length > 0) {
    console.error(`over budget: ${over.join(', ')}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
