import type { Report, ReportBytes, ReportCapture, ReportInput } from '../engine/report.js';
import { inWords, uncheckedOf } from './missing.js';
import { type FormatOptions, listed, plural } from './options.js';
import { commonPrefix, placeOf, shorten } from './places.js';
import { headline, uncheckedLine } from './text/index.js';
import { cut } from './text/lines.js';
import { type Pen, pen } from './text/pen.js';

function state(c: ReportCapture): string {
  const parts = [
    c.status === 'present' ? plural(c.facts, 'line') : inWords(c.status),
    c.completeness === 'full' ? undefined : c.completeness,
    c.because ?? undefined,
    c.gaps > 0 ? `${c.gaps} not understood` : undefined,
  ];
  return parts.filter((p) => p !== undefined).join(', ');
}

/** What one line says: a capture, or a tree of files with a value each. */
interface Row {
  readonly command: string;
  readonly place: string;
  readonly state: string;
  readonly netns: string;
}

/** The tree that a small file is of: `…/node-1/proc/sys/`. */
const TREE = /^.*(?:^|[/!])(?:proc|sys)\//;
/** Fewer files are no tree. */
const FEW = 5;

function treeOf(c: ReportCapture): string | undefined {
  const small = c.line === 1 && c.lines <= 2 && c.commandLine === null;
  const tree = small ? TREE.exec(c.file)?.[0] : undefined;
  return tree === undefined ? undefined : `${c.command}\u0000${c.netns}\u0000${tree}`;
}

/** How many files, how much, and what is wrong with how many of them. */
function treeState(files: readonly ReportCapture[]): string {
  const sum = (of: (c: ReportCapture) => number): number => files.reduce((n, c) => n + of(c), 0);
  const absent = new Map<string, number>();
  for (const { status } of files) {
    const why = status.replaceAll('-', ' ');
    if (status !== 'present') absent.set(why, (absent.get(why) ?? 0) + 1);
  }
  const gaps = sum((c) => c.gaps);
  return [
    plural(files.length, 'file'),
    size(sum((c) => c.bytes)),
    plural(
      sum((c) => c.facts),
      'line',
    ),
    ...[...absent].map(([why, n]) => `${n} ${why}`),
    ...(gaps > 0 ? [`${gaps} not understood`] : []),
  ].join(', ');
}

/** One row a capture; the hundreds of small files of a proc or sys tree are one row, where its first file would stand. */
function rowsOf(captures: readonly ReportCapture[], prefix: string): readonly Row[] {
  const trees = new Map<string, ReportCapture[]>();
  for (const c of captures) {
    const tree = treeOf(c);
    if (tree === undefined) continue;
    const files = trees.get(tree);
    if (files) files.push(c);
    else trees.set(tree, [c]);
  }
  return captures.flatMap((c): readonly Row[] => {
    const files = trees.get(treeOf(c) ?? '') ?? [];
    const { command, netns } = c;
    if (files.length < FEW) return [{ command, netns, place: placeOf(c, prefix), state: state(c) }];
    const root = TREE.exec(c.file)?.[0] ?? '';
    return c === files[0] ? [{ command, netns, place: shorten(root, prefix) || root, state: treeState(files) }] : [];
  });
}

function writeCaptures(out: Pen, title: string, captures: readonly ReportCapture[], prefix: string): void {
  out.line([title, 'bold']);
  const rows = rowsOf(captures, prefix);
  const width = rows.reduce((most, r) => Math.max(most, r.command.length), 0);
  for (const row of rows) {
    const left = `${row.command.padEnd(width)}  ${row.place}`;
    const netns = row.netns === '' ? '' : ` [${row.netns}]`;
    out.line('  ', left, [`  ${cut(`${row.state}${netns}`, Math.max(20, out.width - left.length - 4), [])}`, 'dim']);
  }
  out.line();
}

