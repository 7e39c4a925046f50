/** One column of a table whose header names it. */
export interface Column {
  readonly name: string;
  readonly start: number;
}

/** Splits at two blanks or more, or a tab: kubectl pads columns with three blanks, older ones with at least one more than the cell. */
export const cellsOf = (line: string): string[] => line.trim().split(/ {2,}|\t+/);

/** Names of two words, which a header whose gaps are all single does not show to be one. */
const TWO_WORDS = /(?<=^|\s)(?:NOMINATED NODE|READINESS GATES|(?:LAST|FIRST) SEEN|CREATED AT)(?=\s|$)/g;

/** Columns of a header line; single blanks belong to a name (`NOMINATED NODE`) unless every gap is single (HTML shows blanks as one). */
export function columnsOf(header: string): Column[] {
  const columns: Column[] = [];
  let at = 0;
  const spaced = cellsOf(header);
  const words = (): string[] =>
    header
      .trim()
      .replace(TWO_WORDS, (name) => name.replace(' ', '\u00a0'))
      .split(' ')
      .map((name) => name.replace('\u00a0', ' '));
  for (const name of spaced.length > 1 ? spaced : words()) {
    const start = header.indexOf(name, at);
    columns.push({ name: name.trim(), start });
    at = start + name.length;
  }
  return columns;
}

/** Cells by column position; undefined when the row does not keep to the header's positions. */
function byPosition(columns: readonly Column[], row: string): string[] | undefined {
  const cells: string[] = [];
  for (const [i, { start }] of columns.entries()) {
    const end = columns[i + 1]?.start ?? row.length;
    const cell = row.slice(start, end).trim();
    const before = row[start - 1];
    const moved = cell !== '' && (row[start] === ' ' || row[start] === '\t');
    const cut = start > 0 && start <= row.length && before !== ' ' && before !== '\t';
    if (moved || cut) return undefined;
    cells.push(cell);
  }
  return cells;
}

/** Is there one blank between all columns? Then positions mean nothing. */
const isTight = (columns: readonly Column[]): boolean =>
  columns.length > 2 &&
  columns.every(
    (c, i) => i === 0 || c.start === (columns[i - 1] as Column).start + (columns[i - 1] as Column).name.length + 1,
  );

/**
 * Cells of a row, one per column: by position (a cell may be empty), else by runs of blanks (rows re-aligned by hand),
 * else by single blanks. Undefined when none of the three gives as many cells as there are columns.
 */
export function rowCells(columns: readonly Column[], row: string): readonly string[] | undefined {
  const tight = isTight(columns);
  const positioned = tight ? undefined : byPosition(columns, row);
  const spaced = cellsOf(row);
  // With a cell for each column none is empty, and none is two: else the row was aligned by hand.
  const moved = positioned?.some((cell) => cell === '' || / {2}|\t/.test(cell)) && spaced.length === columns.length;
  if (positioned && !moved) return positioned;
  if (spaced.length === columns.length) return spaced;
  const words = row
    .trim()
    .replace(/(\S) \((\S+) ago\)/, '$1\u00a0($2\u00a0ago)')
    .split(/[ \t]+/);
  // What a distribution calls itself is the one cell of several words.
  const os = columns.findIndex((c) => c.name === 'OS-IMAGE');
  const more = words.length - columns.length;
  if (tight && os >= 0 && more > 0) words.splice(os, more + 1, words.slice(os, os + more + 1).join(' '));
  return words.length === columns.length ? words.map((word) => word.replaceAll('\u00a0', ' ')) : undefined;
}
