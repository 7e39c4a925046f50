/**
 * Runs real collectors on the nodes of a lab cluster, each in its node's network namespace: `node lab/run-collect.mjs --into DIR FAULT MODE…`.
 * Modes: `collect` (src/cli/collect.sh with the tools of this machine and the node's pods), `busybox` (the same with busybox alone), `sos`
 * (Debian's sos report). One JSON line per mode: { mode, folder, errors } with what the fault says must be found. Needs root; see README.md.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { collectWords, onNode, quoted, SCRIPT } from './collect.mjs';
import { FAULTS, HEALTHY } from './faults.mjs';
import { assertNeeds } from './needs.mjs';
import { run } from './netns.mjs';
import { makeSample } from './sample.mjs';

/** Nothing but busybox: the folders of all other programs are covered in a mount namespace. */
function busybox(cluster, node, out) {
  const bin = mkdtempSync(join(tmpdir(), 'dumplint-busybox-'));
  const empty = mkdtempSync(join(tmpdir(), 'dumplint-empty-'));
  try {
    const real = run(['sh', '-c', 'command -v busybox']).stdout.trim();
    run(['cp', real, join(bin, 'busybox')]);
    for (const applet of run(['busybox', '--list']).stdout.trim().split('\n'))
      if (applet !== 'busybox') symlinkSync('busybox', join(bin, applet));
    const hide = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/usr/bin']
      .map((folder) => `${bin}/mount --bind ${empty} ${folder}`)
      .join(' && ');
    return onNode(
      cluster,
      node,
      `export PATH=${bin} && ${hide} && exec ${bin}/sh ${quoted(SCRIPT)} -K -P -o ${quoted(out)}`,
      ['--mount'],
    );
  } finally {
    rmSync(bin, { recursive: true, force: true });
    rmSync(empty, { recursive: true, force: true });
  }
}

/** sos of Debian: the plugins that hold what a network diagnosis reads. */
function sos(cluster, node, out) {
  const folder = mkdtempSync(join(tmpdir(), 'dumplint-sos-'));
  try {
    const plugins = 'networking,kernel,host,firewall_tables,iptables';
    const known = run(['sos', 'report', '--list-plugins', '--batch'], { mayFail: true, timeout: 120_000 }).stdout;
    const wanted = plugins.split(',').filter((p) => new RegExp(`^ *${p} `, 'm').test(known));
    onNode(
      cluster,
      node,
      `sos report --batch --quiet --tmp-dir ${quoted(folder)} -o ${wanted.join(',')} --compression-type gzip --plugin-timeout 60`,
    );
    const archive = readdirSync(folder).find((f) => /^sosreport-.*\.tar\.(gz|xz)$/.test(f));
    if (archive === undefined) throw new Error(`sos left no archive: ${readdirSync(folder).join(', ')}`);
    run([
      'cp',
      join(folder, archive),
      out.replace(/[^/]+$/, archive.replace(/^sosreport-[^-]+/, `sosreport-${node.name.replaceAll('-', '')}`)),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const collect = (cluster, node, out) =>
  cluster.lab.exec(node.name, collectWords(cluster, node, out), { timeout: 300_000 });

const MODES = { collect, busybox, sos };

assertNeeds();
const { values, positionals } = parseArgs({ options: { into: { type: 'string' } }, allowPositionals: true });
const [id, ...modes] = positionals;
const fault = [...FAULTS, ...HEALTHY].find((f) => f.id === id);
if (!fault || values.into === undefined || modes.some((m) => !(m in MODES)))
  throw new Error(`usage: run-collect.mjs --into DIR FAULT ${Object.keys(MODES).join(' ')}`);
const { cluster } = await makeSample(fault);
try {
  for (const mode of modes) {
    const folder = join(values.into, mode);
    mkdirSync(folder, { recursive: true });
    const said = [];
    for (const node of cluster.topology.nodes) {
      const done = MODES[mode](cluster, node, join(folder, `${node.name}.tar.gz`));
      if (done) said.push(done.stderr);
    }
    writeFileSync(join(values.into, `${mode}.stderr.txt`), said.join(''));
    const pods = Object.fromEntries(cluster.topology.nodes.map((n) => [n.name, n.pods.map((p) => p.address)]));
    process.stdout.write(`${JSON.stringify({ mode, folder, errors: fault.expect.errors, pods })}\n`);
  }
} finally {
  cluster.lab.close();
}
