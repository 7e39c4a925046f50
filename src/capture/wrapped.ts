import type { CaptureContext, Text } from '../kit/index.js';
import { textOf } from '../kit/index.js';
import { type ParsedText, parseText } from './parse.js';
import type { AnyParser } from './recognise.js';

/** Terminals are no narrower, and wider ones wrap little. */
const NARROWEST = 60;
const WIDEST = 300;
/** A longer text was not copied off a screen. */
const LONGEST = 20_000;

/** The width of a screen that broke long lines: the longest line, when several end there and none is longer. */
function screenWidth(text: Text, gaps: ReadonlySet<number>): number | undefined {
  const lengths = new Map<number, number>();
  let longest = 0;
  for (let i = 0; i < text.count; i++) {
    const { length } = text.line(i);
    longest = Math.max(longest, length);
    if (gaps.has(i + 1) || gaps.has(i)) lengths.set(length, (lengths.get(length) ?? 0) + 1);
  }
  // A blank at the edge is lost by copying.
  const broken = (lengths.get(longest) ?? 0) + (lengths.get(longest - 1) ?? 0);
  return longest >= NARROWEST && longest <= WIDEST && broken > 0 ? longest : undefined;
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
): ParsedText {
  if (parsed.gaps.length === 0 || text.count < 2 || text.count > LONGEST) return parsed;
  const gaps = new Set(parsed.gaps.map((g) => (g.at % 2 ** 26) - text.firstLine));
  const width = screenWidth(text, gaps);
  if (width === undefined) return parsed;
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(text.line(i));
  const full = (line: string): boolean => line.length === width || line.length === width - 1;
  for (let i = lines.length - 2; i >= 0; i--) {
    const [first = '', second = ''] = [lines[i], lines[i + 1]];
    if (!full(first) || second === '' || !(gaps.has(i) || gaps.has(i + 1) || lines[i + 1] !== text.line(i + 1)))
      continue;
    lines[i] = `${first.padEnd(width)}${second}`;
    lines[i + 1] = '';
  }
  const joined = textOf(new TextEncoder().encode(`${'\n'.repeat(text.firstLine - 1)}${lines.join('\n')}\n`));
  const again = parseText(parser, joined.slice(text.firstLine - 1, text.firstLine - 1 + text.count), file, context);
  return again.gaps.length < parsed.gaps.length && again.crash === undefined ? again : parsed;
}
