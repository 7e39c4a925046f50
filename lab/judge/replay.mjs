import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXCUSED } from './case.mjs';
import { judge } from './compare.mjs';

/**
 * Cases that lie in a folder, judged by a built library: no root, no namespaces.
 * @typedef {{ name: string, folder: string, probes: any[], kernel: any }} Saved
 * @typedef {{ case: string, cases: readonly string[], topology: string, probe: any, answer: any, said: any, judgement: import('./compare.mjs').Judgement }} Row
 */

const json = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** @returns {string[]} names of the cases in a folder */
export const savedCases = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((e) => e.isDirectory() && readdirSync(join(folder, e.name)).includes('kernel.json'))
    .map((e) => e.name)
    .sort();

/** @returns {Promise<(paths: string[], options: object) => Promise<any>>} */
export async function loadReach(lib) {
  const { reach } = await import(pathToFileURL(resolve(lib)).href);
  if (typeof reach !== 'function') throw new Error(`${lib} exports no reach()`);
  return reach;
}

/** Where the outcome hangs on luck, or on what nobody captured, the kernel's answer is one of several. */
const settled = ({ cases }, judgement) =>
  cases.some((id) => EXCUSED.has(id)) && judgement.outcome === 'contradiction' ? { outcome: 'flaky' } : judgement;

/**
 * Judges one case; of its probes each `every`th, from another start in each case.
 * @returns {Promise<{ rows: Row[], ms: number }>}
 */
export async function judgeCase(reach, folder, name, every = 1) {
  const dir = join(folder, name);
  const all = json(dir, 'probes.json');
  const kernel = json(dir, 'kernel.json');
  const offset = [...name].reduce((sum, c) => sum + c.charCodeAt(0), 0) % every;
  const chosen = [...all.keys()].filter((i) => i % every === offset);
  const probes = chosen.map((i) => all[i]);
  const started = performance.now();
  const answer = await reach([join(dir, 'bundle')], { probes });
  const ms = performance.now() - started;
  if (answer.probes.length !== probes.length)
    throw new Error(`${name}: ${probes.length} probes, ${answer.probes.length} answers`);
  const addressOf = (probe) => (owner) => (probe.dst.includes('::') ? kernel.addresses6 : kernel.addresses)?.[owner];
  const truths = chosen.map((i) => kernel.probes[i]);
  const rows = truths.map((truth, i) => ({
    case: name,
    cases: kernel.cases,
    topology: kernel.topology,
    probe: { ...probes[i], class: truth.class },
    answer: truth,
    said: answer.probes[i],
    judgement: settled(kernel, judge(answer.probes[i], truth, addressOf(probes[i]))),
  }));
  return { rows, ms };
}

const label = ({ src, dst, proto, port, size, df }) =>
  `${src} -> ${dst} ${proto}${port ? `/${port}` : ''}${size ? ` ${size}${df ? ' df' : ''}` : ''}`;
const because = (b) =>
  b
    ? [b.direction, b.node, b.netns, b.device, b.step, b.reason].filter((x) => x !== undefined && x !== '').join(' ')
    : '';
const died = (d) => (d ? [d.direction, d.node, d.netns, d.device, d.way].filter((x) => x !== undefined).join(' ') : '');

/** One row per key: how many of each outcome. */
function table(title, rows, keysOf) {
  const COLUMNS = ['agreed', 'contradiction', 'unknown', 'vague', 'flaky'];
  const counts = new Map();
  for (const row of rows)
    for (const key of keysOf(row)) {
      const line = counts.get(key) ?? {};
      line[row.judgement.outcome] = (line[row.judgement.outcome] ?? 0) + 1;
      if (row.judgement.place === 'other') line.elsewhere = (line.elsewhere ?? 0) + 1;
      counts.set(key, line);
    }
  const width = Math.max(title.length, ...[...counts.keys()].map((k) => k.length));
  const all = [...COLUMNS, 'elsewhere'];
  return [
    `${title.padEnd(width)}  ${all.map((c) => c.padStart(13)).join('')}`,
    ...[...counts]
      .sort(([, a], [, b]) => (b.contradiction ?? 0) - (a.contradiction ?? 0) || (b.unknown ?? 0) - (a.unknown ?? 0))
      .map(([key, line]) => `${key.padEnd(width)}  ${all.map((c) => String(line[c] ?? '.').padStart(13)).join('')}`),
  ].join('\n');
}

