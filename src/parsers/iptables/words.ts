/** A rule's words; `quoted[i]` tells a quoted one, which is a value whatever it looks like. */
export interface Words {
  readonly words: readonly string[];
  readonly quoted: readonly boolean[];
}

/** End of the quoted word that starts at `from`, or -1 if it never ends. */
function closing(line: string, from: number): number {
  for (let i = from + 1; i < line.length; i++) {
    const c = line.charCodeAt(i);
    if (c === 92) i++;
    else if (c === 34) return i;
  }
  return -1;
}

const unescape = (text: string): string => (text.includes('\\') ? text.replace(/\\(.)/g, '$1') : text);

/**
 * Splits at blanks; double quotes hold a word together and a backslash in them takes the next character as it is
 * (xtables_save_string in iptables' libxtables). Undefined when a quote stays open: the line is cut.
 */
export function wordsOf(line: string): Words | undefined {
  const words: string[] = [];
  const quoted: boolean[] = [];
  for (let i = 0; i < line.length; ) {
    const c = line.charCodeAt(i);
    if (c === 32 || c === 9) {
      i++;
      continue;
    }
    if (c === 34) {
      const end = closing(line, i);
      if (end < 0) return undefined;
      words.push(unescape(line.slice(i + 1, end)));
      quoted.push(true);
      i = end + 1;
      continue;
    }
    const blank = line.indexOf(' ', i);
    const end = blank < 0 ? line.length : blank;
    words.push(line.slice(i, end));
    quoted.push(false);
    i = end;
  }
  return { words, quoted };
}
