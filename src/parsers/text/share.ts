/** Share of the lines in `head` that pass `test`, blank lines aside. */
export function share(head: readonly string[], test: (line: string) => boolean): number {
  let seen = 0;
  let hit = 0;
  for (const line of head) {
    if (line.trim() === '') continue;
    seen++;
    if (test(line)) hit++;
  }
  return seen === 0 ? 0 : hit / seen;
}
