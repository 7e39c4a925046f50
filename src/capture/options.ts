export const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

export const NONE: ReadonlySet<string> = new Set();

/** Index behind a wrapper's options; those in `valued` take the next word as their value. */
export function afterOptions(argv: readonly string[], from: number, valued: ReadonlySet<string>): number {
  let i = from;
  while (i < argv.length) {
    const w = argv[i] ?? '';
    if (w === '--') return i + 1;
    if (!w.startsWith('-') || w === '-') return i;
    i += valued.has(w) ? 2 : 1;
  }
  return i;
}

/** Value of the first of `names` among words `[0, end)`; `-nNAME` and `--name=NAME` count too. */
export function optionValue(argv: readonly string[], end: number, names: readonly string[]): string | undefined {
  for (const [i, w] of argv.slice(0, end).entries())
    for (const n of names) {
      if (w === n) return argv[i + 1];
      if (n.startsWith('--') ? w.startsWith(`${n}=`) : w.startsWith(n) && w.length > 2 && !w.startsWith('--'))
        return w.slice(n.startsWith('--') ? n.length + 1 : 2).replace(/^=/, '');
    }
  return undefined;
}
