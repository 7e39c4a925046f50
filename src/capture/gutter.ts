import type { Text } from '../kit/index.js';
import { looksLikeCommand } from './programs.js';
import { isPrompt } from './typed.js';

const LF = 0x0a;
const ONE = 0x31;

/** How many lines from `at` on are the numbers 1, 2, 3 … and nothing else. */
function numbersFrom(text: Text, at: number): number {
  let n = 0;
  while (at + n < text.count && text.line(at + n) === String(n + 1)) n++;
  return n;
}

/**
 * Lines of the numbers that blogs print beside their code: copied, they stand as a column of their own between a blank line and the code. Fewer
 * than three may be any output, unless what follows is a command.
 */
export function gutterLines(text: Text): ReadonlyMap<number, string> {
  const { bytes, start } = text;
  const blanked = new Map<number, string>();
  for (let i = 0; i + 1 < text.count; i++) {
    const at = start(i);
    if (bytes[at] !== ONE || bytes[at + 1] !== LF || (i > 0 && text.line(i - 1).trim() !== '')) continue;
    const n = numbersFrom(text, i);
    const next = text.line(i + n);
    if (next.trim() !== '' && (n > 2 || isPrompt(next) || looksLikeCommand(next)))
      for (let k = i; k < i + n; k++) blanked.set(k, '');
    i += n - 1;
  }
  return blanked;
}
