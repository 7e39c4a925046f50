import { printable } from '../../kit/index.js';

/** Characters that take two columns (East Asian Width W and F of Unicode's UAX 11, emoji), and those that take none. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NONE = /\p{Mn}|\p{Me}|[\u200b-\u200d]|\u2060|\ufeff/u;

const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/** Columns that a text takes on a terminal. */
export function columnsOf(text: string): number {
  if (isPlain(text)) return text.length;
  let n = 0;
  for (const c of text) n += NONE.test(c) ? 0 : WIDE.test(c) ? 2 : 1;
  return n;
}

/** What of the text fits the columns, from its beginning; at least one character. */
export function head(text: string, width: number): string {
  if (isPlain(text)) return text.slice(0, Math.max(1, width));
  let n = 0;
  let end = 0;
  for (const c of text) {
    n += NONE.test(c) ? 0 : WIDE.test(c) ? 2 : 1;
    if (n > width && end > 0) break;
    end += c.length;
  }
  return text.slice(0, end);
}

/** The same from its end. */
function tail(text: string, width: number): string {
  if (isPlain(text)) return text.slice(-Math.max(1, width));
  const chars = [...text];
  let n = 0;
  let from = chars.length;
  while (from > 0) {
    const c = chars[from - 1] ?? '';
    n += NONE.test(c) ? 0 : WIDE.test(c) ? 2 : 1;
    if (n > width && from < chars.length) break;
    from--;
  }
  return chars.slice(from).join('');
}

/** Fills up with blanks to the columns. */
export const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - columnsOf(text)));

/** Pieces of a word that is longer than the line, each broken behind its last joint (`/ - . : _ ,`) where that leaves enough of it. */
function broken(word: string, width: number): readonly string[] {
  if (word.length <= width && isPlain(word)) return [word];
  const pieces: string[] = [];
  let piece = '';
  let columns = 0;
  for (const c of word) {
    const more = NONE.test(c) ? 0 : WIDE.test(c) ? 2 : 1;
    if (columns + more > width) {
      const joint = /^.*[/\-.:_,]/.exec(piece)?.[0] ?? '';
      const taken = joint.length < piece.length / 2 ? piece : joint;
      pieces.push(taken);
      piece = piece.slice(taken.length);
      columns = columnsOf(piece);
    }
    piece += c;
    columns += more;
  }
  return piece === '' ? pieces : [...pieces, piece];
}

/**
 * Breaks prose at blanks. A word longer than the line stays whole, so that it can be copied; where the page must keep to its width
 * (`broken`) it is broken too.
 */
export function wrap(text: string, width: number, long: 'whole' | 'broken' = 'whole'): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const words = text.split(' ');
  for (const word of long === 'whole' ? words : words.flatMap((w) => broken(w, Math.max(8, width)))) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

/** Words of a finding that are worth seeing in its line: names, addresses, states; the longest first. */
export const needlesOf = (...texts: readonly string[]): readonly string[] =>
  [...new Set(texts.flatMap((t) => t.split(/[\s,;'"()]+/).map((w) => w.replace(/[.:]+$/, ''))))]
    .filter((w) => w.length > 3 && /[\d./:_-]|[A-Z]{3}/.test(w))
    .sort((a, b) => b.length - a.length);

/** Columns that may be given up for a line to go on at the beginning of a word. */
const HALF_WORD = 16;

/** Shortens a line to `width`: its beginning stays, and the stretch around the first needle that would be lost otherwise. */
export function cut(line: string, width: number, needles: readonly string[], mark = '…'): string {
  const text = line.replace(/\t/g, ' ').trim();
  if (columnsOf(text) <= width) return text;
  const end = ` ${mark}`;
  const plain = `${head(text, width - end.length).trimEnd()}${end}`;
  const lost = needles.map((n) => ({ at: text.indexOf(n), length: n.length })).find((n) => n.at !== -1);
  if (!lost || lost.at + lost.length <= width - end.length || width < 30) return plain;
  const start = Math.floor(width / 3);
  const room = width - start - 2 * end.length - 1;
  const from = Math.max(start, Math.min(lost.at - Math.floor((room - lost.length) / 2), text.length - room));
  // Half a word tells nothing; what a needle names stays.
  const blank = text.indexOf(' ', from);
  const rest = text.slice(blank !== -1 && blank < Math.min(from + HALF_WORD, lost.at) ? blank + 1 : from);
  const shown = columnsOf(rest) <= room ? rest : `${head(rest, room).trimEnd()}${end}`;
  return `${head(text, start).trimEnd()}${end} ${shown.trimStart()}`;
}

/** Shortens in the middle, for paths and names: both ends tell something. */
export function squeezed(text: string, width: number, mark = '…'): string {
  if (columnsOf(text) <= width) return text;
  const room = Math.max(2, width - mark.length);
  const front = Math.floor(room / 2);
  return `${head(text, front)}${mark}${tail(text, room - front)}`;
}

const PLAIN: Readonly<Record<string, string>> = { '→': '->', '←': '<-', '↔': '<->', '…': '...', '✗': 'X' };

/** Every character beyond ASCII as one that any terminal has. */
export const inAscii = (text: string): string => printable(text).replace(/[^\x20-\x7e\t]/gu, (c) => PLAIN[c] ?? '?');
