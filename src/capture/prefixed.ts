import type { Text } from '../kit/index.js';
import { inPlace } from './edited.js';
import { isDeviceName, isMachineName } from './machine-names.js';
import type { Piece } from './pieces.js';

/** `node-1: default via …` (pdsh, dsh, clush), `[node-1] default …` (parallel, fabric), `node-1 | default …` (docker compose). */
const PREFIX = /^(?:\[([A-Za-z0-9][\w.-]{0,100})\](?: out:)? ?|([A-Za-z0-9][\w.-]{0,100})(?::(?: |$)|\s{0,20}\| ?))/;

/** Machines of one command; more is no paste. */
const MOST = 2000;
/** Lines of each other's outputs that machines which answer at once may make us look at, per line of the paste. */
const MIXED = 8;

interface Stretch {
  first: number;
  last: number;
  lines: number;
}

/**
 * Outputs of several machines whose name stands before every line. Machines that answer at once mix their lines: then each has a text of its
 * own in which the others' lines are blank, so that lines keep their numbers. Undefined when some line has no such name.
 */
export function prefixedBy(text: Text, from: number, to: number, many: boolean): readonly Piece[] | undefined {
  const hosts = new Map<string, Stretch>();
  for (let i = from; i < to; i++) {
    const line = text.line(i);
    if (line.trim() === '') continue;
    const name = nameIn(line);
    if (name === undefined || isDeviceName(name) || !(many ? /[A-Za-z]|\d\.\d/.test(name) : isMachineName(name)))
      return undefined;
    const stretch = hosts.get(name);
    if (stretch) {
      stretch.last = i;
      stretch.lines++;
    } else hosts.set(name, { first: i, last: i, lines: 1 });
    if (hosts.size > MOST) return undefined;
  }
  const lines = [...hosts.values()].reduce((sum, s) => sum + s.lines, 0);
  // One line of one name is more often `key: value`.
  if (lines < 2 || (!many && hosts.size * 2 > lines)) return undefined;
  const spans = [...hosts.values()].reduce((sum, s) => sum + s.last - s.first + 1, 0);
  if (spans > MIXED * (to - from) + 1000) return undefined;
  return [...hosts].map(([name, stretch]) => pieceOf(text, name, stretch));
}

function nameIn(line: string): string | undefined {
  const found = PREFIX.exec(line.length > 200 ? line.slice(0, 200) : line);
  return found?.[1] ?? found?.[2];
}

function pieceOf(text: Text, name: string, { first, last, lines }: Stretch): Piece {
  const changed = new Map<number, string>();
  for (let i = first; i <= last; i++) {
    const line = text.line(i);
    changed.set(i, nameIn(line) === name ? line.slice(PREFIX.exec(line)?.[0].length ?? 0) : '');
  }
  const piece: Piece = { from: first, to: last + 1, machine: { host: name, key: name } };
  if (lines === last - first + 1) return { ...piece, changed };
  return { ...piece, own: inPlace(text.slice(first, last + 1), [...changed.values()]) };
}
