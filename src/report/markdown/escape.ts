import { printable } from '../../kit/index.js';

/** Text as a code span: nothing in it is markup, a mention or a link. A fence longer than any run of backticks inside. */
export function code(text: string): string {
  const safe = printable(text.replace(/\t/g, ' '));
  const longest = Math.max(0, ...(safe.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = safe.startsWith('`') || safe.endsWith('`') || safe.trim() === '' ? ' ' : '';
  return `${fence}${pad}${safe}${pad}${fence}`;
}

/** A code span inside a table: a bar ends the cell even in code, unless it is escaped. */
export const cell = (text: string): string => code(text).replace(/\|/g, '\\|');

/** What trackers turn into links, mentions or references even in escaped text. */
const LIVE = /@|:\/\/|^www\.|#\w|^GH-\d/i;
/** An underscore inside a word is no emphasis: `gc_thresh3` stays readable. */
const MARKUP = /[\\`*[\]<>#|~!&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g;

/** A sentence that may quote a bundle, as Markdown prose: markup is escaped, words that a tracker would act on become code. */
export function prose(text: string): string {
  return printable(text)
    .split(' ')
    .map((word) => {
      if (!LIVE.test(word)) return word.replace(MARKUP, '\\$&').replace(/^([-+=]|\d+[.)])(?=$)/, '\\$1');
      const [, body = word, tail = ''] = /^(.*?)([.,;:)]*)$/.exec(word) ?? [];
      return `${code(body)}${tail}`;
    })
    .join(' ');
}

/** Lines as a fenced block of shell. */
export function shell(lines: readonly string[]): readonly string[] {
  const safe = lines.map(printable);
  const longest = Math.max(2, ...safe.flatMap((l) => (l.match(/`+/g) ?? []).map((run) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}sh`, ...safe, fence];
}
