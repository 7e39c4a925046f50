import { columnsOf, squeezed } from '../text/lines.js';
import type { Span, Style } from '../text/pen.js';
import type { Glyphs } from './glyphs.js';
import type { Hop, Lane } from './hops.js';

/** One box of the picture: a stack, with what each lane does in it. */
interface Row {
  readonly key: string;
  readonly title: string;
  readonly cells: (Hop | undefined)[];
}

const isDown = (lane: Lane): boolean => lane.direction === 'request' || lane.direction === 'ack';

/** From top to bottom: the question goes down, the answer comes up. */
const downwards = (lane: Lane): readonly Hop[] => (isDown(lane) ? lane.hops : lane.hops.toReversed());

/**
 * The lanes beside each other: a stack that several of them pass in the same order is one row. An answer that died on its way up has no
 * stays above; it is laid along the rows from the bottom.
 */
function rowsOf(lanes: readonly Lane[]): readonly Row[] {
  const rows: Row[] = [];
  for (const [n, lane] of lanes.entries()) {
    const hops = downwards(lane);
    const up = !isDown(lane);
    // From the end at which the lane begins.
    let at = up ? rows.length : 0;
    for (const hop of up ? hops.toReversed() : hops) {
      const found = up
        ? rows.findLastIndex((r, i) => i < at && r.key === hop.key)
        : rows.findIndex((r, i) => i >= at && r.key === hop.key);
      if (found !== -1) {
        const row = rows[found];
        if (row) row.cells[n] = hop;
        at = up ? found : found + 1;
        continue;
      }
      const row: Row = { key: hop.key, title: hop.title, cells: lanes.map(() => undefined) };
      row.cells[n] = hop;
      rows.splice(at, 0, row);
      if (!up) at++;
    }
  }
  return rows;
}

/** The devices of a stay as the lane runs, broken at arrows where they are too long. */
function cellLines(hop: Hop, lane: Lane, isLast: boolean, width: number, g: Glyphs): readonly string[] {
  const down = isDown(lane);
  const mark = !isLast || lane.end === 'whole' ? undefined : lane.end === 'broken' ? g.cross : '?';
  const names = hop.devices.map(g.say);
  const parts = down ? [...names, ...(mark ? [mark] : [])] : [...(mark ? [mark] : []), ...names.toReversed()];
  const arrow = down ? g.right : g.left;
  // Between a mark and its device stands no arrow.
  const joint = (a: string, b: string): string => (a === mark || b === mark ? ' ' : ` ${arrow} `);
  const lines: string[] = [];
  let line = '';
  for (const [i, part] of parts.entries()) {
    const between = i === 0 ? '' : joint(parts[i - 1] ?? '', part);
    if (line !== '' && columnsOf(line) + columnsOf(between) + columnsOf(part) > width) {
      lines.push(line + between.trimEnd());
      line = part;
    } else line += between + part;
  }
  return [...lines, ...(line === '' ? [] : [line])];
}

/** Pads a row of cells; each keeps its style. */
function spansOf(cells: readonly (readonly [string, Style | undefined])[], width: number, g: Glyphs): Span[] {
  return cells.flatMap(([text, style]): Span[] => {
    const fit = squeezed(text, width, g.say('…'));
    return [style === undefined ? fit : [fit, style], ' '.repeat(Math.max(0, width - columnsOf(fit)))];
  });
}

/** Which lanes run between the rows `i` and `i + 1`, and what they are in there. */
function between(
  rows: readonly Row[],
  lanes: readonly Lane[],
  i: number,
  g: Glyphs,
): readonly (readonly [string, undefined])[] {
  return lanes.map((lane, n) => {
    const used = rows.flatMap((r, at) => (r.cells[n] ? [at] : []));
    if (i < (used[0] ?? 0) || i >= (used.at(-1) ?? 0)) return ['', undefined] as const;
    const from = isDown(lane)
      ? rows.findLast((r, at) => at <= i && r.cells[n])
      : rows.find((r, at) => at > i && r.cells[n]);
    const label = from?.cells[n]?.tunnel;
    return [`${isDown(lane) ? g.down : g.up}${label === undefined ? '' : ` ${g.say(label)}`}`, undefined] as const;
  });
}

/** The way of the packets as a picture: a box per stack, the question going down on the left, the answer coming up beside it. */
export function picture(lanes: readonly Lane[], width: number, g: Glyphs): readonly (readonly Span[])[] {
  const rows = rowsOf(lanes);
  if (rows.length === 0) return [];
  const [across, along, topLeft, topRight, bottomLeft, bottomRight] = g.box;
  const room = Math.max(8, Math.floor((width - 6) / lanes.length) - 2);
  const contents = rows.map((row) =>
    lanes.map((lane, n): readonly string[] => {
      const hop = row.cells[n];
      return hop ? cellLines(hop, lane, hop === lane.hops.at(-1), room, g) : [];
    }),
  );
  const labels = rows.map((_, i) => between(rows, lanes, i, g));
  const longest = Math.max(
    ...contents.flat(2).map(columnsOf),
    ...labels.flat().map(([l]) => columnsOf(l)),
    ...lanes.map((l) => l.direction.length),
  );
  const lane = Math.min(room, longest) + 2;
  const titles = rows.map((r) => g.say(r.title));
  const inner = Math.min(width - 6, Math.max(lane * lanes.length, ...titles.map((t) => columnsOf(t) + 2)));
  const pad = ' '.repeat(Math.max(0, inner - lane * lanes.length));
  const out: (readonly Span[])[] = [
    [
      '    ',
      ...spansOf(
        lanes.map((l) => [l.direction, 'dim'] as const),
        lane,
        g,
      ),
    ],
  ];
  for (const [i, row] of rows.entries()) {
    const title = squeezed(titles[i] ?? '', inner - 2, g.say('…'));
    out.push([
      '  ',
      topLeft,
      ' ',
      [title, 'bold'],
      ' ',
      across.repeat(Math.max(0, inner - columnsOf(title) - 1)),
      topRight,
    ]);
    const cells = contents[i] ?? [];
    const height = Math.max(1, ...cells.map((c) => c.length));
    for (let line = 0; line < height; line++) {
      const texts = cells.map((c, n): readonly [string, Style | undefined] => {
        const ends = row.cells[n] !== undefined && row.cells[n] === lanes[n]?.hops.at(-1);
        const style =
          ends && lanes[n]?.end === 'broken' ? 'error' : ends && lanes[n]?.end === 'lost' ? 'info' : undefined;
        return [c[line] ?? '', style];
      });
      out.push(['  ', along, ' ', ...spansOf(texts, lane, g), pad, along]);
    }
    out.push(['  ', bottomLeft, across.repeat(inner + 1), bottomRight]);
    const label = labels[i];
    if (label && i < rows.length - 1) out.push(['    ', ...spansOf(label, lane, g)]);
  }
  return out;
}
