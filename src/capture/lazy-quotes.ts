import type { Text } from '../kit/index.js';
import { edited } from './edited.js';

/*
 *     > $ ip route
 *     default via 10.1.1.1 dev eth0
 *
 * Markdown needs the sign of a quotation before the first line of a paragraph alone (CommonMark 5.1, laziness).
 */

const SIGN = 0x3e;
const QUOTED = /^ {0,3}> ?(?=\S)/;
/** What curl sends, and what diff says of the second file. */
const OTHER = /^> (?:[A-Z]+ \S+ HTTP\/|[A-Za-z][\w-]+: (?!flags=))|^> ?[<>]/;

/** Does the line begin with the sign? Told by its bytes, for most texts have none. */
function beginsQuoted({ bytes, start }: Text, i: number): boolean {
  let at = start(i);
  while (bytes[at] === 0x20 && at < start(i) + 3) at++;
  return bytes[at] === SIGN;
}

const isBlank = (text: Text, i: number): boolean => text.line(i).trim() === '';

/** The text without the sign before paragraphs whose first line alone has it; the very text where there are none. */
export function withoutLazyQuotes(text: Text): Text {
  const changed = new Map<number, string>();
  for (let i = 0; i < text.count; i++) {
    if (!beginsQuoted(text, i) || (i > 0 && !isBlank(text, i - 1))) continue;
    if (i + 1 >= text.count || isBlank(text, i + 1)) continue;
    let end = i + 1;
    while (end < text.count && !beginsQuoted(text, end) && !isBlank(text, end)) end++;
    const line = text.line(i);
    if (end < text.count && !isBlank(text, end)) i = end;
    else if (QUOTED.test(line) && !OTHER.test(line.trimStart())) changed.set(i, line.replace(QUOTED, ''));
  }
  return edited(text, changed);
}
