import type { Text } from '../../kit/index.js';

/** One row of a table with frames: its cells, and its lines (a cell may be wrapped). */
export interface BoxRow {
  readonly line: number;
  readonly to: number;
  readonly cells: readonly string[];
}

export const isRule = (line: string): boolean => /^\s*\+[-+= ]*$/.test(line);
export const isBoxRow = (line: string): boolean => /^\s*\|/.test(line);

function cellsOf(line: string): string[] {
  const row = line.trim();
  return row
    .slice(1, row.endsWith('|') ? -1 : undefined)
    .split('|')
    .map((cell) => cell.trim());
}

/**
 * The row at line `at` with the lines that go on with its cells: Go's table writers wrap long cells, and leave the first cell of what
 * follows empty.
 */
export function boxRow(text: Text, at: number): BoxRow {
  const cells = cellsOf(text.line(at)).map((cell) => [cell]);
  let to = at + 1;
  for (; to < text.count && /^\s*\|\s*\|/.test(text.line(to)); to++) {
    for (const [i, cell] of cellsOf(text.line(to)).entries()) if (cell !== '') cells[i]?.push(cell);
  }
  return { line: at, to, cells: cells.map((parts) => parts.filter((part) => part !== '').join(' ')) };
}
