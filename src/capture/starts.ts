import { type Claim, lineOf, type Text } from '../kit/index.js';
import { jsonEnd } from './json-end.js';
import { parseText } from './parse.js';
import { type AnyParser, claimOf, type Recognised, recogniseContent } from './recognise.js';
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
  /** Lines that were decoded, by index. */
  readonly lines: Map<number, string>;
  /** How often lines of that shape were no beginning. */
  readonly shapes: Map<string, number>;
  tries: number;
}

export const searchOf = (parsers: readonly AnyParser[], text: Text, line: CommandLine | undefined): Search => ({
  parsers,
  text,
  line,
  lines: new Map(),
  shapes: new Map(),
  tries: 0,
});

/** Places that are looked at, so that no text costs more than its length. */
export const MOST_TRIES = 300;
/** A log's lines look alike: when so many of a shape began nothing, the next will not. */
const MOST_OF_SHAPE = 6;
const HEAD = 200;
/** Lines that show whether a parser understands what begins. */
const TRIAL = 40;
const PARAGRAPH = 60;

export const context = (claim: Claim) => ({ argv: [], fileName: '', scope: claim.scope ?? {} });

export function lineAt({ text, lines }: Search, i: number): string {
  const known = lines.get(i);
  if (known !== undefined) return known;
  const line = text.line(i);
  lines.set(i, line);
  return line;
}

const isBlank = (search: Search, i: number): boolean => lineAt(search, i).trim() === '';

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
 * then as many as usual.
 */
function* headsAt(search: Search, at: number, end: number): Generator<string[]> {
  for (const few of [2, 3, 4, 6]) if (end - at > few) yield linesAt(search, at, at + few);
  yield linesAt(search, at, end);
  yield linesAt(search, at, at + HEAD);
}

/** How many lines from `at` on the parser understands; 0 when it makes nothing of them. */
async function understood(search: Search, at: number, end: number, parser: AnyParser, sure: boolean): Promise<number> {
  await parser.prepare?.();
  const { text } = search;
  // A value of JSON is read as a whole or not at all, YAML above prose as a paragraph.
  const whole = jsonEnd(text, at) ?? Math.min(text.count, at + TRIAL);
  for (const to of whole === end ? [end] : [whole, end]) {
    const { gaps, facts } = parseText(parser, text.slice(at, to), 0, context({}));
    const lines = gaps[0] ? lineOf(gaps[0].at) - text.firstLine - at : to - at;
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
  least = 1,
): Promise<AnyParser | undefined> {
  if (search.tries++ > MOST_TRIES) return undefined;
  const tried = new Set<AnyParser>();
  const end = paragraphEnd(search, at, PARAGRAPH);
  let best: { readonly parser: AnyParser; readonly lines: number } | undefined;
  for (const head of headsAt(search, at, end)) {
    const found = recogniseContent(search.parsers, head, '');
    if (!found || found.score < 2 || found.parser === not || tried.has(found.parser)) continue;
    tried.add(found.parser);
    const lines = await understood(search, at, end, found.parser, found.score >= 3);
    if (lines >= least && lines > (best?.lines ?? 0)) best = { parser: found.parser, lines };
  }
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

/** What kinds of characters a line begins with: `Nov 25 19:20:01 node-1` is `Aa 0 0:0:0 a-0`. */
const shapeOf = (line: string): string =>
  line
    .slice(0, 32)
    .replace(/[a-z]+/g, 'a')
    .replace(/[A-Z]+/g, 'A')
    .replace(/\d+/g, '0')
    .slice(0, 16);

/**
 * Does a known output begin at the line? Behind a blank line or a colon one line says so; elsewhere it takes two, and lines that look like many
 * which began nothing are passed over.
 */
export async function beginsAt(search: Search, i: number, not: AnyParser | undefined): Promise<AnyParser | undefined> {
  const before = i === 0 ? '' : lineAt(search, i - 1);
  if (before.trim() === '' || /[:：]\s*$/.test(before)) return contentAt(search, i, not);
  const shape = shapeOf(lineAt(search, i));
  const failed = search.shapes.get(shape) ?? 0;
  if (failed >= MOST_OF_SHAPE) return undefined;
  const found = await contentAt(search, i, not, 2);
  if (!found) search.shapes.set(shape, failed + 1);
  return found;
}

/** Where unknown text ends and an output begins. */
export async function nextStart(search: Search, from: number): Promise<number | undefined> {
  for (let i = from + 1; i < search.text.count && search.tries < MOST_TRIES; i++)
    if (!isBlank(search, i) && (await beginsAt(search, i, undefined))) return i;
  return undefined;
}
