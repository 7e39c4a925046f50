/** Edits (insert, delete, replace, swap of neighbours) from one word to another. */
function edits(a: string, b: string): number {
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? (older[j - 2] ?? 0) + 1
          : Number.POSITIVE_INFINITY;
      row.push(Math.min((old[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (old[j - 1] ?? 0) + same, swapped));
    }
    older = old;
    old = row;
  }
  return old[b.length] ?? 0;
}

/** The name that was probably meant, if one is near enough; a name behind a `/` may be given without what is before it. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (word.length > 100) return undefined;
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const whole = edits(word.toLowerCase(), name.toLowerCase());
    const tail = word.includes('/')
      ? whole
      : edits(word.toLowerCase(), name.slice(name.indexOf('/') + 1).toLowerCase());
    const distance = Math.min(whole, tail);
    if (!best || distance < best.distance) best = { name, distance };
  }
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.name : undefined;
}

/** ` Did you mean lint?`, or nothing. */
export function didYouMean(word: string, names: readonly string[]): string {
  const name = nearest(word, names);
  return name === undefined ? '' : ` Did you mean ${name}?`;
}
