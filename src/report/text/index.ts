import type { Report, ReportUnread } from '../../engine/report.js';
import { inWords, type Unchecked, uncheckedOf, whereOf } from '../missing.js';
import { type FormatOptions, listed, plural } from '../options.js';
import { commonPrefix, shorten } from '../places.js';
import { causesOf } from '../tree.js';
import { writeBrief, writeCause } from './finding.js';
import { wrap } from './lines.js';
import { type Pen, pen } from './pen.js';

/** Findings of one rule shown in full; the others of it follow in short. */
const FULL = 3;
/** Open questions shown; `dumplint coverage` shows all. */
const OPEN = 5;

/** Reasons that mean that the input is not whole: each is told, up to a few. */
const DAMAGE: readonly string[] = ['unreadable', 'truncated', 'capped'];
const DAMAGED = 3;

const minute = (time: string): string => time.slice(0, 16).replace('T', ' ');

/** `2020-01-23 16:55 to 17:26 UTC`; the second date only where it differs. */
function spanOf(from: string | null, to: string | null): string | undefined {
  if (from === null || to === null) return undefined;
  const [a, b] = [minute(from), minute(to)];
  if (a === b) return `${a} UTC`;
  return `${a} to ${a.slice(0, 10) === b.slice(0, 10) ? b.slice(11) : b} UTC`;
}

export function headline(report: Report): string {
  const { bundle, summary } = report;
  const parts = [
    bundle.layout,
    plural(bundle.nodes.length, 'node'),
    plural(summary.captures, 'capture'),
    spanOf(bundle.from, bundle.to),
  ];
  return `${bundle.paths.join(' ')}: ${parts.filter((p) => p !== undefined).join(', ')}`;
}

function writeHead(out: Pen, report: Report, prefix: string): void {
  out.prose(0, headline(report));
  if (report.topology.summary !== '') out.prose(0, report.topology.summary);
  if (prefix !== '' && report.findings.length > 0) out.line(`files below ${prefix}`);
  out.line();
}

function writeFindings(out: Pen, report: Report, prefix: string): void {
  const seen = new Map<string, number>();
  for (const cause of causesOf(report.findings)) {
    const n = (seen.get(cause.finding.rule) ?? 0) + 1;
    seen.set(cause.finding.rule, n);
    if (n <= FULL || cause.effects.length > 0) writeCause(out, cause, prefix, report.summary.pathsWalked);
    else writeBrief(out, cause.finding, prefix);
    out.line();
  }
}

/** Nothing found is an answer only together with what was looked at. */
export function nothingFound(report: Report): string {
  const { clean, notAssessed } = report.summary;
  if (report.summary.captures === 0)
    return 'Nothing was checked: no output of a command that dumplint knows is in this input.';
  const looked = `${plural(clean, 'rule')} looked at ${plural(report.bundle.nodes.length, 'node')} and found nothing wrong`;
  if (report.summary.errors + report.summary.warnings + report.summary.infos > 0) return 'No finding at this level.';
  // A rule about what somebody observed misses nothing where nobody did.
  const open = report.rules.filter((r) => r.applicable && r.outcome === 'not-assessed' && r.missing.length > 0).length;
  const parts = [
    looked,
    ...(open > 0 ? [`${open} could not look, see below`] : []),
    ...(notAssessed > open ? [`${notAssessed - open} had nothing to look at`] : []),
  ];
  return `No findings: ${parts.join('; ')}.`;
}

export function uncheckedLine(u: Unchecked, nodes: number): string {
  const where = whereOf(u, nodes);
  const [first = '', second, ...others] = u.input.split(' or ');
  const input =
    second === undefined
      ? first
      : `${first} or ${second}${others.length > 0 ? ` (or ${plural(others.length, 'other')})` : ''}`;
  const detail = u.detail === undefined ? '' : ` (${u.detail})`;
  return `${input}${where === '' ? '' : ` on ${where}`}: ${inWords(u.reason)}${detail}; for ${listed(u.rules, 1)}`;
}

