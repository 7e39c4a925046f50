import { momentOf, type PlacedCapture } from '../kit/index.js';

/** Folders that say when in the story their captures were made: a word (`before-upgrade`), a count, a date. */
const wordOf = (folder: string): string => folder.replace(/[-_.].*$/, '');
const COUNTED = /^(?:run|round|attempt|try|day|t|snapshot|collection)[-_.]?(\d{1,6})$/i;
const DATED = /^(?:.*[-_.])?((?:19|20)\d\d)-?(\d\d)-?(\d\d)(?:[T_-]?(\d\d)[-_:]?(\d\d)(?:[-_:]?(\d\d))?)?Z?$/;

/** Between the two is what lies beside such a folder: behind `old/`, before `new/`. */
const [EARLIER, BESIDE, LATER] = [0, 1, 2];

interface Round {
  readonly name: string;
  readonly order: number;
  /** Words, counts and dates are orders of their own. */
  readonly by: string;
}

/** What a folder's name says of the time of its captures; undefined for all other names. */
function roundOf(folder: string): Round | undefined {
  const moment = momentOf(wordOf(folder));
  if (moment !== undefined) return { name: folder, order: moment === 'earlier' ? EARLIER : LATER, by: 'word' };
  const count = COUNTED.exec(folder)?.[1];
  if (count !== undefined) return { name: folder, order: Number(count), by: 'count' };
  const date = DATED.exec(folder);
  return date
    ? {
        name: folder,
        order: Number(
          date
            .slice(1)
            .map((d) => d ?? '00')
            .join(''),
        ),
        by: 'date',
      }
    : undefined;
}

/** Folders of a capture's path above its file, archives included. */
const foldersOf = (path: string): readonly string[] => path.replaceAll('!/', '/').split('/', 64).slice(0, -1);

interface Keyed extends Round {
  /** Rounds of one key are an order. */
  readonly key: string;
}

/** The one folder of the path that tells a round. */
function roundIn(folders: readonly string[]): Keyed | undefined {
  const depth = folders.findLastIndex((f) => roundOf(f) !== undefined);
  const round = depth < 0 ? undefined : roundOf(folders[depth] ?? '');
  // The node's own folder may carry a date (`node-1-2024-05-01`): then it names no round that others share.
  return round && { ...round, key: keyOf(folders.slice(0, depth), round.by) };
}

const keyOf = (above: readonly string[], by: string): string => `${above.join('/')} ${by}`;

/** The round of each capture. What lies in no such folder, but beside the only one that a word calls so, is a round as well. */
function roundsOf(captures: readonly PlacedCapture[]): readonly (Keyed | undefined)[] {
  const folders = captures.map((c) => foldersOf(c.path));
  const rounds = folders.map(roundIn);
  const words = new Map<string, Set<string>>();
  for (const r of rounds) if (r?.by === 'word') words.set(r.key, (words.get(r.key) ?? new Set<string>()).add(r.name));
  // Beside `before/` and `after/` nothing tells to which of the two it belongs.
  const keys = new Set([...words].flatMap(([key, names]) => (names.size === 1 ? [key] : [])));
  if (keys.size === 0) return rounds;
  return rounds.map((round, i) => {
    const path = folders[i] ?? [];
    for (let depth = path.length; round === undefined && depth >= 0; depth--) {
      const key = keyOf(path.slice(0, depth), 'word');
      if (keys.has(key)) return { name: 'beside it', order: BESIDE, by: 'word', key };
    }
    return round;
  });
}

/**
 * Collections of several times in one input (`before/node-1`, `after/node-1`; `node-1`, `old/node-1`): where one node has captures in two of such
 * folders, each folder is a run of its own, and the later one counts.
 */
export function tellRoundsApart(captures: readonly PlacedCapture[]): readonly PlacedCapture[] {
  const rounds = roundsOf(captures);
  const byNode = new Map<string, Set<string>>();
  const several = new Set<string>();
  for (const [i, { place }] of captures.entries()) {
    const round = rounds[i];
    if (!round || place.kind !== 'stack') continue;
    const key = `${round.key}\u0000${place.node}`;
    const names = (byNode.get(key) ?? new Set<string>()).add(round.name);
    byNode.set(key, names);
    if (names.size > 1) several.add(round.key);
  }
  if (several.size === 0) return captures;
  return captures.map((capture, i) => {
    const round = rounds[i];
    if (!round || !several.has(round.key)) return capture;
    const { name, order } = round;
    return { ...capture, block: `${capture.block}@${name}`, round: { name, order } };
  });
}
