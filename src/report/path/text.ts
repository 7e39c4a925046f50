import type { FormatOptions } from '../options.js';
import { listed, plural } from '../options.js';
import { commonFolder } from '../places.js';
import { wrap } from '../text/lines.js';
import { type Pen, pen, type Style } from '../text/pen.js';
import { glyphs } from './glyphs.js';
import { lanesOf } from './hops.js';
import type { JsonOutcome, TraceJson } from './json.js';
import { openQuestions, writeOpen } from './open.js';
import { picture } from './picture.js';
import { writeEvidence, writeProof } from './proof.js';
import { type StepsOptions, writeSteps } from './steps.js';
import { askedFor, deathOf, endName, felt, missingLine, percent, writeFolder } from './words.js';

export interface WalkOptions extends FormatOptions {
  /** All steps, with the lines of their proof, of all ways. */
  readonly verbose?: boolean;
}

const STYLES: Readonly<Record<TraceJson['verdict'], Style>> = {
  delivered: 'good',
  dropped: 'error',
  partly: 'warning',
  unknown: 'info',
};

/** Ways that end alike: told once. */
interface Fate {
  readonly outcome: JsonOutcome;
  readonly endpoints: readonly string[];
  readonly share: number;
}

/** Ways that are shown to their end, one for each fate. */
const WAYS = 3;

const RANK = { dropped: 0, unknown: 1, delivered: 2 } as const;

const fateKey = ({ verdict, because: b, missing }: JsonOutcome): string =>
  JSON.stringify(
    verdict === 'unknown'
      ? [verdict, missing.map((m) => [m.node, m.input])]
      : [verdict, b?.direction, b?.node, b?.device, b?.reason],
  );

function fatesOf(trace: TraceJson): readonly Fate[] {
  const byKey = new Map<string, Fate>();
  for (const outcome of trace.outcomes) {
    const key = fateKey(outcome);
    const held = byKey.get(key) ?? { outcome, endpoints: [], share: 0 };
    const endpoints = [...new Set([...held.endpoints, outcome.endpoint])];
    byKey.set(key, { ...held, endpoints, share: held.share + outcome.share });
  }
  return [...byKey.values()].sort((a, b) => RANK[a.outcome.verdict] - RANK[b.outcome.verdict]);
}

/** What became of the packets on one way, as a sentence without its full stop. */
function tale(trace: TraceJson, o: JsonOutcome): string {
  if (o.verdict === 'dropped' && o.because) return deathOf(trace, o, o.because);
  if (o.verdict === 'unknown') {
    const [first] = o.missing;
    const known = first ? missingLine(first, first.node === undefined ? [] : [first.node]) : 'it cannot be told';
    const more = o.missing.length > 1 ? ` and ${o.missing.length - 1} more, see below` : '';
    return `it hangs on what was not captured: ${known}${more}`;
  }
  const seen = o.seenSource === null ? '' : `, which sees them come from ${o.seenSource}`;
  return `the packets of ${endName(trace.src)} arrive at ${o.endpoint}${seen}; the answers come back`;
}

/** Of endpoints that all answer. */
function answered(trace: TraceJson, endpoints: number): string {
  const seen = trace.seenSource === null ? '' : `, which see them come from ${trace.seenSource}`;
  return `the packets of ${endName(trace.src)} arrive at each of ${endpoints} endpoints${seen}; the answers come back`;
}

/** `2 of 3 endpoints are lost (67 %)` */
function partOf(fate: Fate, fates: readonly Fate[]): string {
  const all = new Set(fates.flatMap((f) => f.endpoints)).size;
  const n = fate.endpoints.length;
  const state = {
    dropped: n === 1 ? 'is lost' : 'are lost',
    unknown: n === 1 ? 'is not known' : 'are not known',
    delivered: n === 1 ? 'answers' : 'answer',
  }[fate.outcome.verdict];
  // One endpoint that is reached in several ways.
  const of = all === 1 ? 'some ways to it' : `${n} of ${all} endpoints`;
  return `${of} ${all === 1 && fate.outcome.verdict === 'dropped' ? 'are lost' : state} (${percent(fate.share)})`;
}

/** The verdict and its cause; of several fates the worst first, the others by their number. */
function headSentence(trace: TraceJson, fates: readonly Fate[]): string {
  const [first, ...others] = fates;
  if (!first) return `${trace.verdict}: nothing could be walked`;
  const seen = trace.observed.at(-1);
  if (trace.verdict === 'delivered' && seen && fates.every((f) => f.outcome.verdict === 'unknown'))
    return `delivered: somebody saw the answer (${seen.says}); the captures alone do not tell the way`;
  if (others.length === 0) {
    const n = first.endpoints.length;
    if (n > 1 && first.outcome.verdict === 'delivered') return `${trace.verdict}: ${answered(trace, n)}`;
    const all = n > 1 ? ` (all ${n} endpoints)` : '';
    return `${trace.verdict}: ${tale(trace, first.outcome)}${all}`;
  }
  if (first.outcome.verdict === 'delivered')
    return `${trace.verdict}: ${fates.map((f) => tale(trace, f.outcome)).join('; ')}`;
  const rest = others.map((f) => partOf(f, fates)).join(', ');
  return `${trace.verdict}: ${partOf(first, fates)}: ${tale(trace, first.outcome)}; ${rest}`;
}

