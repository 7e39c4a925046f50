import type { Text } from '../kit/index.js';

/*
 * ┌──────────────────────── Pods(kube-system)[2] ────────────────────────┐
 * │ NAME↑                      READY   STATUS    RESTARTS   AGE          │
 * │ coredns-5d78c9869d-abcde   1/1     Running   0          12d          │
 * └──────────────────────────────────────────────────────────────────────┘
 *
 * Tables of Kubernetes in frames: k9s, and tools that draw boxes around what kubectl prints.
 */

const ROW = /^\s{0,40}[│┃║|] ?(.*?)\s*[│┃║|]\s*$/;
const RULE = /^\s{0,40}(?:[┌┏╔├┣╠└┗╚╭╰][─━═┬┼┴┳╋┻╦╬╩┐┘┤┓┛┫╗╝╣╮╯\s].*|\+[-+=]{4,})$/;
/** A table of kubectl begins so; k9s puts an arrow behind the column that it sorts by. */
const HEADER = /^(?:NAMESPACE|NAME)\b[↑↓]?\s(?=.*\b(?:AGE|READY|STATUS|TYPE|ENDPOINTS)\b)[A-Z0-9%/():↑↓ _│┃-]+$/i;
/** How many rows there are, says k9s; a screen shows as many as fit. */
const COUNT = /\[(\d{1,7})\][\s<>/\w]*[─━═]/;

/** Longer lines were not drawn. */
const WIDEST = 1000;

/** First bytes of a line that may be of a frame: those of box characters in UTF-8, `|` and `+`, behind blanks. */
function mayBeFrame({ bytes, start }: Text, i: number): boolean {
  const end = start(i + 1);
  if (end - start(i) > WIDEST * 3) return false;
  let at = start(i);
  while (at < end && bytes[at] === 0x20) at++;
  const c = bytes[at];
  return (c === 0xe2 && (bytes[at + 1] === 0x94 || bytes[at + 1] === 0x95)) || c === 0x7c || c === 0x2b;
}

/** What stands in the frame; columns that a frame divides stand apart. */
const inside = (line: string): string | undefined => {
  const row = ROW.exec(line)?.[1];
  return row?.replace(/[│┃║]/g, ' ').replaceAll(/[↑↓]/g, ' ');
};

/** Lines of tables of Kubernetes without their frames. */
export function framedLines(text: Text): ReadonlyMap<number, string> {
  const changed = new Map<number, string>();
  for (let i = 0; i < text.count; i++) {
    if (!mayBeFrame(text, i)) continue;
    let to = i;
    while (to < text.count && mayBeFrame(text, to)) to++;
    for (const [n, line] of withoutFrame(text, i, to)) changed.set(n, line);
    i = to;
  }
  return changed;
}

function withoutFrame(text: Text, from: number, to: number): ReadonlyMap<number, string> {
  const changed = new Map<number, string>();
  const at: number[] = [];
  const rows: string[] = [];
  let count: number | undefined;
  let last = from;
  for (let i = from; i < to; i++) {
    const line = text.line(i);
    const row = inside(line);
    if (row === undefined && !RULE.test(line)) return new Map();
    if (row === undefined) {
      count ??= rows.length === 0 ? Number(COUNT.exec(line)?.[1] ?? Number.NaN) : undefined;
      last = i;
    } else if (row.trim() !== '') {
      rows.push(row);
      at.push(i);
    }
    changed.set(i, row ?? '');
  }
  const [header = ''] = rows;
  if (rows.length < 2 || header.includes('|') || !HEADER.test(header.trim())) return new Map();
  for (const [n, row] of aligned(rows).entries()) changed.set(at[n] ?? from, row);
  // Rows beyond the screen's edge are there all the same.
  if (count !== undefined && count > rows.length - 1 && last > from) changed.set(last, '...');
  return changed;
}

/** k9s leaves one blank between columns, and has one of its own for forwarded ports: rows of as many words as the header are set apart. */
function aligned(rows: readonly string[]): readonly string[] {
  const cells = rows.map((row) => row.trim().split(/\s+/));
  const [header = []] = cells;
  const own = header.indexOf('PF');
  if (!cells.every((row) => row.length === header.length)) return rows;
  const widths = header.map((_, n) => Math.max(...cells.map((row) => row[n]?.length ?? 0)));
  return cells.map((row) => row.map((cell, n) => (n === own ? '' : cell.padEnd((widths[n] ?? 0) + 3))).join(''));
}
