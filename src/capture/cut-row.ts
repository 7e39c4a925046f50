import type { Text } from '../kit/index.js';

/** Addresses, prefixes and numbers are values, and so is a name; a word that the row above has in the same place is the table's own. */
const shapeOf = (word: string): string =>
  /^[\da-fA-F:.]*[:.\d][\da-fA-F:.]*(?:\/\d{1,3})?$/.test(word) ? 'value' : 'word';

/**
 * Is line `i` the last of a file that ends within it, and begins it as the row above does? Half a row may look like a whole one of another
 * command: `192.0.2.14 dev et` of a neighbour, a route.
 */
export function isCutRow(text: Text, i: number): boolean {
  if (i < 1 || i !== text.count - 1 || text.bytes[text.start(text.count) - 1] === 10) return false;
  const [above, row] = [text.line(i - 1), text.line(i)];
  if (row.length >= above.length || row.length > 1000) return false;
  const [whole, half] = [above.trim().split(/\s+/), row.trim().split(/\s+/)];
  return (
    half.length > 1 &&
    half.length < whole.length &&
    half.every((word, n) => word === whole[n] || shapeOf(word) === shapeOf(whole[n] ?? '')) &&
    half.some((word, n) => n > 0 && word === whole[n])
  );
}
