import { type Text, textOf } from '../kit/index.js';

/** `lines` in place of the lines of a whole text, as many as it has; they know how they stand in the file. */
export function inPlace(text: Text, lines: readonly string[]): Text {
  return knowing(textOf(new TextEncoder().encode(`${lines.join('\n')}\n`)), text.original ?? text);
}

const knowing = (text: Text, original: Text): Text => ({
  ...text,
  firstLine: original.firstLine,
  original,
  slice: (from, to) => knowing(text.slice(from, to), original.slice(from, to)),
});

/** The text with some of its lines in other words; the very text when there are none. */
export function edited(text: Text, changed: ReadonlyMap<number, string>): Text {
  if (changed.size === 0) return text;
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(changed.get(i) ?? text.line(i));
  return inPlace(text, lines);
}
