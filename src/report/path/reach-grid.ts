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
  'some-lost': { sign: 'x', style: 'warning', says: 'some of these pairs are lost (-f json tells which)' },
  'some-unknown': { sign: '-', style: 'info', says: 'some of these are not known (-f json tells which)' },
};

export const styleOf = (cell: Cell): Style => SIGNS[cell].style;

/** A grid with its legend fits a screen; with --verbose it is drawn as far as somebody may read it. */
const MOST = { rows: 14, columns: 14 } as const;
const MOST_VERBOSE = { rows: 40, columns: 52 } as const;
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Lines of names in a legend; a second one takes what the first has no room for. */
const LEGEND_LINES = 2;
/** Names in these lines. */
const MEMBERS = 24;

/** A line with its members behind its title, where this does not say them; all of them, or as many as fit. */
function textOf({ title, members }: Line, fits?: (text: string) => boolean): string {
  if (members.length < 2) return title;
  const items = itemsOf(members);
  // Short names are the title.
  if (title.endsWith(items.map((i) => i.text).join(', '))) return title;
  return fits
    ? `${title}: ${fitted(items, MEMBERS, (names) => fits(`${title}: ${names}`))}`
    : `${title}: ${fitted(items, items.length)}`;
}

function writeLegend(out: Pen, columns: readonly Line[]): void {
  const room = out.width - 5;
  const lines = (text: string): readonly string[] => wrap(out.say(text), room, 'broken');
  for (const [i, line] of columns.entries()) {
    const [first = '', ...rest] = lines(textOf(line, (text) => lines(text).length <= LEGEND_LINES));
    out.line('  ', [LETTERS[i] ?? '?', 'bold'], '  ', first);
    if (rest.length > 0) out.line('     ', out.cut(rest.join(' '), room));
  }
}

/** What rows are called. They have no letters of their own: of two that read alike each takes that of its column, or a number. */
function titlesOf(rows: readonly Line[], columns: readonly Line[]): readonly string[] {
  const texts = columns.map((c) => textOf(c));
  return rows.map((row, i) => {
    const same = rows.filter((r) => r.title === row.title);
    if (same.length === 1) return row.title;
    const letter = LETTERS[texts.indexOf(textOf(row))];
    return `${row.title} (${letter ?? rows.slice(0, i + 1).filter((r) => r.title === row.title).length})`;
  });
}

/** The members of rows that no column has. */
function writeRows(out: Pen, rows: readonly Line[], titles: readonly string[], columns: readonly Line[]): void {
  const told = new Set(columns.map((c) => textOf(c)));
  const fits = (text: string): boolean => wrap(out.say(text), out.width - 5, 'broken').length <= LEGEND_LINES;
  for (const [r, row] of rows.entries()) {
    const named = { ...row, title: titles[r] ?? '' };
    if (textOf(row) !== row.title && !told.has(textOf(row))) out.prose(2, textOf(named, fits), 3);
  }
}

/** Who reaches whom: rows ask, columns answer. */
export function writeGrid(out: Pen, reach: ReachJson, options: FormatOptions & { readonly verbose?: boolean }): void {
  const most = options.verbose === true ? MOST_VERBOSE : MOST;
  const { rows, columns, cell } = gridOf(reach, {
    rows: most.rows,
    columns: Math.min(most.columns, Math.max(8, Math.floor((out.width - 30) / 2))),
  });
  if (rows.length === 0 || columns.length === 0) return;
  const room = out.width - columns.length * 2 - 5;
  const titles = titlesOf(rows, columns).map((title) => out.squeeze(title, room));
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
  writeRows(out, rows, titles, columns);
  const signs = (Object.keys(SIGNS) as Cell[]).filter((v) => used.has(v));
  const keys = [...signs.map((v) => `${SIGNS[v].sign} ${SIGNS[v].says}`), 'blank: not asked'];
  // A sign stays with the words that say what it is.
  for (const line of wrap(keys.map((k) => k.replaceAll(' ', '\u00a0')).join('  '), out.width - 2))
    out.line('  ', line.replaceAll('\u00a0', ' '));
}
