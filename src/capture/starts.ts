import { type Claim, lineOf, type Text } from '../kit/index.js';
import { isBlankLine, isIndented, lastByte } from './bytes.js';
import { jsonEnd } from './json-end.js';
import { parseText } from './parse.js';
import { type AnyParser, claimOf, type Recognised, recogniseContent } from './recognise.js';
import { isProse } from './sentences.js';
import type { CommandLine } from './shell.js';

/*
 * Where in a text without command lines does a known output begin? Each line may be the place; what a line costs is bounded, for most of what
 * nobody recognises is long and of one kind.
 */

/** The search in one output. */
export interface Search {
  readonly parsers: readonly AnyParser[];
  readonly text: Text;
  readonly line: CommandLine | undefined;
  /** Sentences may stand between outputs. */
  readonly prose: boolean;
  /** Lines that were decoded, by index. */
  readonly lines: Map<number, string>;
  /** How often lines of that shape were no beginning. */
  readonly shapes: Map<string, number>;
  tries: number;
  within: number;
  /** Tries in a row that found nothing. */
  misses: number;
}

export const searchOf = (
  parsers: readonly AnyParser[],
  text: Text,
  line: CommandLine | undefined,
  prose = false,
): Search => ({
  parsers,
  text,
  line,
  prose,
  lines: new Map(),
  shapes: new Map(),
  tries: 0,
  within: 0,
  misses: 0,
});

/** Places that are looked at, so that no text costs more than its length. */
export const MOST_TRIES = 300;
/** So many in a row that are in vain: what follows gets a short look. */
const MANY_MISSES = 50;
/** A log's lines look alike: when so many of a shape began nothing, the next will not. */
const MOST_OF_SHAPE = 3;
/** Within paragraphs. */
const MOST_WITHIN = 40;
const HEAD = 60;
/** Lines that show whether a parser understands what begins. */
const TRIAL = 40;
const PARAGRAPH = 60;
const SHORT = 12;

/** `/proc/net/bonding/bond0` names its device by its file's name alone. */
export const context = (claim: Claim) => ({ argv: [], fileName: 'paste', scope: claim.scope ?? {} });

export function lineAt({ text, lines }: Search, i: number): string {
  const known = lines.get(i);
  if (known !== undefined) return known;
  const line = text.line(i);
  lines.set(i, line);
  return line;
}

const isBlank = ({ text }: Search, i: number): boolean => isBlankLine(text, i);

function linesAt(search: Search, from: number, to: number): string[] {
  const out: string[] = [];
  for (let i = from; i < Math.min(to, search.text.count); i++) out.push(lineAt(search, i));
  return out;
}

/** Index of the blank line that ends the paragraph at `at`. */
export function paragraphEnd(search: Search, at: number, most: number): number {
  let end = at + 1;
  while (end < Math.min(search.text.count, at + most) && !isBlank(search, end)) end++;
  return end;
}

/**
 * Lines to test a beginning by: a few, for a short output may be followed by a long one that would outweigh it, then up to the next blank line,
 * then, where an output is likely to begin, as many as usual.
 */
function* headsAt(search: Search, at: number, end: number, likely: boolean): Generator<string[]> {
  if (search.misses > MANY_MISSES) {
    yield linesAt(search, at, Math.min(end, at + SHORT));
    return;
  }
  for (const few of [2, 4, 6]) if (end - at > few) yield linesAt(search, at, at + few);
  yield linesAt(search, at, likely ? end : Math.min(end, at + SHORT));
  if (likely) yield linesAt(search, at, at + HEAD);
}

/** How many lines from `at` on the parser understands; 0 when it makes nothing of them. */
export async function understood(
  search: Search,
  at: number,
  end: number,
  parser: AnyParser,
  sure: boolean,
): Promise<number> {
  await parser.prepare?.();
  const { text } = search;
  // A value of JSON is read as a whole or not at all, YAML above prose as a paragraph.
  const whole = jsonEnd(text, at) ?? Math.min(text.count, at + TRIAL);
  for (const to of whole === end ? [end] : [whole, end]) {
    const { gaps, facts } = parseText(parser, text.slice(at, to), 0, context({}));
    const gap = gaps.find((g) => !g.reason.includes('masked'));
    const lines = gap ? lineOf(gap.at) - text.firstLine - at : to - at;
    // Some outputs are known and say nothing that anyone needs (`ip maddr`).
    if (lines > 0 && (facts.length > 0 || (parser.emits.length === 0 && sure && lines > 1))) return lines;
  }
  return 0;
}

/** What reads the lines from `at` on, by their content alone: of those that understand the first line the one that gets furthest. */
export async function contentAt(
  search: Search,
  at: number,
  not: AnyParser | undefined,
  { least = 1, score = 2, likely = true } = {},
): Promise<AnyParser | undefined> {
  if (search.tries++ > MOST_TRIES) return undefined;
  const tried = new Set<AnyParser>();
  const end = paragraphEnd(search, at, PARAGRAPH);
  let best: { readonly parser: AnyParser; readonly lines: number } | undefined;
  for (const head of headsAt(search, at, end, likely)) {
    const found = recogniseContent(search.parsers, head, '');
    if (!found || found.score < score || found.parser === not || tried.has(found.parser)) continue;
    tried.add(found.parser);
    const lines = await understood(search, at, end, found.parser, found.score >= 3);
    if (lines >= least && lines > (best?.lines ?? 0)) best = { parser: found.parser, lines };
  }
  search.misses = best ? 0 : search.misses + 1;
  return best?.parser;
}