function writeHead(out: Pen, trace: TraceJson, fates: readonly Fate[], prefix: string): void {
  const sentence = headSentence(trace, fates);
  out.verdict(trace.verdict, STYLES[trace.verdict], sentence.slice(trace.verdict.length));
  const [first] = fates;
  const because = first?.outcome.because;
  if (first && because && first.outcome.verdict === 'dropped') {
    writeProof(out, because, prefix, 3);
    out.prose(2, felt(trace, because));
  }
  if (first && because && first.outcome.verdict === 'unknown')
    out.prose(2, `As far as the captures tell: ${deathOf(trace, first.outcome, because)}.`);
  out.line();
  out.prose(0, `${endName(trace.src)} to ${endName(trace.dst)}, ${askedFor(trace)}`);
  writeFolder(out, prefix);
  out.line();
}

/** The endpoints that load balancing may choose, by what becomes of them; of the first the head told it. */
function writeFates(out: Pen, trace: TraceJson, fates: readonly Fate[], prefix: string): void {
  if (fates.length < 2 && (fates[0]?.endpoints.length ?? 0) < 2) return;
  out.line(['ENDPOINTS', 'bold']);
  for (const [i, f] of fates.entries()) {
    const { verdict, because } = f.outcome;
    const left = `  ${percent(f.share).padStart(5)}  `;
    const indent = left.length + 11;
    const [names = '', ...more] = wrap(out.say(listed(f.endpoints, 4)), out.width - indent, 'broken');
    out.line(left, [verdict.padEnd(9), STYLES[verdict]], '  ', names);
    for (const line of more) out.line(' '.repeat(indent), line);
    if (i === 0 || verdict === 'delivered') continue;
    out.prose(4, tale(trace, f.outcome));
    if (verdict === 'dropped' && because) writeProof(out, because, prefix, 3);
  }
  out.line();
}

/** One way, drawn and told. */
function writeWay(out: Pen, o: JsonOutcome, options: StepsOptions): void {
  for (const line of picture(lanesOf(o), out.width, options.glyphs)) out.line(...line);
  out.line();
  writeSteps(out, o, options);
}

/** A way of each fate; those that arrive only where none is lost. */
function waysShown(trace: TraceJson, fates: readonly Fate[], verbose: boolean): readonly JsonOutcome[] {
  if (verbose) return trace.outcomes.toSorted((a, b) => RANK[a.verdict] - RANK[b.verdict]);
  const bad = fates.filter((f) => f.outcome.verdict !== 'delivered');
  return (bad.length > 0 ? bad.slice(0, WAYS) : fates.slice(0, 1)).map((f) => f.outcome);
}

function writeWays(out: Pen, trace: TraceJson, fates: readonly Fate[], options: StepsOptions): void {
  const shown = waysShown(trace, fates, options.verbose);
  const named = trace.outcomes.length > 1;
  for (const o of shown) {
    if (o.request.length === 0) continue;
    if (named) {
      const title = out.squeeze(`THE WAY TO ${o.endpoint}`, out.width - o.verdict.length - 2);
      out.line([title, 'bold'], '  ', [o.verdict, STYLES[o.verdict]]);
      out.line();
    }
    writeWay(out, o, options);
  }
  const rest = trace.outcomes.filter((o) => !shown.includes(o));
  const arrive = rest.filter((o) => o.verdict === 'delivered').length;
  if (rest.length === 0) return;
  const says =
    arrive === rest.length
      ? arrive === 1
        ? 'arrives'
        : 'arrive'
      : rest.length === 1
        ? 'ends like these'
        : 'end like these';
  out.prose(0, `${plural(rest.length, 'more way')} ${says} (--verbose shows all).`);
  out.line();
}

/** The walk of one packet and its answer as a page for a terminal. */
export function traceText(trace: TraceJson, options: WalkOptions = {}): string {
  const out = pen(options, 'broken');
  const files = trace.outcomes.flatMap((o) =>
    [...o.request, ...o.reply, ...o.ack, ...o.error].flatMap((s) => s.evidence.map((e) => e.file)),
  );
  const prefix = commonFolder(files);
  const fates = fatesOf(trace);
  writeHead(out, trace, fates, prefix);
  writeFates(out, trace, fates, prefix);
  writeWays(out, trace, fates, { verbose: options.verbose === true, glyphs: glyphs(options.ascii), prefix });
  if (trace.assumptions.length > 0) {
    out.line(['ASSUMED', 'bold']);
    for (const a of trace.assumptions) out.prose(2, a);
    out.line();
  }
  if (trace.observed.length > 0) {
    out.line(['OBSERVED', 'bold']);
    for (const { answered, says, evidence } of trace.observed) {
      const agrees =
        trace.verdict === 'unknown' || trace.verdict === 'partly'
          ? ''
          : answered === (trace.verdict === 'delivered')
            ? '; the walk agrees'
            : '; the walk says otherwise: the captures may be of another time';
      out.prose(2, `${says}${agrees}`);
      writeEvidence(out, evidence, prefix);
    }
    out.line();
  }
  const open = openQuestions([trace.missing]);
  if (open.length > 0) {
    out.line(['NOT KNOWN', 'bold']);
    writeOpen(out, open);
    out.line();
  }
  return `${out.done().trimEnd()}\n`;
}
