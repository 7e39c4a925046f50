/** Words of a rule; `quoted` holds the indexes of those that stood in quotes, for they are never options. */
export interface Words {
  readonly text: readonly string[];
  readonly quoted?: ReadonlySet<number>;
}

const BLANK = 32;
const TAB = 9;
const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Splits as iptables-restore does (iptables/xshared.c, add_param_to_argv): blanks part words, double quotes hold them together,
 * and a backslash takes the next character as it is. Undefined when a quote never closes: the line was cut.
 */
export function wordsOf(line: string): Words | undefined {
  if (line.indexOf('"') === -1 && line.indexOf('\\') === -1) return { text: plainWords(line) };
  const text: string[] = [];
  const quoted = new Set<number>();
  for (let i = 0; i < line.length; ) {
    const c = line.charCodeAt(i);
    if (c === BLANK || c === TAB) {
      i++;
      continue;
    }
    const word = wordAt(line, i);
    if (!word) return undefined;
    if (word.quoted) quoted.add(text.length);
    text.push(word.text);
    i = word.end;
  }
  return { text, quoted };
}

function plainWords(line: string): string[] {
  const words: string[] = [];
  for (let i = 0; i < line.length; ) {
    let end = line.indexOf(' ', i);
    if (end === -1) end = line.length;
    if (end > i) words.push(line.slice(i, end));
    i = end + 1;
  }
  return line.indexOf('\t') === -1 ? words : words.flatMap((w) => w.split('\t').filter((part) => part !== ''));
}

function wordAt(line: string, from: number): { text: string; end: number; quoted: boolean } | undefined {
  let open = false;
  let quoted = false;
  let escaped = false;
  let i = from;
  for (; i < line.length; i++) {
    const c = line.charCodeAt(i);
    if (c === BACKSLASH) {
      escaped = true;
      i++;
    } else if (c === QUOTE) {
      open = !open;
      quoted = true;
    } else if (!open && (c === BLANK || c === TAB)) break;
  }
  if (open) return undefined;
  const end = Math.min(i, line.length);
  const word = line.slice(from, end);
  if (!quoted && !escaped) return { text: word, end, quoted };
  return { text: escaped ? withoutEscapes(word) : word.replaceAll('"', ''), end, quoted };
}

function withoutEscapes(word: string): string {
  let out = '';
  for (let i = 0; i < word.length; i++) {
    const c = word.charAt(i);
    if (c === '\\') out += word.charAt(++i);
    else if (c !== '"') out += c;
  }
  return out;
}
