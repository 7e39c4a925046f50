import { printable } from '../kit/index.js';
import { type Archive, type Link, memberOf, pathIn } from './archive.js';
import { folderOf, foldersAbove, relativeTo, safeName } from './names.js';
import { type BundleEvent, unreadEvent } from './run.js';

/** As many links as Linux follows on one way (MAXSYMLINKS of the kernel's namei.h). */
const STEPS = 40;

export const linkDetail = (what: string, target: string, why: string): string =>
  `${what} to ${printable(target).slice(0, 200)}, which ${why}`;

/**
 * The links of an archive, when all that they can mean has been seen: where they lead is another name of a member that is read under its
 * own, and no bytes are handed out twice.
 */
export function* readLinks(archive: Archive): Generator<BundleEvent> {
  const targets = new Map<string, string | undefined>();
  for (const link of archive.links) if (!isAbsolute(link)) targets.set(link.name, meant(link));
  const folders = new Set<string>();
  if (archive.links.length > 0)
    for (const name of archive.names.keys()) for (const folder of foldersAbove(name)) folders.add(folder);
  const exists = (name: string): boolean => (archive.names.has(name) && !targets.has(name)) || folders.has(name);
  for (const link of archive.links)
    if (isAbsolute(link)) {
      const below = safeName(link.target).name;
      // The archive's top need not be the dump's: sos has a folder of its name there.
      const tops = ['', ...foldersAbove(link.name)].map((top) => (top === '' ? below : `${top}/${below}`));
      targets.set(link.name, tops.find((name) => exists(follow(name, targets) ?? '')) ?? below);
    }
  for (const link of archive.links) yield eventOf(archive, link, targets, exists);
}

const isAbsolute = (link: Link): boolean => link.what === 'symbolic link' && link.target.startsWith('/');

const meant = (link: Link): string | undefined =>
  link.what === 'hard link' ? safeName(link.target).name : relativeTo(link.name, link.target);

/** The name that is left when all links on the way are followed; `undefined` when they lead out or in a circle. */
function follow(name: string, targets: ReadonlyMap<string, string | undefined>): string | undefined {
  let at: string | undefined = name;
  for (let steps = 0; steps < STEPS && at !== undefined; steps++) {
    const path: string = at;
    const link = targets.has(path) ? path : [...foldersAbove(path)].find((folder) => targets.has(folder));
    if (link === undefined) return path;
    const target = targets.get(link);
    at = target === undefined ? undefined : target + path.slice(link.length);
  }
  return undefined;
}

function eventOf(
  archive: Archive,
  link: Link,
  targets: ReadonlyMap<string, string | undefined>,
  exists: (name: string) => boolean,
): BundleEvent {
  const { path, inner } = memberOf(archive, { name: link.name, plain: link.name }, 0);
  const refused = (why: string): BundleEvent =>
    unreadEvent(path, { reason: 'unsupported', detail: linkDetail(link.what, link.target, why) });
  const target = targets.get(link.name);
  if (target === undefined) return refused('leads out of the archive');
  const end = follow(target, targets);
  if (end === undefined) return refused('leads in a circle, or out of the archive');
  if (end === '' || link.name.startsWith(`${end}/`)) return refused('is a folder that it lies in');
  if (!exists(end)) return refused('is not in the bundle');
  const copy = link.what === 'hard link' && folderOf(end) !== folderOf(link.name);
  return { kind: 'link', path, inner, target: pathIn(archive, archive.latest.get(end) ?? end), copy };
}
