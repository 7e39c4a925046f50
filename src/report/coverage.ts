import type { Report, ReportCapture } from '../engine/report.js';
import { inWords, uncheckedOf } from './missing.js';
import { type FormatOptions, plural } from './options.js';
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

function writeCaptures(out: Pen, title: string, captures: readonly ReportCapture[], prefix: string): void {
  out.line([title, 'bold']);
  const width = Math.max(...captures.map((c) => c.command.length));
  for (const c of captures) {
    const left = `${c.command.padEnd(width)}  ${placeOf(c, prefix)}`;
    const netns = c.netns === '' ? '' : ` [${c.netns}]`;
    out.line('  ', left, [`  ${cut(`${state(c)}${netns}`, Math.max(20, out.width - left.length - 4), [])}`, 'dim']);
  }
  out.line();
}

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
  return out.done();
}
