import type { Text } from '../kit/index.js';
import { edited } from './edited.js';
import { isPrompt } from './typed.js';

/** A pasted session is no longer than this between two marks. */
const LONGEST = 2000;

const isOdd = (line: string): boolean => line.length < 4096 && (line.split('`').length - 1) % 2 === 1;

/**
 * The text without the marks of Markdown's inline code around a session of several lines: `` `[root@node-1 ~]$ ip route `` up to a line that ends
 * in the other mark. Who knows no fences writes so.
 */
export function withoutInlineCode(text: Text): Text {
  const changed = new Map<number, string>();
  for (let i = 0; i + 1 < text.count; i++) {
    if (text.bytes[text.start(i)] !== 0x60) continue;
    const line = text.line(i);
    if (!isOdd(line) || !isPrompt(line.slice(1))) continue;
    const to = closing(text, i + 1);
    changed.set(i, line.slice(1));
    if (to === undefined) continue;
    changed.set(to, text.line(to).trimEnd().slice(0, -1));
    i = to;
  }
  return changed.size > 0 ? edited(text, changed) : text;
}

function closing(text: Text, from: number): number | undefined {
  for (let i = from; i < Math.min(text.count, from + LONGEST); i++) {
    const line = text.line(i).trimEnd();
    if (isOdd(line)) return line.endsWith('`') ? i : undefined;
  }
  return undefined;
}
