/** One column of a table whose header names it. */
export interface Column {
  readonly name: string;
  readonly start: number;
}

/** Splits at two blanks or more, or a tab: kubectl pads columns with three blanks, older ones with at least one more than the cell. */
export const cellsOf = (line: string): string[] => line.trim().split(/ {2,}|\t+/);

/** Columns of a header line; single blanks belong to a name (`NOMINATED NODE`) unless every gap is single. */
export function columnsOf(header: string): Column[] {
  const columns: Column[] = [];
  let at = 0;
  const spaced = cellsOf(header);
  for (const name of spaced.length > 1 ? spaced : header.trim().split(' ')) {
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

/**
 * Cells of a row, one per column: by position (a cell may be empty), else by runs of blanks (rows re-aligned by hand),
 * else by single blanks. Undefined when none of the three gives as many cells as there are columns.
 */
export function rowCells(columns: readonly Column[], row: string): readonly string[] | undefined {
  const positioned = byPosition(columns, row);
  if (positioned) return positioned;
  const spaced = cellsOf(row);
  if (spaced.length === columns.length) return spaced;
  const words = row
    .trim()
    .replace(/(\S) \((\S+ ago)\)/, '$1\u00a0($2)')
    .split(/[ \t]+/);
  return words.length === columns.length ? words.map((word) => word.replace('\u00a0', ' ')) : undefined;
}
