import { lineOf, type Text } from '../kit/index.js';
import { edited } from './edited.js';
import { type IsFact, parseText } from './parse.js';
import type { AnyParser, Recognised } from './recognise.js';
import { runsOf } from './runs.js';
import type { CommandLine } from './shell.js';
import { context } from './starts.js';
import { isWhole, LOGS, rejoined } from './wrapped.js';

/*
 * Lines that people or their mail programs made two of: folded by hand with a `\` at the end, or with the words that did not fit moved to the
 * next line. Only what the parsers do not understand is joined, and only where they then understand it. A terminal cuts within words: `rejoined`.
 */

/** Mail programs and forums keep lines within these. */
const NARROWEST = 60;
const WIDEST = 80;
/** A longer text was not pasted into a mail. */
const LONGEST = 5000;

/** Which lines go on in the next one, and how both are one. */
interface Joiner {
  breaks(line: string, next: string, i: number): boolean;
  join(line: string, next: string): string;
}

const FOLD = /\s*\\\s*$/;
/** What books print before the rest of a line that their page is too narrow for. */
const REST = /^\s*[➥↪⮑]\s?/u;

const unfold: Joiner = {
  breaks: (line, next) => (FOLD.test(line) && next.trim() !== '') || REST.test(next),
  join: (line, next) =>
    REST.test(next)
      ? `${line}${next.replace(REST, '')}`
      : `${line.replace(FOLD, (end) => (/^\s/.test(end) ? ' ' : ''))}${next.trimStart()}`,
};

const firstWord = (line: string): string => /^\S*/.exec(line)?.[0] ?? '';

/** `10.42.0.0/24` and `192.168.50.0/24` begin lines of one kind, so do `12:` and `7:`; `-A` begins another. */
const shapeOf = (line: string): string => {
  const word = firstWord(line);
  return /^[\da-f:.]*[\d:.][\da-f:.]*(?:\/\d+)?$/i.test(word) ? (word.includes('.') ? 'address' : 'number') : word;
};

/** Rows of one table are alike behind their first word, but for numbers and addresses. */
const rowOf = (line: string): string =>
  line
    .replace(/^(\s*)\S+\s*/, '$1')
    .replace(/[\da-f:.]*\d[\da-f:.]*/gi, '0')
    .replace(/(\S)\s+/g, '$1 ');

/** `COMMIT` is like no other. */
const isRow = (line: string): boolean => /\S\s+\S+\s+\S/.test(line);

/** Would the next line's first word not have fitted? */
const isFull = (line: string, next: string, width: number): boolean =>
  line.length * 2 > width &&
  !/^\s/.test(next) &&
  next !== '' &&
  line.trimEnd().length + 1 + firstWord(next).length > width;

/** Lines that begin an entry, by how they begin: the first, and those behind a line with room left. */
function beginnings(lines: readonly string[], width: number): ReadonlySet<string> {
  const shapes = new Set<string>();
  for (const [i, line] of lines.entries())
    if (line !== '' && (i === 0 || !isFull(lines[i - 1] ?? '', line, width))) shapes.add(shapeOf(line));
  return shapes;
}

/** The ways in which a mail program may have moved words. */
function moves(lines: readonly string[], strange: ReadonlySet<number>): readonly Joiner[] {
  const width = lines.reduce((most, line) => Math.max(most, line.trimEnd().length), 0);
  if (width < NARROWEST || width > WIDEST) return [];
  const begin = beginnings(lines, width);
  const join = (line: string, next: string): string => `${line.trimEnd()} ${next}`;
  // A row like others that are understood and go on in no next line lacks nothing.
  const whole = new Set(lines.filter((line, i) => isRow(line) && !strange.has(i) && !strange.has(i + 1)).map(rowOf));
  // What looks whole by itself, or begins as entries do, is joined only where the rest explains less.
  return [true, false].flatMap((alone) =>
    [true, false].map(
      (inside): Joiner => ({
        breaks: (line, next, i) =>
          isFull(line, next, width) &&
          (strange.has(i + 1) || (!alone && strange.has(i))) &&
          (strange.has(i) || !whole.has(rowOf(line))) &&
          !whole.has(rowOf(next)) &&
          !(inside && begin.has(shapeOf(next))),
        join,
      }),
    ),
  );
}

interface Joined {
  readonly changed: ReadonlyMap<number, string>;
  /** Second halves that looked whole by themselves. */
  readonly mistaken: number;
}

