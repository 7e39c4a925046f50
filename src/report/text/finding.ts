import type { Evidence, Finding } from '../../engine/report.js';
import { printable } from '../../kit/index.js';
import { plural } from '../options.js';
import { placeOf } from '../places.js';
import { brokenPaths, type Cause } from '../tree.js';
import { columnsOf, cut, needlesOf, padded, wrap } from './lines.js';
import { LABEL, type Pen } from './pen.js';

/** Lines of proof shown for a finding; the rest is counted. */
const PROOF = 6;
const LATER = 3;
/** Effects of one rule shown below a cause. */
const EFFECTS = 4;

/** `node-1/cni0`; a subject that names the node already stands alone. */
function aboutOf(f: Finding): string {
  const nodes =
    f.nodes.length > 3 ? `${f.nodes.slice(0, 2).join(', ')} and ${f.nodes.length - 2} more` : f.nodes.join(', ');
  if (f.subject === '' || f.nodes.includes(f.subject)) return nodes;
  return f.nodes.some((n) => f.subject.includes(n)) ? f.subject : `${nodes} ${f.subject}`;
}

function proof(out: Pen, indent: number, evidence: readonly Evidence[], f: Finding, prefix: string): void {
  const places = evidence.map((e) => printable(placeOf(e, prefix)));
  const longest = Math.max(...places.map(columnsOf));
  // A long path gets a line of its own, so that the proof itself stays readable.
  const beside = longest <= Math.floor(out.width * 0.4);
  const column = beside ? indent + longest + 2 : indent + 2;
  for (const [i, e] of evidence.entries()) {
    const place = places[i] ?? '';
    const needles = needlesOf(f.subject, e.note ?? '', f.message);
    const text =
      e.text === ''
        ? '(this line could not be read again)'
        : cut(printable(e.text.replace(/\t/g, ' ')), out.width - column, needles);
    if (beside) out.line(' '.repeat(indent), [padded(place, longest), 'dim'], `  ${text}`);
    else {
      out.line(' '.repeat(indent), [place, 'dim']);
      out.line(' '.repeat(column), text);
    }
    if (e.note !== undefined) out.prose(column, `^ ${e.note}`);
  }
}

function more(out: Pen, indent: number, total: number, shown: number, what: string): void {
  if (total > shown)
    out.line(' '.repeat(indent), [`and ${plural(total - shown, what)} more (all with -f json)`, 'dim']);
}

function explainsSentence({ finding, effects }: Cause, walked: number | null): string | undefined {
  const below = effects.length > 0 ? `can explain ${plural(effects.length, 'finding')} below` : undefined;
  const both = [brokenPaths(finding, walked), below].filter((s) => s !== undefined).join('; ');
  return both === '' ? undefined : `${both.charAt(0).toUpperCase()}${both.slice(1)}.`;
}

const CONFIDENCE = { certain: '', likely: ' (likely)', possible: ' (possible)' } as const;

function head(out: Pen, indent: number, f: Finding, word: string): void {
  const left = `${word.padEnd(LABEL - 2)}  ${f.rule}${CONFIDENCE[f.confidence]}`;
  const about = printable(aboutOf(f));
  const gap = out.width - indent - columnsOf(left) - columnsOf(about);
  const spans = [' '.repeat(indent), [word, f.severity], left.slice(word.length)] as const;
  if (gap >= 2) out.line(...spans, ' '.repeat(gap), [about, 'bold']);
  else {
    out.line(...spans);
    for (const l of wrap(about, out.width - indent - 2)) out.line(' '.repeat(indent + 2), [l, 'bold']);
  }
}

function repair(out: Pen, f: Finding): void {
  out.field(2, 'Repair', `${f.fix.summary}`);
  // Commands stay on one line each, so that they can be copied.
  for (const c of f.fix.commands) out.line(' '.repeat(2 + LABEL), c);
}

/** A cause in full with its effects folded below. */
export function writeCause(out: Pen, cause: Cause, prefix: string, walked: number | null): void {
  const { finding: f, effects } = cause;
  head(out, 0, f, f.severity.toUpperCase());
  out.prose(2, f.message);
  proof(out, 4, f.evidence.slice(0, PROOF), f, prefix);
  more(out, 4, f.evidence.length, PROOF, 'line');
  const explains = explainsSentence(cause, walked);
  if (explains !== undefined) out.prose(2, explains);
  repair(out, f);
  if (f.laterEvidence.length > 0) {
    out.prose(2, 'May have been repaired since, or tells otherwise:');
    proof(out, 4, f.laterEvidence.slice(0, LATER), f, prefix);
    more(out, 4, f.laterEvidence.length, LATER, 'line');
  }
  out.field(2, 'More', `dumplint explain ${f.rule}`);
  const shown = new Map<string, number>();
  const folded = new Map<string, number>();
  for (const e of effects) {
    const n = (shown.get(e.rule) ?? 0) + 1;
    shown.set(e.rule, n);
    if (n > EFFECTS) folded.set(e.rule, n - EFFECTS);
    else {
      out.line();
      writeBrief(out, e, prefix);
    }
  }
  if (folded.size > 0) out.line();
  for (const [rule, n] of folded) out.line('    ', [`and ${n} more of ${rule} (all with -f json)`, 'dim']);
}

/** A finding in short: what and one line of proof. */
export function writeBrief(out: Pen, f: Finding, prefix: string): void {
  head(out, 4, f, f.severity);
  out.prose(6, f.message);
  proof(out, 8, f.evidence.slice(0, 1), f, prefix);
}
