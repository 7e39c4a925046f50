import { printable } from '../kit/index.js';
import { type Archive, type Link, memberOf, pathIn } from './archive.js';
import { folderOf, foldersAbove, relativeTo, safeName } from './names.js';
import { type BundleEvent, unreadEvent } from './run.js';

/** As many links as Linux follows on one way (MAXSYMLINKS of the kernel's namei.h), and bytes of a target (PATH_MAX). */
const STEPS = 40;
const LONGEST = 4096;
/** Folders above a link that an absolute target is tried in. */
const TOPS = 8;
/** Names that are looked up for the links of one archive: dumps need some thousands. */
const LOOKUPS = 10_000_000;

export const linkDetail = (what: string, target: string, why: string): string =>
  `${what} to ${printable(target).slice(0, 200)}, which ${why}`;

/**
 * The links of an archive, when all that they can mean has been seen: where they lead is another name of a member that is read under its
 * own, and no bytes are handed out twice.
 */
export function* readLinks(archive: Archive): Generator<BundleEvent> {
  const { links, names } = archive;
  if (links.length === 0) return;
  const sorted = [...names.keys()].sort();
  const known: Known = {
    targets: new Map(),
    exists: (name) => (names.has(name) && !known.targets.has(name)) || isFolder(sorted, name),
    lookups: 0,
  };
  for (const link of links) if (!isAbsolute(link)) known.targets.set(link.name, meant(link));
  for (const link of links) if (isAbsolute(link)) known.targets.set(link.name, inDump(link, known));
  for (const link of links) yield eventOf(archive, link, known);
}

interface Known {
  /** What each link means: a name in the archive, through other links maybe; `undefined` when it leads out. */
  readonly targets: Map<string, string | undefined>;
  readonly exists: (name: string) => boolean;
  lookups: number;
}

/** Does a name lie below this one? By halving, since a set of all folders would be larger than all names. */
function isFolder(sorted: readonly string[], name: string): boolean {
  const below = `${name}/`;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < below) low = middle + 1;
    else high = middle;
  }
  return sorted[low]?.startsWith(below) ?? false;
}

/** The archive's top need not be the dump's, which an absolute link means: sos has a folder of its name there. */
function inDump(link: Link, known: Known): string {
  const below = safeName(link.target.slice(0, LONGEST)).name;
  const tops = ['', ...[...foldersAbove(link.name)].slice(0, TOPS)];
  const inside = tops.map((top) => (top === '' ? below : `${top}/${below}`));
  return inside.find((name) => known.exists(follow(name, known) ?? '')) ?? below;
}

const isAbsolute = (link: Link): boolean => link.what === 'symbolic link' && link.target.startsWith('/');

function meant(link: Link): string | undefined {
  const target = link.target.slice(0, LONGEST);
  return link.what === 'hard link' ? safeName(target).name : relativeTo(link.name, target);
}

/** The name that is left when all links on the way are followed; `undefined` when they lead out or in a circle. */
function follow(name: string, known: Known): string | undefined {
  const { targets } = known;
  let at: string | undefined = name;
  for (let steps = 0; steps < STEPS && at !== undefined && known.lookups < LOOKUPS; steps++) {
    const path: string = at;
    let link = targets.has(path) ? path : undefined;
    if (link === undefined)
      for (const folder of foldersAbove(path)) {
        known.lookups++;
        if (!targets.has(folder)) continue;
        link = folder;
        break;
      }
    if (link === undefined) return path;
    const target = targets.get(link);
    at = target === undefined ? undefined : target + path.slice(link.length);
  }
  return undefined;
}

function eventOf(archive: Archive, link: Link, known: Known): BundleEvent {
  const { path, inner } = memberOf(archive, { name: link.name, plain: link.name }, 0);
  const refused = (why: string): BundleEvent =>
    unreadEvent(path, { reason: 'unsupported', detail: linkDetail(link.what, link.target, why) });
  if (link.target.length > LONGEST) return refused('is longer than a path may be');
  const target = known.targets.get(link.name);
  if (target === undefined) return refused('leads out of the archive');
  const end = follow(target, known);
  if (known.lookups >= LOOKUPS) return refused('is not followed: the archive has too many links');
  if (end === undefined) return refused('leads in a circle, or out of the archive');
  if (end === '' || link.name.startsWith(`${end}/`)) return refused('is a folder that it lies in');
  if (!known.exists(end)) return refused('is not in the bundle');
  const copy = link.what === 'hard link' && folderOf(end) !== folderOf(link.name);
  return { kind: 'link', path, inner, target: pathIn(archive, archive.latest.get(end) ?? end), copy };
}