/** The words of the line's commands that this parser reads. */
export function recognisedAs({ line, parsers }: Search, parser: AnyParser): Recognised {
  for (const { argv } of line ? [line, ...line.others] : []) {
    const claimed = claimOf(parsers, argv);
    if (claimed?.parser === parser) return { ...claimed, by: 'command' };
  }
  return { parser, claim: {}, by: 'content' };
}

/** What a line begins with: `Nov 25 19:20:01 node-1` is `A 0 0:0`. */
const shapeOf = (line: string): string =>
  line
    .slice(0, 60)
    .replace(/\w+/g, (word) => (/\d/.test(word) ? '0' : /^[a-z]/.test(word) ? 'a' : 'A'))
    .slice(0, 8);

const isBehindBlank = (search: Search, i: number): boolean => i === 0 || isBlank(search, i - 1);

/** Lines that look like many which began nothing are passed over. */
async function unlessKnown(search: Search, i: number, look: () => Promise<AnyParser | undefined>) {
  if (search.within > MOST_WITHIN) return undefined;
  const shape = shapeOf(lineAt(search, i));
  const failed = search.shapes.get(shape) ?? 0;
  if (failed >= MOST_OF_SHAPE) return undefined;
  // The next line of a table or log.
  if (i > 0 && shapeOf(lineAt(search, i - 1)) === shape) return undefined;
  search.within++;
  const found = await look();
  if (!found) search.shapes.set(shape, failed + 1);
  return found;
}

/** Does a known output begin right behind what is understood? Rows that the parser does not know, all of one shape, stand behind many such. */
export async function behindAt(search: Search, i: number, not: AnyParser): Promise<AnyParser | undefined> {
  const shape = `behind ${shapeOf(lineAt(search, i))}`;
  const failed = search.shapes.get(shape) ?? 0;
  if (failed >= MOST_OF_SHAPE) return undefined;
  const found = await contentAt(search, i, not);
  if (!found) search.shapes.set(shape, failed + 1);
  return found;
}

/** `:`, and the last byte of the wide one. */
const COLON: ReadonlySet<number> = new Set([0x3a, 0x9a]);
const REMARK = 40;

/** Does a known output begin at the line? Behind a blank line or a colon one line says so; elsewhere it takes two. */
export async function beginsAt(search: Search, i: number, not: AnyParser | undefined): Promise<AnyParser | undefined> {
  const { text } = search;
  // Details are indented below what they are of.
  if (i > 0 && isIndented(text, i) && isIndented(text, i - 1) && !isBlank(search, i - 1)) return undefined;
  const announced =
    isBehindBlank(search, i) || (COLON.has(lastByte(text, i - 1)) && /[:：]\s*$/.test(lineAt(search, i - 1)));
  // What people write begins nothing; a program's remark is shorter.
  if (announced && search.prose && isProse(lineAt(search, i)) && lineAt(search, i).length > REMARK) return undefined;
  return announced
    ? contentAt(search, i, not)
    : unlessKnown(search, i, () =>
        contentAt(search, i, not, { least: 2, likely: jsonEnd(search.text, i) !== undefined }),
      );
}

/** Logs and tables that some outputs hold themselves. */
const EMBEDS: Readonly<Record<string, RegExp>> = {
  networkctl: /^journal$/,
  'systemctl-status': /^journal$/,
  'proc-net-stat': /^proc-net-softnet-stat$/,
};

/** Lines of the output itself, whose shapes begin nothing else. */
const OWN = 400;

/**
 * Where another output begins in lines that a parser took without a fact from them: what `curl` prints of a body may be anything. There it
 * takes an unmistakable beginning, or a typical one behind a blank line. `last` is the line of the last fact.
 */
export async function hiddenStart(
  search: Search,
  { from, last, to }: { readonly from: number; readonly last: number; readonly to: number },
  not: AnyParser,
): Promise<number | undefined> {
  const own = new Map<string, number>();
  for (let i = Math.max(from, last - OWN); i <= last; i++) own.set(shapeOf(lineAt(search, i)), MOST_OF_SHAPE);
  const within: Search = { ...search, shapes: own };
  for (let i = last + 1; i < to && search.tries < MOST_TRIES && within.within <= MOST_WITHIN; i++) {
    const line = lineAt(search, i);
    if (/^(?:\s|$)/.test(line)) continue;
    const score = isBehindBlank(search, i) ? 2 : 3;
    const found = await unlessKnown(within, i, () => contentAt(search, i, not, { least: 2, score, likely: false }));
    if (found && !EMBEDS[not.command]?.test(found.command)) return i;
  }
  return undefined;
}

/** Lines of an output that did not show by themselves what they are. */
const MOST_BEFORE = 5;

/** The line where the output begins that was told by line `at`: those above it that look like the same output, and are read as such. */
export function firstOf(search: Search, from: number, at: number, parser: AnyParser): number {
  let first = at;
  for (let i = at - 1; i >= Math.max(from, at - MOST_BEFORE) && !isBlank(search, i); i--) {
    if (parser.claims.sniff(linesAt(search, i, at + SHORT)) < 2) continue;
    const to = Math.min(search.text.count, at + SHORT);
    const { gaps } = parseText(parser, search.text.slice(i, to), 0, context({}));
    if (!gaps.some((g) => lineOf(g.at) - search.text.firstLine <= at)) first = i;
  }
  return first;
}

/** Where unknown text ends and an output begins. */
export async function nextStart(search: Search, from: number): Promise<number | undefined> {
  for (let i = from + 1; i < search.text.count && search.tries < MOST_TRIES; i++) {
    const found = isBlank(search, i) ? undefined : await beginsAt(search, i, undefined);
    if (found) return isBehindBlank(search, i) ? i : firstOf(search, from + 1, i, found);
  }
  return undefined;
}