/** `2 of 3 nodes; not captured: node-3` */
function whereabouts(rows: readonly ReportInput[]): string {
  const present = rows.filter((r) => r.status === 'present');
  const total = rows.length;
  const has =
    rows[0]?.node === null
      ? present.length > 0
        ? 'captured'
        : ''
      : present.length === total
        ? total === 1
          ? 'captured'
          : `all ${total} nodes`
        : present.length === 0
          ? ''
          : `${present.length} of ${plural(total, 'node')}`;
  const lacking = new Map<string, string[]>();
  for (const r of rows) {
    if (r.status === 'present') continue;
    const why = inWords(r.status);
    lacking.set(why, [...(lacking.get(why) ?? []), r.node ?? '']);
  }
  const lacks = [...lacking].map(([why, nodes]) => (nodes.length === total ? why : `${why}: ${listed(nodes, 3)}`));
  return [has, ...lacks].filter((part) => part !== '').join('; ');
}

/** Input by input on how many nodes it was captured, and why not on the others. */
function writeInputs(out: Pen, inputs: readonly ReportInput[]): void {
  if (inputs.length === 0) return;
  out.line(['INPUTS', 'bold']);
  const names = [...new Set(inputs.map((i) => `${i.node === null ? 'c' : 'n'}${i.input}`))];
  const width = Math.max(...names.map((n) => n.length - 1));
  for (const name of names) {
    const rows = inputs.filter((i) => `${i.node === null ? 'c' : 'n'}${i.input}` === name);
    out.line('  ', name.slice(1).padEnd(width), '  ', cut(whereabouts(rows), Math.max(20, out.width - width - 4), []));
  }
  out.line();
}

/** `1.4 MB`, with one figure behind the point. */
const size = (bytes: number): string =>
  bytes < 1000
    ? plural(bytes, 'byte')
    : bytes < 1e6
      ? `${(bytes / 1e3).toFixed(1)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`;

/** Every byte has one fate. */
const fates = ({ total, facts, noise, gaps, unread }: ReportBytes): string =>
  `${size(total)}: ${size(facts)} read as facts, ${size(noise)} carry nothing, ${size(gaps)} not understood, ${size(unread)} not read`;

/** What was captured of each node, and every line and file that was not understood. */
export function coverage(report: Report, options: FormatOptions = {}): string {
  const out = pen(options);
  const prefix = commonPrefix(report);
  const { captures, gaps, gapsOmitted, unread } = report.coverage;
  out.prose(0, headline(report));
  if (prefix !== '') out.line(`files below ${prefix}`);
  out.line();
  for (const node of report.bundle.nodes) {
    const mine = captures.filter((c) => c.node === node.name);
    const also = node.aliases.length > 0 ? ` (also ${node.aliases.join(', ')})` : '';
    if (mine.length > 0) writeCaptures(out, `${node.name}${also}`, mine, prefix);
  }
  const cluster = captures.filter((c) => c.node === null);
  if (cluster.length > 0) writeCaptures(out, 'the cluster', cluster, prefix);
  writeInputs(out, report.coverage.inputs);
  const open = uncheckedOf(report);
  if (open.length > 0) out.line(['NOT CHECKED', 'bold']);
  for (const u of open) {
    out.prose(2, uncheckedLine(u, report.bundle.nodes.length));
    if (u.command !== undefined) out.line('    ', ['supplied by  ', 'dim'], u.command);
  }
  if (open.length > 0) out.line();
  if (gaps.length > 0) out.line(['NOT UNDERSTOOD', 'bold']);
  for (const g of gaps) {
    out.line('  ', [placeOf(g, prefix), 'dim'], `  ${g.reason}`);
    out.line('    ', cut(g.text, out.width - 4, []));
  }
  if (gapsOmitted > 0) out.line('  ', `and ${gapsOmitted} more`);
  if (gaps.length > 0) out.line();
  if (unread.length > 0) out.line(['NOT READ', 'bold']);
  for (const u of unread) {
    const lines =
      u.line === undefined ? '' : `:${u.line}${u.lines !== undefined && u.lines > 1 ? `-${u.line + u.lines - 1}` : ''}`;
    out.prose(2, `${shorten(u.file, prefix)}${lines}: ${u.detail} (${u.reason})`);
  }
  if (unread.length > 0) out.line();
  const s = report.summary;
  out.line([
    `${plural(s.files, 'file')}, ${plural(s.captures, 'capture')}, ${s.unread} not read, ${plural(s.gaps, 'line')} not understood`,
    'bold',
  ]);
  out.line(fates(report.coverage.bytes));
  return out.done();
}