/** Contradictions of one case with one reason are one line with a count, unless all are wanted. */
function contradictions(rows, isAll) {
  const groups = new Map();
  for (const row of rows.filter((r) => r.judgement.outcome === 'contradiction')) {
    const key = isAll
      ? String(groups.size)
      : [row.case, row.probe.class, row.said.verdict, row.judgement.why, because(row.said.because)].join('|');
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()].map(
    ([row, ...more]) =>
      `${row.case}: ${label(row.probe)}: said ${row.said.verdict}, ${row.judgement.why}${more.length > 0 ? ` (and ${more.length} like it)` : ''}` +
      `${row.said.because ? `\n    said   ${because(row.said.because)}` : ''}${row.answer.died ? `\n    kernel ${died(row.answer.died)}` : ''}`,
  );
}

/** Drops that both agree on, but in different places. */
function elsewhere(rows) {
  const groups = new Map();
  for (const row of rows.filter((r) => r.judgement.place === 'other')) {
    const key = [row.case, row.probe.class, because(row.said.because)].join('|');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map(
    ([row, ...more]) =>
      `${row.case}: ${label(row.probe)}${more.length > 0 ? ` (and ${more.length} like it)` : ''}\n    said   ${because(row.said.because)}\n    kernel ${died(row.answer.died)}`,
  );
}

const missingOf = (said) =>
  [...new Set((said.missing ?? []).map((m) => [m.input, m.reason, m.detail].filter(Boolean).join(' ')))].join('; ');

/** Why the walk did not know, most frequent first, each with an example. */
function unknowns(rows) {
  const groups = new Map();
  for (const row of rows.filter((r) => r.judgement.outcome === 'unknown')) {
    const key = missingOf(row.said) || because(row.said.because) || '(no reason)';
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, 25)
    .map(
      ([key, [row, ...more]]) =>
        `${String(more.length + 1).padStart(6)} ${key}\n       ${row.case}: ${label(row.probe)}`,
    );
}

/** @param {readonly Row[]} rows */
export function summary(rows, { all = false, seconds = 0 } = {}) {
  const part = (title, lines) => (lines.length > 0 ? [`\n== ${title}`, ...lines] : []);
  const count = (outcome) => rows.filter((r) => r.judgement.outcome === outcome).length;
  const judged = rows.length - count('flaky');
  const share = (n) => `${n} (${((100 * n) / Math.max(1, judged)).toFixed(2)} %)`;
  return [
    ...part('contradictions', contradictions(rows, all)),
    ...part('agreed, but dropped elsewhere', elsewhere(rows)),
    ...part('unknown because', unknowns(rows)),
    '',
    table('case', rows, (r) => r.cases),
    '',
    table('topology', rows, (r) => [r.topology]),
    '',
    table('probe', rows, (r) => [r.probe.class]),
    '',
    `${new Set(rows.map((r) => r.case)).size} cases, ${rows.length} probes, ${seconds.toFixed(1)} s: ${share(count('contradiction'))} contradictions, ${share(count('unknown'))} unknown, ${share(count('vague'))} vague, ${share(count('agreed'))} agreed; ${count('flaky')} flaky`,
  ].join('\n');
}

/** One line as soon as a case is judged. */
function progress(name, rows, ms) {
  const count = (outcome) => rows.filter((r) => r.judgement.outcome === outcome).length;
  const parts = ['contradiction', 'unknown', 'vague', 'flaky'].map((o) => `${count(o)} ${o}`);
  process.stderr.write(`${name}: ${rows.length} probes, ${parts.join(', ')}; ${(ms / 1000).toFixed(1)} s\n`);
}

/**
 * Judges saved cases one after the other; a case that crashes is told and counted. An interrupt ends it with what is known until then.
 * @param {string} folder @param {{ lib: string, names: readonly string[], all: boolean, every: number }} options
 */
export async function replay(folder, { lib, names, all, every }) {
  const reach = await loadReach(lib);
  const wanted = savedCases(folder).filter((name) => names.length === 0 || names.some((n) => name.includes(n)));
  const rows = [];
  const crashed = [];
  let ms = 0;
  let isStopped = false;
  process.once('SIGINT', () => {
    isStopped = true;
  });
  for (const name of wanted) {
    if (isStopped) break;
    try {
      const done = await judgeCase(reach, folder, name, every);
      progress(name, done.rows, done.ms);
      rows.push(...done.rows);
      ms += done.ms;
    } catch (error) {
      crashed.push(`${name}: ${error.stack ?? error}`);
      process.stderr.write(`CRASHED ${name}\n`);
    }
  }
  return {
    text: [summary(rows, { all, seconds: ms / 1000 }), ...crashed.map((c) => `CRASHED ${c}`)].join('\n'),
    ok: crashed.length === 0 && rows.every((r) => r.judgement.outcome !== 'contradiction'),
  };
}
