import type { JsonClass, ReachJson, ReachProbeJson } from './json.js';
import { inOrder, titleOf } from './names.js';

type Verdict = ReachProbeJson['verdict'];

/** What the pairs of a cell have in common: one verdict, or that some of them are lost, or else not known. */
export type Cell = Verdict | 'some-lost' | 'some-unknown';

/** Ends that are alike in all cells: one row or column. */
export interface Line {
  readonly title: string;
  readonly members: readonly JsonClass[];
}

export interface Grid {
  readonly rows: readonly Line[];
  readonly columns: readonly Line[];
  cell(row: number, column: number): Cell | undefined;
}

/** No more lines than these are drawn. */
export interface Most {
  readonly rows: number;
  readonly columns: number;
}

/** A cell holds which verdicts occur in it, as bits; 0: nobody asked. */
const BITS: Readonly<Record<Verdict, number>> = { delivered: 1, partly: 2, dropped: 4, unknown: 8 };
const LOST = BITS.partly | BITS.dropped;

function cellOf(bits: number): Cell | undefined {
  const only = (Object.keys(BITS) as Verdict[]).find((v) => BITS[v] === bits);
  if (only || bits === 0) return only;
  return bits & LOST ? 'some-lost' : 'some-unknown';
}

interface Axis {
  readonly kind: string;
  readonly title?: string;
  readonly members: readonly JsonClass[];
}

/** Rows ask, columns answer. */
interface Matrix {
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly bits: readonly Uint8Array[];
}

type Groups = readonly (readonly number[])[];

/** Lines of one kind that agree wherever both were asked become one; undefined when they are more than `most`. */
function folded(axes: readonly Axis[], bits: readonly Uint8Array[], most: number): Groups | undefined {
  const groups: { readonly kind: string; readonly members: number[]; readonly bits: Uint8Array }[] = [];
  for (const [i, { kind }] of axes.entries()) {
    const own = bits[i] ?? new Uint8Array();
    const group = groups.find(
      (g) => g.kind === kind && g.bits.every((b, at) => b === 0 || own[at] === 0 || b === own[at]),
    );
    if (!group) {
      if (groups.length === most) return undefined;
      groups.push({ kind, members: [i], bits: own.slice() });
      continue;
    }
    group.members.push(i);
    for (const [at, b] of own.entries()) if (group.bits[at] === 0) group.bits[at] = b;
  }
  return groups.map((g) => g.members);
}

/** What each row says of groups of columns. */
const rowsAgainst = ({ bits }: Matrix, columns: Groups): readonly Uint8Array[] =>
  bits.map((row) => Uint8Array.from(columns, (group) => group.reduce((all, c) => all | (row[c] ?? 0), 0)));

/** What each column says of groups of rows. */
function columnsAgainst({ bits, columns }: Matrix, rows: Groups): readonly Uint8Array[] {
  const out = columns.map(() => new Uint8Array(rows.length));
  for (const [g, group] of rows.entries())
    for (const r of group)
      for (const [c, b] of (bits[r] ?? []).entries()) {
        const column = out[c];
        if (column) column[g] = (column[g] ?? 0) | b;
      }
  return out;
}

interface Fold {
  readonly matrix: Matrix;
  readonly rows: Groups;
  readonly columns: Groups;
}

/** Folded without a loss: every pair of a cell has its verdict. */
function exactly(matrix: Matrix, most: Most): Fold | undefined {
  const rows = folded(matrix.rows, matrix.bits, most.rows);
  const columns = rows && folded(matrix.columns, columnsAgainst(matrix, rows), most.columns);
  return rows && columns && { matrix, rows, columns };
}

const byKind = (axes: readonly Axis[]): Groups => {
  const groups = new Map<string, number[]>();
  for (const [i, { kind }] of axes.entries()) groups.set(kind, [...(groups.get(kind) ?? []), i]);
  return [...groups.values()];
};

/** Lines of one kind on a page that cannot show all differences: more of them tell a reader nothing. */
const MOST_OF: Readonly<Record<string, number>> = { pods: 8, node: 8, outside: 1 };
const MOST_OF_OTHERS = 4;

/** The lines of each kind, split where they differ if that leaves few of them. */
function split(axes: readonly Axis[], bits: readonly Uint8Array[], most: number): Groups {
  const kinds = byKind(axes);
  const out: (readonly number[])[] = [];
  for (const [k, members] of kinds.entries()) {
    const pick = <T>(all: readonly T[]): readonly T[] => members.flatMap((i) => all.slice(i, i + 1));
    const room = Math.min(
      MOST_OF[axes[members[0] ?? 0]?.kind ?? ''] ?? MOST_OF_OTHERS,
      most - out.length - (kinds.length - k - 1),
    );
    const finer = folded(pick(axes), pick(bits), room);
    out.push(...(finer?.map((g) => g.flatMap((i) => members.slice(i, i + 1))) ?? [members]));
  }
  return out;
}

