/** Line of the entry with that index, where entry `first[k]` stands on line `line[k]` and those behind it on the next lines. */
export function lineIn(first: readonly number[], line: readonly number[], i: number): number {
  let low = 0;
  let high = first.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((first[middle] ?? 0) <= i) low = middle;
    else high = middle;
  }
  return (line[low] ?? 0) + i - (first[low] ?? 0);
}