function writeOpen(out: Pen, report: Report): void {
  // Of an input without any capture "nothing" says it all.
  const open = report.summary.captures === 0 ? [] : uncheckedOf(report);
  if (open.length === 0) return;
  out.line(['NOT CHECKED', 'bold']);
  for (const u of open.slice(0, OPEN)) {
    out.prose(2, uncheckedLine(u, report.bundle.nodes.length));
    if (u.command !== undefined && u.reason !== 'not-comparable')
      out.line(' '.repeat(4), ['supplied by  ', 'dim'], u.command);
  }
  if (open.length > OPEN)
    out.prose(2, `and ${open.length - OPEN} more: dumplint coverage ${report.bundle.paths.join(' ')}`);
  out.line();
}

const lineOf = (u: ReportUnread): string => (u.line === undefined || u.line <= 1 ? '' : `:${u.line}`);

/** A paste has many outputs: of those that nothing reads the number is told, of a file its name. */
function stretches(unread: readonly ReportUnread[], prefix: string): string[] {
  const byFile = new Map<string, number>();
  for (const u of unread) byFile.set(u.file, (byFile.get(u.file) ?? 0) + 1);
  return [...byFile].map(([file, n]) => `${n > 1 ? `${n} outputs in ` : ''}${shorten(file, prefix)}`);
}

function writeRest(out: Pen, report: Report, prefix: string): void {
  const lines: string[] = [];
  const { unread, gaps, gapsOmitted } = report.coverage;
  const where = `dumplint coverage ${report.bundle.paths.join(' ')}`;
  const broken = unread.filter((u) => DAMAGE.includes(u.reason));
  for (const u of broken.slice(0, DAMAGED)) lines.push(`Not read: ${shorten(u.file, prefix)}: ${u.detail}`);
  if (broken.length > DAMAGED)
    lines.push(`Not read: ${broken.length - DAMAGED} more that are damaged. Which: ${where}`);
  const rest = unread.filter((u) => !broken.includes(u));
  const [only] = rest;
  if (only && rest.length === 1) lines.push(`Not read: ${shorten(only.file, prefix)}${lineOf(only)}: ${only.detail}`);
  else if (rest.length > 1) lines.push(`Not read: ${listed(stretches(rest, prefix), 3)}. Reasons: ${where}`);
  const skipped = gaps.length + gapsOmitted;
  if (skipped > 0)
    lines.push(
      `Not understood: ${plural(skipped, 'line')} in ${plural(new Set(gaps.map((g) => g.file)).size, 'file')}. Which: ${where}`,
    );
  for (const r of report.rules.filter((r) => r.outcome === 'crashed'))
    lines.push(
      `Rule ${r.id} crashed (${r.error ?? 'no message'}): its answer is missing. This is a bug; please report it.`,
    );
  for (const s of report.suppressed) lines.push(`Suppressed: ${s.rule} (${s.fingerprint}), because: ${s.reason}`);
  lines.push(...report.notes.map((n) => `Note: ${n}`));
  for (const l of lines) out.prose(0, l);
  if (lines.length > 0) out.line();
}

export function summaryLine(report: Report): string {
  const s = report.summary;
  const of = s.symptoms > 0 ? ` (${plural(s.causes, 'cause')}, ${plural(s.symptoms, 'symptom')})` : '';
  const found = [
    plural(s.errors, 'error'),
    plural(s.warnings, 'warning'),
    ...(s.infos > 0 ? [plural(s.infos, 'info')] : []),
  ].join(', ');
  const crashed = s.crashed > 0 ? `, ${s.crashed} crashed` : '';
  return `${found}${of} | rules: ${s.clean} clean, ${s.notAssessed} not assessed${crashed}`;
}

/** The page for a terminal. */
export function text(report: Report, options: FormatOptions = {}): string {
  const out = pen(options);
  const prefix = commonPrefix(report);
  writeHead(out, report, prefix);
  if (report.findings.length === 0) {
    out.prose(0, nothingFound(report));
    out.line();
  } else writeFindings(out, report, prefix);
  writeOpen(out, report);
  writeRest(out, report, prefix);
  for (const l of wrap(summaryLine(report), out.width)) out.line([l, 'bold']);
  return out.done();
}