/**
 * Folded as finely as the page holds. It begins with one line per kind of end; lines that meet other verdicts than the rest are split
 * off, the rows by what the columns say of them and these by what the rows say, as long as there is room.
 */
function roughly(matrix: Matrix, most: Most): Fold {
  let rows = byKind(matrix.rows);
  let columns = byKind(matrix.columns);
  for (;;) {
    // Which services have their endpoints where, and which NodePorts a node asks, is chance: rows that differ in that are alike.
    const isOfNodes = ([c = 0]: readonly number[]): boolean => /pods|node$/.test(matrix.columns[c]?.kind ?? '');
    const whole = byKind(matrix.columns).filter(
      (g) => !isOfNodes(g) && matrix.columns[g[0] ?? 0]?.kind !== 'node-port',
    );
    const telling = [...columns.filter(isOfNodes), ...whole];
    const finer = split(matrix.rows, rowsAgainst(matrix, telling), most.rows);
    const across = split(matrix.columns, columnsAgainst(matrix, finer), most.columns);
    if (finer.length <= rows.length && across.length <= columns.length) return { matrix, rows, columns };
    rows = finer.length > rows.length ? finer : rows;
    columns = across.length > columns.length ? across : columns;
  }
}

function matrixOf(reach: ReachJson): Matrix {
  const sources = (reach.sources ?? []).toSorted(inOrder);
  const destinations = (reach.destinations ?? []).toSorted(inOrder);
  const at = new Map(destinations.map((d, i) => [d.name, i]));
  const rowOf = new Map(sources.map((s, i) => [s.name, i]));
  const bits = sources.map(() => new Uint8Array(destinations.length));
  for (const { pair, verdict } of reach.probes) {
    if (!pair) continue;
    const row = bits[rowOf.get(pair.src) ?? -1];
    const column = at.get(pair.dst);
    if (row && column !== undefined) row[column] = BITS[verdict];
  }
  const axis = (c: JsonClass): Axis => ({ kind: c.kind, members: [c] });
  return { rows: sources.map(axis), columns: destinations.map(axis), bits };
}

/** Who asks the own node gets columns of its own: nodes that treat their own alike, and all others alike, are alike. */
function withOwn({ rows, columns, bits }: Matrix): Matrix {
  const kinds = ['pods', 'node'] as const;
  const own = kinds.map(
    (kind): Axis => ({
      kind: `own ${kind}`,
      title: kind === 'pods' ? 'pods of its own node' : 'its own node',
      members: [],
    }),
  );
  return {
    rows,
    columns: [...own, ...columns],
    bits: bits.map((row, r) => {
      const out = new Uint8Array(own.length + row.length);
      out.set(row, own.length);
      const node = rows[r]?.members[0]?.node;
      for (const [c, { kind, members }] of columns.entries()) {
        const k = kinds.indexOf(kind as (typeof kinds)[number]);
        if (k === -1 || node === undefined || members[0]?.node !== node) continue;
        out[k] = row[c] ?? 0;
        out[own.length + c] = 0;
      }
      return out;
    }),
  };
}

const linesOf = (fold: Fold): number => fold.rows.length + fold.columns.length;

/** The pairs of classes as a grid, folded where they are alike, and as far as the page needs it. */
export function gridOf(reach: ReachJson, most: Most): Grid {
  const plain = matrixOf(reach);
  const own = withOwn(plain);
  const exact = [exactly(plain, most), exactly(own, most)].filter((f) => f !== undefined);
  const [best] = exact.sort((a, b) => linesOf(a) - linesOf(b));
  const { matrix, rows, columns } = best ?? roughly(own, most);
  const cells = columnsAgainst(matrix, rows);
  const used = columns.filter((group) => group.some((c) => cells[c]?.some((b) => b > 0)));
  const line = (axes: readonly Axis[], group: readonly number[]): Line => {
    const members = group.flatMap((i) => axes[i]?.members ?? []);
    return { title: axes[group[0] ?? 0]?.title ?? titleOf(members), members };
  };
  return {
    rows: rows.map((g) => line(matrix.rows, g)),
    columns: used.map((g) => line(matrix.columns, g)),
    cell: (row, column) => cellOf((used[column] ?? []).reduce((all, c) => all | (cells[c]?.[row] ?? 0), 0)),
  };
}
