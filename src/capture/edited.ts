import { type Text, textOf } from '../kit/index.js';

/** The text with some of its lines in other words; the very text when there are none. */
export function edited(text: Text, changed: ReadonlyMap<number, string>): Text {
  if (changed.size === 0) return text;
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(changed.get(i) ?? text.line(i));
  return textOf(new TextEncoder().encode(`${lines.join('\n')}\n`));
}