/** What does not begin a line stays as a blank one, so that lines keep their numbers. */
function join(lines: readonly string[], strange: ReadonlySet<number>, joiner: Joiner): Joined {
  const changed = new Map<number, string>();
  let mistaken = 0;
  for (let i = 0; i < lines.length; i++) {
    const first = i;
    let whole = lines[i] ?? '';
    for (; joiner.breaks(lines[i] ?? '', lines[i + 1] ?? '', i); i++) {
      whole = joiner.join(whole, lines[i + 1] ?? '');
      changed.set(i + 1, '');
      if (!strange.has(i + 1)) mistaken++;
    }
    if (i > first) changed.set(first, whole);
  }
  return { changed, mistaken };
}

interface Survey {
  readonly facts: number;
  /** Lines that nobody reads, or that the parser did not understand. */
  readonly strange: ReadonlySet<number>;
  /** How many of them are left when lines that a terminal cut are one. */
  readonly left: number;
  /** Is the line of a fact, or of a log, whose lines are noise for the most part? */
  readonly isTold: IsFact;
}

interface Asked {
  readonly parsers: readonly AnyParser[];
  readonly command: CommandLine | undefined;
  /** What reads a text, by its command line or its content. */
  readonly recognise: (text: Text) => Recognised | undefined;
  readonly prose: boolean;
}

async function survey(text: Text, { parsers, command, recognise, prose }: Asked): Promise<Survey> {
  let facts = 0;
  let left = 0;
  const strange = new Set<number>();
  const told: { readonly from: number; readonly to: number; isFact: IsFact }[] = [];
  for (const { from, to, recognised } of await runsOf(parsers, text, command, recognise(text), prose)) {
    if (!recognised) {
      for (let i = from; i < to; i++) if (text.line(i).trim() !== '') strange.add(i);
      left += to - from;
      continue;
    }
    const [part, where] = [text.slice(from, to), context(recognised.claim)];
    const { parser } = recognised;
    const known = { from, to, isFact: (_: number) => LOGS.has(parser.command) };
    const tell = (isFact: IsFact): void => {
      if (!LOGS.has(parser.command)) known.isFact = isFact;
    };
    told.push(known);
    const parsed = parseText(parser, part, 0, where, tell);
    for (const gap of parsed.gaps) if (!isWhole(gap)) strange.add(lineOf(gap.at) - text.firstLine);
    const whole = rejoined(parser, part, 0, where, parsed, tell);
    facts += whole.facts.length;
    left += whole.gaps.length;
  }
  const isTold: IsFact = (line) => told.some((r) => line >= r.from && line < r.to && r.isFact(line - r.from));
  return { facts, strange, left, isTold };
}

/** The output with its lines in one, where that makes more of it understood; else the very text. */
export async function mended(text: Text, asked: Asked): Promise<Text> {
  if (text.count < 2 || text.count > LONGEST) return text;
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(text.line(i));
  const folded = lines.some((line, i) => unfold.breaks(line, lines[i + 1] ?? '', i));
  const width = lines.reduce((most, line) => Math.max(most, line.trimEnd().length), 0);
  const full = lines.some((line, i) => isFull(line, lines[i + 1] ?? '', width));
  if (!folded && (width < NARROWEST || width > WIDEST || !full)) return text;
  const before = await survey(text, asked);
  if (before.left === 0) return text;
  let best = { text, left: before.left };
  for (const joiner of folded ? [unfold] : moves(lines, before.strange)) {
    const { changed, mistaken } = join(lines, before.strange, joiner);
    const candidate = edited(text, changed);
    const { facts, left, isTold } = candidate === text ? before : await survey(candidate, asked);
    const enough = facts > 0 && facts + mistaken >= before.facts;
    const told = facts > before.facts || [...changed].every(([i, line]) => line === '' || isTold(i));
    if (left < best.left && enough && told) best = { text: candidate, left };
    if (best.left === 0) break;
  }
  // What is only half explained may be another thing.
  return best.left * 4 <= before.left ? best.text : text;
}

/** Could a line that the parser did not understand be one of two that were one? */
export function mayBeBroken(text: Text, strange: number): boolean {
  const [above, line, below] = [text.line(strange - 1), text.line(strange), text.line(strange + 1)];
  if (/\\\s*$/.test(line) || /\\\s*$/.test(above)) return true;
  const fits = line.length <= WIDEST && above.length <= WIDEST;
  return fits && (isFull(above, line, NARROWEST) || isFull(line, below, NARROWEST));
}
