import { type CaptureContext, type Gap, lineOf, type Text } from '../kit/index.js';
import { inPlace } from './edited.js';
import { type IsFact, type ParsedText, parseText } from './parse.js';
import type { AnyParser } from './recognise.js';

/** Terminals are no narrower, and wider ones wrap little. */
const NARROWEST = 60;
const WIDEST = 300;
/** A longer text was not copied off a screen. */
const LONGEST = 20_000;

/** A screen of another width than these must have broken several lines. */
const USUAL: ReadonlySet<number> = new Set([80, 100, 120, 132]);
const SEVERAL = 3;

const isFull = (line: string, width: number): boolean => line.length === width || line.length === width - 1;

/** `10.xx.x6.112`, `10.*.*.5` */
const isHidden = (word: string): boolean => /^(?=[^xX*]*[xX*])[\dxX*]+(?:\.[\dxX*]+){3}$/.test(word);

/** What was read to its end, and yet is not sure, is no half of a row; nor is one with a hidden address. */
const UNSURE = /\bmay be cut\b|^a name stands |\bthis listing does not name\b/;
export const isWhole = ({ reason, text }: Gap): boolean => UNSURE.test(reason) || text.split(/[\s/|,]+/).some(isHidden);

/** Most of their lines say nothing of the network. Of other outputs a row that is one with the header says nothing any more, and nobody would miss it. */
export const LOGS: ReadonlySet<string> = new Set(['journal', 'dmesg']);

/** The width of a screen that broke long lines: no line is longer, and behind lines of that length the parser is lost. */
function screenWidth(lines: readonly string[], gaps: ReadonlySet<number>): number | undefined {
  const longest = lines.reduce((most, line) => Math.max(most, line.length), 0);
  // A blank at the edge is lost by copying.
  const width = USUAL.has(longest + 1) ? longest + 1 : longest;
  if (width < NARROWEST || width > WIDEST) return undefined;
  const isBroken = (line: string, i: number): boolean => isFull(line, width) && (gaps.has(i) || gaps.has(i + 1));
  const broken = lines.filter(isBroken).length;
  // A line in three pieces: two of one length below one another are no chance.
  const inThree = lines.some((line, i) => gaps.has(i + 1) && isBroken(line, i) && isBroken(lines[i + 1] ?? '', i + 1));
  return inThree || broken >= (USUAL.has(width) ? 1 : SEVERAL) ? width : undefined;
}

/**
 * Lines that a terminal broke in two are one again, if the parser then understands what it did not: it alone knows that a line was unfinished.
 * The second half stays as a blank line, so that lines keep their numbers.
 */
export function rejoined(
  parser: AnyParser,
  text: Text,
  file: number,
  context: CaptureContext,
  parsed: ParsedText,
  tell?: (isFact: IsFact) => void,
): ParsedText {
  if (parsed.gaps.length === 0 || text.count < 2 || text.count > LONGEST) return parsed;
  const open = parsed.gaps.filter((g) => !isWhole(g));
  const gaps = new Set(open.map((g) => lineOf(g.at) - text.firstLine));
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(text.line(i));
  const width = screenWidth(lines, gaps);
  if (width === undefined) return parsed;
  // A line that looked whole may still have been the first of three pieces: only where that explains more.
  for (const inThree of [false, true]) {
    const joined = join(lines, gaps, width, inThree);
    let isFact: IsFact = () => false;
    const again = parseText(parser, inPlace(text, joined.lines), file, context, (told) => {
      isFact = told;
    });
    const left = again.gaps.filter((g) => joined.halves.has(lineOf(g.at) - text.firstLine)).length;
    if (
      left === 0 &&
      again.facts.length + joined.mistaken >= parsed.facts.length &&
      (again.facts.length > parsed.facts.length || LOGS.has(parser.command) || joined.begins.every(isFact)) &&
      again.crash === undefined
    ) {
      tell?.(isFact);
      return again;
    }
  }
  return parsed;
}

interface Joined {
  readonly lines: readonly string[];
  /** What was joined. */
  readonly halves: ReadonlySet<number>;
  /** Where those lines begin. */
  readonly begins: readonly number[];
  /** Second halves that look whole by themselves. */
  readonly mistaken: number;
}

function join(of: readonly string[], gaps: ReadonlySet<number>, width: number, inThree: boolean): Joined {
  const lines = [...of];
  const halves = new Set<number>();
  let mistaken = 0;
  for (let i = lines.length - 2; i >= 0; i--) {
    const [first = '', second = ''] = [lines[i], lines[i + 1]];
    // What has become one line with the next is a second half only of one that the parser could not end.
    const broken = gaps.has(i) || (gaps.has(i + 1) && (inThree || !halves.has(i + 1)));
    if (!isFull(first, width) || second === '' || !broken) continue;
    lines[i] = `${first.padEnd(width)}${second}`;
    lines[i + 1] = '';
    halves.add(i).add(i + 1);
    if (!gaps.has(i + 1)) mistaken++;
  }
  return { lines, halves, begins: [...halves].filter((i) => lines[i] !== ''), mistaken };
}
