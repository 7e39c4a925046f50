import type { Text } from '../kit/index.js';
import { edited } from './edited.js';

/*
 *     $ cat > /etc/nftables.conf <<'EOF'
 *     table inet filter { … }
 *     EOF
 *
 * What a here-document feeds to a command is its input: nobody's output, and no state of the machine, however much it looks like one.
 */

/** `<<EOF`, `<<-'END'`, `<< "EOT" | sudo tee f`: a word behind which the command ends, or goes on with a pipe or a redirection. */
const OPENS = /^\s{0,16}\S.*?(?<!<)<<-?\s?(['"]?)\\?([A-Za-z_]\w{0,40})\1\s*(?:$|[|>&;)])/;
/** Longer documents are no part of a paste; so many lines without an end are looked at in all. */
const LONGEST = 2000;
const MOST_LOOKED_AT = 200_000;
const LESS = 0x3c;

function mayHold({ bytes }: Text): boolean {
  for (let i = bytes.indexOf(LESS); i !== -1; i = bytes.indexOf(LESS, i + 1)) if (bytes[i + 1] === LESS) return true;
  return false;
}

/** A continued command's prompt may stand before each line. */
const isEnd = (line: string, word: string): boolean => line.length < 100 && line.trim().replace(/^> ?/, '') === word;

/** Line indexes, `to` exclusive. */
export interface Lines {
  readonly from: number;
  readonly to: number;
}

interface Read {
  readonly text: Text;
  readonly documents: readonly Lines[];
}

/** The text with blank lines for what was typed into here-documents, and where they stand; the very text where it has none. */
export function withoutHereDocuments(text: Text): Read {
  const documents: Lines[] = [];
  if (!mayHold(text)) return { text, documents };
  const changed = new Map<number, string>();
  let left = MOST_LOOKED_AT;
  for (let i = 0; i < text.count && left > 0; i++) {
    const line = text.line(i);
    const word = line.length < LONGEST && line.includes('<<') ? OPENS.exec(line)?.[2] : undefined;
    if (word === undefined) continue;
    let end = i + 1;
    while (end < Math.min(text.count, i + LONGEST) && !isEnd(text.line(end), word)) end++;
    left -= end - i;
    if (end >= text.count || !isEnd(text.line(end), word)) continue;
    for (let n = i + 1; n <= end; n++) changed.set(n, '');
    documents.push({ from: i + 1, to: end + 1 });
    i = end;
  }
  return { text: edited(text, changed), documents };
}
