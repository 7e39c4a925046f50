import { type Claim, lineOf, type Text } from '../kit/index.js';
import { parseText } from './parse.js';
import { type AnyParser, claimOf, headOf, type Recognised, recogniseContent } from './recognise.js';
import type { CommandLine } from './shell.js';

/*
 * Outputs that run into each other: `ip a; ip r`, or two pasted without what was typed. Where the lines of one parser stop and those of another
 * begin unmistakably, there is the boundary; also where a listing begins anew.
 */

export interface Run {
  readonly from: number;
  readonly to: number;
  /** Undefined: nothing reads these lines. */
  readonly recognised: Recognised | undefined;
}

/** A paste is short; what is longer is one thing. */
const LONGEST = 200_000;
const WINDOW = 256;
/** Runs of one output, and places that are looked at, so that no text costs more than its length. */
const MOST_RUNS = 400;
const MOST_TRIES = 300;

/** First lines of listings that begin again where a second one begins. */
const BEGINS: Readonly<Record<string, RegExp>> = {
  'ip-addr': /^1: lo[:@]/,
  'ip-link': /^1: lo[:@]/,
  'ip-rule': /^0:\s+from all lookup local/,
  'route-n': /^Kernel IP routing table/,
  'ip-route': /^(?:unicast )?default via (?!.*\btable\b)/,
  'brctl-show': /^bridge name\s/,
};

interface Job {
  readonly parsers: readonly AnyParser[];
  readonly text: Text;
  readonly line: CommandLine | undefined;
  tries: number;
}

const context = (claim: Claim) => ({ argv: [], fileName: '', scope: claim.scope ?? {} });

/**
 * Lines to test a beginning by: a few, for a short output may be followed by a long one that would outweigh it, then up to the next blank line,
 * then as many as usual.
 */
function* headsAt(text: Text, at: number): Generator<string[]> {
  let end = at;
  while (end < Math.min(text.count, at + 60) && text.line(end).trim() !== '') end++;
  for (const few of [2, 3, 4, 6]) if (end - at > few) yield headOf(text.slice(at, at + few));
  yield headOf(text.slice(at, Math.max(end, at + 1)));
  yield headOf(text.slice(at, text.count));
}

/** What reads the lines from `at` on, by their content alone: of those that understand the first line the one that gets furthest. */
async function contentAt(job: Job, at: number, not: AnyParser | undefined): Promise<AnyParser | undefined> {
  if (job.tries++ > MOST_TRIES) return undefined;
  const tried = new Set<AnyParser>();
  const first = job.text.slice(at, at + 40);
  let best: { readonly parser: AnyParser; readonly lines: number } | undefined;
  for (const head of headsAt(job.text, at)) {
    const found = recogniseContent(job.parsers, head, '');
    if (!found || found.score < 2 || found.parser === not || tried.has(found.parser)) continue;
    tried.add(found.parser);
    await found.parser.prepare?.();
    const { gaps, facts } = parseText(found.parser, first, 0, context({}));
    const lines = gaps[0] ? lineOf(gaps[0].at) - first.firstLine : first.count;
    // Some outputs are known and say nothing that anyone needs (`ip maddr`).
    const some = facts.length > 0 || (found.parser.emits.length === 0 && found.score >= 3 && lines > 1);
    if (some && lines > (best?.lines ?? 0)) best = { parser: found.parser, lines };
  }
  return best?.parser;
}

/** The words of the line's commands that this parser reads. */
function recognisedAs(job: Job, parser: AnyParser): Recognised {
  for (const { argv } of job.line ? [job.line, ...job.line.others] : []) {
    const claimed = claimOf(job.parsers, argv);
    if (claimed?.parser === parser) return { ...claimed, by: 'command' };
  }
  return { parser, claim: {}, by: 'content' };
}

/** Line where another parser's output begins, or the same listing anew; undefined when the parser reads to the end. */
async function boundary(job: Job, from: number, { parser, claim }: Recognised): Promise<number | undefined> {
  const again = anew(job, from, parser);
  await parser.prepare?.();
  for (let size = WINDOW; ; size *= 4) {
    const to = Math.min(again ?? job.text.count, from + size);
    const { gaps, facts } = parseText(parser, job.text.slice(from, to), 0, context(claim));
    let before = -2;
    let start = 0;
    for (const gap of gaps) {
      const line = lineOf(gap.at) - job.text.firstLine;
      if (line !== before + 1) start = line;
      before = line;
      // Of a stretch of gaps the first lines: a word that nobody reads may stand before the next output.
      if (line - start > 3 || line === from) continue;
      // The first lines of all: the command line knows better than the content.
      if (facts[0] !== undefined && line < lineOf(facts[0].at) - job.text.firstLine) continue;
      if (await contentAt(job, line, parser)) return line;
    }
    if (to === (again ?? job.text.count)) return again;
  }
}

/** Where the listing that begins at `from` begins a second time. */
function anew({ text }: Job, from: number, parser: AnyParser): number | undefined {
  const begins = BEGINS[parser.command];
  if (!begins) return undefined;
  let first: string | undefined;
  let last = -2;
  for (let i = from; i < text.count; i++) {
    const line = text.line(i);
    if (!begins.test(line)) continue;
    const family = line.includes('via fe80:') || /via [0-9a-f]*:/.test(line) ? '6' : '4';
    if (first === undefined) first = family;
    // Several defaults stand together at the head of a table.
    else if (family === first && last !== i - 1) return i;
    if (family === first) last = i;
  }
  return undefined;
}

/** Where prose ends and an output begins: behind a blank line or a colon. */
async function nextStart(job: Job, from: number): Promise<number | undefined> {
  const { text } = job;
  for (let i = from + 1; i < text.count && job.tries < MOST_TRIES; i++) {
    const line = text.line(i);
    const before = text.line(i - 1);
    if (line.trim() === '' || !(before.trim() === '' || /[:：]\s*$/.test(before))) continue;
    if (await contentAt(job, i, undefined)) return i;
  }
  return undefined;
}

/**
 * Parts of one output, each with what reads it. `first` is what the command line or the content says of its beginning. Line indexes count in `text`.
 */
export async function runsOf(
  parsers: readonly AnyParser[],
  text: Text,
  line: CommandLine | undefined,
  first: Recognised | undefined,
): Promise<readonly Run[]> {
  const whole: Run = { from: 0, to: text.count, recognised: first };
  const several = line === undefined || line.others.length > 0;
  if (text.count > LONGEST || text.count < 2 || (!first && !several)) return [whole];
  const job: Job = { parsers, text, line, tries: 0 };
  const runs: Run[] = [];
  let from = 0;
  // What one line in hundreds shows says nothing of the first of them.
  const beginning = line === undefined && first?.by !== 'command' ? await contentAt(job, 0, undefined) : undefined;
  let now: Recognised | undefined = beginning ? recognisedAs(job, beginning) : first;
  while (from < text.count && runs.length < MOST_RUNS) {
    const to: number | undefined = now ? await boundary(job, from, now) : await nextStart(job, from);
    if (to === undefined) break;
    runs.push({ from, to, recognised: now });
    const parser = (await contentAt(job, to, undefined)) ?? now?.parser;
    now = parser && recognisedAs(job, parser);
    from = to;
  }
  return [...runs, { from, to: text.count, recognised: now }];
}
