import { type Capture, lineOf, type Text } from '../kit/index.js';
import { isFence } from './blocks.js';
import { readMark } from './marks.js';
import { openingAt } from './markup.js';
import { mayBeBroken } from './mended.js';
import { looksLikeCommand } from './programs.js';
import { type AnyParser, headOf, recogniseContent } from './recognise.js';
import { hiddenStart, searchOf } from './starts.js';
import { isPrompt } from './typed.js';

/** Gaps that are looked at: a paste shows soon that it is one. */
const GAPS = 500;

/** Something typed, a fence, or a heading that announces a command or machine. */
const isSeam = (line: string): boolean =>
  isFence(line) ||
  looksLikeCommand(line.trimEnd()) ||
  isPrompt(line.replace(/^[\s`]{1,20}/, '')) ||
  readMark(line) !== undefined;

/** Lines that are looked at for an output within another. */
const HIDDEN = 60;

/** Does a fence open in the first lines? A parser may take its line for one of its own. */
export function opensFence(text: Text): boolean {
  let lines = 0;
  for (let i = 0; i < text.count && i < 200 && lines < 10; i++) {
    const line = text.line(i);
    if (line.trim() === '') continue;
    lines++;
    if (line.length < 4096 && openingAt(line, '')) return true;
  }
  return false;
}

/** Do the first lines end as those of a page do that was copied as it is written? */
function breaksLines(text: Text): boolean {
  let lines = 0;
  for (let i = 0; i < text.count && lines < 3; i++) {
    const line = text.line(i);
    if (line.trim() === '') continue;
    if (line.length > 4096 || !/<br ?\/?>\s*$/i.test(line)) return false;
    lines++;
  }
  return lines === 3;
}

/** Another output in lines that were read without a fact from them: bodies of `curl` and `wget` may be anything. */
async function hidesAnother(
  parsers: readonly AnyParser[],
  text: Text,
  { command, lastOfFacts }: Capture,
): Promise<boolean> {
  const parser = parsers.find((p) => p.command === command);
  const last = Math.max(0, lastOfFacts);
  if (!parser || last + 2 >= text.count) return false;
  const to = Math.min(text.count, last + HIDDEN);
  return (await hiddenStart(searchOf(parsers, text, undefined), { from: 0, last, to }, parser)) !== undefined;
}

/**
 * Prompts, fences or headings among the lines that a parser did not understand, or the beginning of another output: the file is a paste whose
 * first output had no command line. A fence that the parser did understand is part of the output (a text in YAML).
 */
export async function looksPasted(parsers: readonly AnyParser[], text: Text, capture: Capture): Promise<boolean> {
  const { gaps } = capture;
  const [first] = gaps;
  if (opensFence(text) || breaksLines(text)) return true;
  if (!first) return hidesAnother(parsers, text, capture);
  // So much that is not understood is no lapse of the parser.
  if (gaps.length * 10 > capture.lineCount) return true;
  for (let i = 0; i < Math.min(text.count, 200); i++) if (isFence(text.line(i))) return true;
  if (gaps.slice(0, GAPS).some((g) => isSeam(g.text) || mayBeBroken(text, lineOf(g.at) - text.firstLine))) return true;
  const from = lineOf(first.at) - text.firstLine;
  const found = recogniseContent(parsers, headOf(text.slice(from, text.count)), '');
  return (
    (found !== undefined && found.score >= 2 && found.parser.command !== capture.command) ||
    hidesAnother(parsers, text, capture)
  );
}

interface Pasted {
  readonly captures: readonly Capture[];
  readonly unrecognised: readonly { readonly line: number; readonly lines: number }[];
}

/** Lines that are not blank. */
function solidLines(text: Text, from: number, lines: number): number {
  let solid = 0;
  for (let i = from; i < from + lines; i++) if (text.line(i).trim() !== '') solid++;
  return solid;
}

/** Does the text say more as a paste of several outputs than as one? */
export function readsMore({ captures, unrecognised }: Pasted, only: Capture, text: Text): boolean {
  const facts = captures.reduce((sum, c) => sum + c.tally.facts, 0);
  const unread = unrecognised.reduce((sum, u) => sum + solidLines(text, u.line - text.firstLine, u.lines), 0);
  const lost = captures.reduce((sum, c) => sum + c.gaps.length, 0) + unread;
  return captures.length > 0 && facts - lost >= only.tally.facts - only.gaps.length;
}
