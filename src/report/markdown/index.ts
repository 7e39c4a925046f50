import type { Evidence, Finding, Report } from '../../engine/report.js';
import { asksCluster, capturesWanted, type Unchecked, uncheckedOf } from '../missing.js';
import { plural } from '../options.js';
import { commonPrefix, placeOf, shorten } from '../places.js';
import { headline, nothingFound, summaryLine, uncheckedLine } from '../text/index.js';
import { brokenPaths, type Cause, causesOf } from '../tree.js';
import { cell, code, prose, shell } from './escape.js';

/** A ticket is read on a screen and has a size limit (GitHub: 65,536 characters): long lists are cut, and say so. */
const PROOF = 8;
const SYMPTOMS = 12;
const CAUSES = 15;
const OPEN = 10;
const LINE = 200;

/** The message up to its first colon, full stop or expectation: a heading that can be read aloud. */
export function heading(f: Finding): string {
  const end = /, expected |: |\. |\.$/.exec(f.message);
  const first = end ? f.message.slice(0, end.index) : f.message;
  const whole = first.length > 110 ? `${first.slice(0, 109).replace(/\s+\S*$/, '')} …` : first;
  const named = f.nodes.some((n) => whole.includes(n));
  return named || f.nodes.length === 0 ? whole : `${f.nodes.slice(0, 3).join(', ')}: ${whole}`;
}

const short = (text: string): string => (text.length > LINE ? `${text.slice(0, LINE)} …` : text);

function proofTable(evidence: readonly Evidence[], prefix: string): string[] {
  const rows = evidence.slice(0, PROOF).map((e) => {
    const says = e.note === undefined ? '' : ` ${prose(e.note)}`;
    const line = e.text === '' ? '(could not be read again)' : cell(short(e.text.trim()));
    return `| ${cell(placeOf(e, prefix))} | ${line}${says === '' ? '' : `<br>${says.trim()}`} |`;
  });
  const rest = evidence.length > PROOF ? [`| … | and ${plural(evidence.length - PROOF, 'line')} more |`] : [];
  return ['| proof | line |', '|---|---|', ...rows, ...rest];
}

function section({ finding: f, effects }: Cause, prefix: string, walked: number | null): string[] {
  const out = [`## ${prose(heading(f))}`, ''];
  const sure = f.confidence === 'certain' ? '' : `, ${f.confidence}`;
  out.push(`${prose(f.message)} (${f.severity}${sure}, ${code(f.rule)})`, '');
  out.push(`**Do:** ${prose(f.fix.summary)}`, '');
  if (f.fix.commands.length > 0) out.push(...shell(f.fix.commands), '');
  out.push(...proofTable(f.evidence, prefix), '');
  const paths = brokenPaths(f, walked);
  if (paths !== undefined) out.push(`It ${paths}.`, '');
  if (effects.length > 0) {
    out.push('**Symptoms explained:**', '');
    for (const e of effects.slice(0, SYMPTOMS))
      out.push(`- ${prose(e.message)} (${cell(placeOf(e.evidence[0], prefix))})`);
    if (effects.length > SYMPTOMS) out.push(`- and ${effects.length - SYMPTOMS} more`);
    out.push('');
  }
  if (f.laterEvidence.length > 0) {
    out.push('**Later in the same input** (may have been repaired since, or tells otherwise):', '');
    out.push(...proofTable(f.laterEvidence, prefix), '');
  }
  return out;
}

function openSections(report: Report, open: readonly Unchecked[]): string[] {
  if (open.length === 0) return [];
  const out = ['## Not checked', ''];
  for (const u of open.slice(0, OPEN)) out.push(`- ${prose(uncheckedLine(u, report.bundle.nodes.length))}`);
  if (open.length > OPEN) out.push(`- and ${open.length - OPEN} more`);
  out.push('');
  const wanted = capturesWanted(open);
  if (wanted.length === 0) return out;
  const lines = wanted.map((w) =>
    asksCluster(w.command) ? w.command : `${w.command}   # on ${w.nodes.join(', ') || 'every node'}`,
  );
  return [...out, '**Please capture** (these only read):', '', ...shell(lines), ''];
}

function rest(report: Report, prefix: string): string[] {
  const out: string[] = [];
  const { unread, gaps, gapsOmitted } = report.coverage;
  const files = [...new Set(unread.map((u) => shorten(u.file, prefix)))];
  if (files.length > 0)
    out.push(
      `- not read: ${files.slice(0, 5).map(code).join(', ')}${files.length > 5 ? ` and ${files.length - 5} more` : ''}`,
    );
  if (gaps.length > 0) out.push(`- ${plural(gaps.length + gapsOmitted, 'line')} not understood`);
  for (const r of report.rules)
    if (r.outcome === 'crashed') out.push(`- rule ${code(r.id)} crashed: ${prose(r.error ?? 'no message')}`);
  for (const s of report.suppressed) out.push(`- suppressed: ${code(s.rule)}, because: ${prose(s.reason)}`);
  for (const n of report.notes) out.push(`- ${prose(n)}`);
  return out.length === 0 ? [] : ['## About this run', '', ...out, ''];
}

/** The triage for a ticket: pasted as it is into an issue tracker. */
export function markdown(report: Report): string {
  const prefix = commonPrefix(report);
  const causes = causesOf(report.findings);
  const out: string[] = [];
  if (causes.length === 0) out.push('## Nothing found', '', prose(nothingFound(report)), '');
  for (const cause of causes.slice(0, CAUSES)) out.push(...section(cause, prefix, report.summary.pathsWalked));
  if (causes.length > CAUSES)
    out.push(`…and ${plural(causes.length - CAUSES, 'finding')} more: see the full report.`, '');
  out.push(...openSections(report, uncheckedOf(report)), ...rest(report, prefix));
  const topology = report.topology.summary === '' ? '' : ` ${prose(report.topology.summary)}.`;
  out.push(
    '---',
    '',
    `${prose(headline(report))}.${topology}${prefix === '' ? '' : ` Files are below ${code(prefix)}.`}`,
  );
  out.push('', `${prose(summaryLine(report).replace(' | ', '; '))}. Made by dumplint ${report.tool.version}.`);
  return `${out.join('\n')}\n`;
}
