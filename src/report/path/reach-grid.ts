import type { FormatOptions } from '../options.js';
import { columnsOf, padded, wrap } from '../text/lines.js';
import type { Pen, Style } from '../text/pen.js';
import { type Cell, gridOf, type Line } from './grid.js';
import type { ReachJson } from './json.js';
import { fitted, itemsOf } from './names.js';

interface Sign {
  readonly sign: string;
  readonly style: Style;
  readonly says: string;
}

const SIGNS: Readonly<Record<Cell, Sign>> = {
  delivered: { sign: '.', style: 'good', says: 'arrives, and the answer comes back' },
  partly: { sign: '~', style: 'warning', says: 'some endpoints answer' },
  dropped: { sign: 'X', style: 'error', says: 'lost' },
  unknown: { sign: '?', style: 'info', says: 'not known' },
  'some-lost': { sign: 'x', style: 'warning', says: 'some of these pairs are lost' },
  'some-unknown': { sign: '-', style: 'info', says: 'some of these are not known' },
};

export const styleOf = (cell: Cell): Style => SIGNS[cell].style;

/** A grid with its legend fits a screen; with --verbose it is drawn as far as somebody may read it. */
const MOST = { rows: 14, columns: 14 } as const;
const MOST_VERBOSE = { rows: 40, columns: 52 } as const;
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Lines of names in a legend; a second one takes what the first has no room for. */
const LEGEND_LINES = 2;

/** Who is in a line, behind its title; nothing where the title says it. */
function membersOf({ title, members }: Line, room: number): string {
  if (members.length < 2) return '';
  const items = itemsOf(members);
  // Short names are the title.
  if (title.endsWith(items.map((i) => i.text).join(', '))) return '';
  return `: ${fitted(items, room - columnsOf(title) - 2)}`;
}

const textOf = (line: Line): string => `${line.title}${membersOf(line, Infinity)}`;

function writeLegend(out: Pen, columns: readonly Line[]): void {
  const room = out.width - 5;
  for (const [i, line] of columns.entries()) {
    // A joint that falls on the end of a line costs some columns of it.
    const text = `${line.title}${membersOf(line, room * LEGEND_LINES - 12)}`;
    const [first = '', ...rest] = wrap(out.say(text), room, 'broken');
    out.line('  ', [LETTERS[i] ?? '?', 'bold'], '  ', first);
    if (rest.length > 0) out.line('     ', out.cut(rest.join(' '), room));
  }
}

/** Rows have no letters: two of one title get a number. */
const distinct = (rows: readonly Line[]): readonly string[] =>
  rows.map(({ title }, i) => {
    const same = rows.filter((r) => r.title === title);
    return same.length === 1 ? title : `${title} (${rows.slice(0, i).filter((r) => r.title === title).length + 1})`;
  });

/** Who reaches whom: rows ask, columns answer. */
export function writeGrid(out: Pen, reach: ReachJson, options: FormatOptions & { readonly verbose?: boolean }): void {
  const most = options.verbose === true ? MOST_VERBOSE : MOST;
  const { rows, columns, cell } = gridOf(reach, {
    rows: most.rows,
    columns: Math.min(most.columns, Math.max(8, Math.floor((out.width - 30) / 2))),
  });
  if (rows.length === 0 || columns.length === 0) return;
  const room = out.width - columns.length * 2 - 5;
  const titles = distinct(rows).map((title) => out.squeeze(title, room));
  const longest = Math.max(...titles.map(columnsOf));
  const used = new Set<Cell>();
  out.line();
  out.line('  ', ' '.repeat(longest), '  ', [columns.map((_, i) => LETTERS[i] ?? '?').join(' '), 'bold']);
  for (const [r, title] of titles.entries()) {
    const signs = columns.flatMap((_, c) => {
      const found = cell(r, c);
      if (!found) return [' ', ' '];
      used.add(found);
      return [[SIGNS[found].sign, SIGNS[found].style] as const, ' '];
    });
    out.line('  ', padded(title, longest), '  ', ...signs);
  }
  out.line();
  writeLegend(out, columns);
  const told = new Set(columns.map(textOf));
  for (const [r, row] of rows.entries())
    if (membersOf(row, Infinity) !== '' && !told.has(textOf(row)))
      out.prose(2, `${titles[r]}${membersOf(row, (out.width - 4) * LEGEND_LINES - 12)}`, 3);
  const signs = (Object.keys(SIGNS) as Cell[]).filter((v) => used.has(v));
  const keys = [...signs.map((v) => `${SIGNS[v].sign} ${SIGNS[v].says}`), 'blank: not asked'];
  // A sign stays with the words that say what it is.
  for (const line of wrap(keys.map((k) => k.replaceAll(' ', '\u00a0')).join('  '), out.width - 2))
    out.line('  ', line.replaceAll('\u00a0', ' '));
}
