import { plural } from '../options.js';
import type { JsonClass, ReachJson, ReachProbeJson } from './json.js';

type Cell = ReachProbeJson['verdict'] | undefined;

/** Ends that are alike in all cells: one row or column. */
export interface Line {
  readonly title: string;
  readonly members: readonly string[];
}

export interface Grid {
  readonly rows: readonly Line[];
  readonly columns: readonly Line[];
  cell(row: number, column: number): Cell;
}

const NOUNS: Readonly<Record<JsonClass['kind'], readonly [one: string, many: string]>> = {
  pods: ['pods of', 'pods of nodes'],
  node: ['node', 'nodes'],
  service: ['service', 'services'],
  dns: ['DNS port', 'DNS ports'],
  api: ['API server', 'API servers'],
  'node-port': ['NodePort', 'NodePorts'],
  outside: ['outside', 'outside'],
};

interface Group {
  readonly kind: JsonClass['kind'];
  readonly members: JsonClass[];
  readonly cells: Cell[];
}

/** Lines that agree wherever both were asked become one; nobody asks itself. */
function fold(lines: readonly JsonClass[], cellsOf: (line: JsonClass) => readonly Cell[]): readonly Group[] {
  const groups: Group[] = [];
  for (const line of lines) {
    const cells = cellsOf(line);
    const group = groups.find(
      (g) =>
        g.kind === line.kind && g.cells.every((c, i) => c === undefined || cells[i] === undefined || c === cells[i]),
    );
    if (!group) {
      groups.push({ kind: line.kind, members: [line], cells: [...cells] });
      continue;
    }
    group.members.push(line);
    for (const [i, c] of cells.entries()) group.cells[i] ??= c;
  }
  return groups;
}

function titleOf({ kind, members }: Group): string {
  const [first] = members;
  if (members.length === 1) return first?.name ?? '';
  return kind === 'pods' ? `pods of ${plural(members.length, 'node')}` : `${members.length} ${NOUNS[kind][1]}`;
}

const toLine = (g: Group): Line => ({ title: titleOf(g), members: g.members.map((m) => m.name) });

/** The pairs of classes as a grid, folded as far as they are alike. */
export function gridOf({ sources = [], destinations = [], probes }: ReachJson): Grid {
  const cells = new Map<string, Map<string, Cell>>();
  for (const { pair, verdict } of probes) {
    if (!pair) continue;
    const row = cells.get(pair.src) ?? new Map<string, Cell>();
    cells.set(pair.src, row.set(pair.dst, verdict));
  }
  const at = (src: string, dst: string): Cell => cells.get(src)?.get(dst);
  const rows = fold(sources, (s) => destinations.map((d) => at(s.name, d.name)));
  const columns = fold(destinations, (d) => rows.map((r) => r.members.map((s) => at(s.name, d.name)).find((c) => c)));
  return {
    rows: rows.map(toLine),
    columns: columns.map(toLine),
    cell: (row, column) => columns[column]?.cells[row],
  };
}
