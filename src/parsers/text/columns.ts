/*
 * `| column -t` puts words below each other, whatever they are: `-A  PREROUTING  -m  comment  --comment  "kubernetes  service  portals"`.
 * Programs that print words with one blank between them are read without those blanks.
 */

/** Does one of the first lines stand in columns that its program never makes? `telling`: such a line. */
export const inColumns = (head: readonly string[], telling: RegExp): boolean =>
  head.slice(0, 50).some((line) => line.length < 2000 && telling.test(line));

/** The line with one blank between its words. */
export const squeezed = (line: string): string => line.replace(/ {2,}/g, ' ');
