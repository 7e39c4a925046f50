import type { PlacedCapture } from '../kit/index.js';

/** Folders that say when in the story their captures were made, in its order. */
const EARLIER = /^(?:before|pre|old|earlier|bad|broken|failing|failed|first)(?:[-_.].*)?$/i;
const LATER = /^(?:after|post|new|later|good|fixed|repaired|second)(?:[-_.].*)?$/i;
const COUNTED = /^(?:run|round|attempt|try|day|t|snapshot|collection)[-_.]?(\d{1,6})$/i;
const DATED = /^(?:.*[-_.])?((?:19|20)\d\d)-?(\d\d)-?(\d\d)(?:[T_-]?(\d\d)[-_:]?(\d\d)(?:[-_:]?(\d\d))?)?Z?$/;

interface Round {
  readonly name: string;
  readonly order: number;
  /** Words, counts and dates are orders of their own. */
  readonly by: string;
}

/** What a folder's name says of the time of its captures; undefined for all other names. */
function roundOf(folder: string): Round | undefined {
  if (EARLIER.test(folder)) return { name: folder, order: 0, by: 'word' };
  if (LATER.test(folder)) return { name: folder, order: 1, by: 'word' };
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

/** The one folder of the path that tells a round. */
function roundIn(capture: PlacedCapture): (Round & { readonly key: string }) | undefined {
  const folders = foldersOf(capture.path);
  const depth = folders.findLastIndex((f) => roundOf(f) !== undefined);
  const round = depth < 0 ? undefined : roundOf(folders[depth] ?? '');
  // The node's own folder may carry a date (`node-1-2024-05-01`): then it names no round that others share.
  return round && { ...round, key: `${folders.slice(0, depth).join('/')} ${round.by}` };
}

/**
 * Collections of several times in one input (`before/node-1`, `after/node-1`): where one node has captures in two of such folders, each folder is a
 * run of its own, and the later one counts.
 */
export function tellRoundsApart(captures: readonly PlacedCapture[]): readonly PlacedCapture[] {
  const rounds = captures.map(roundIn);
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
