import { printable } from '../../kit/index.js';

/** Breaks prose at blanks; a word longer than the line stays whole, so that it can be copied. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
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

const ELLIPSIS = ' … ';

/** Shortens a line to `width`: its beginning stays, and the stretch around the first needle that would be lost otherwise. */
export function cut(line: string, width: number, needles: readonly string[]): string {
  const text = line.replace(/\t/g, ' ').trim();
  if (text.length <= width) return text;
  const plain = `${text.slice(0, Math.max(1, width - 2)).trimEnd()} …`;
  const lost = needles.map((n) => ({ at: text.indexOf(n), length: n.length })).find((n) => n.at !== -1);
  if (!lost || lost.at + lost.length <= width - 2 || width < 30) return plain;
  const head = Math.floor(width / 3);
  const room = width - head - ELLIPSIS.length - 2;
  const from = Math.max(head, Math.min(lost.at - Math.floor((room - lost.length) / 2), text.length - room));
  const tail = from + room >= text.length ? text.slice(from) : `${text.slice(from, from + room).trimEnd()} …`;
  return `${text.slice(0, head).trimEnd()}${ELLIPSIS}${tail.trimStart()}`;
}

const PLAIN: Readonly<Record<string, string>> = { '→': '->', '←': '<-', '↔': '<->', '…': '...', '✗': 'X' };

/** Every character beyond ASCII as one that any terminal has. */
export const inAscii = (text: string): string => printable(text).replace(/[^\x20-\x7e\t]/gu, (c) => PLAIN[c] ?? '?');
