import type { Capture } from '../kit/index.js';
import { baseOf } from './recognise.js';

/*
 * An empty file is what a command leaves that has nothing to list, and what is left of one that failed, where nobody kept its errors or its exit
 * status. It is the former where the same program, found and allowed to, listed something nearby.
 */

/** What a command needs: the right to see the firewall's rules, or none. */
type Sort = 'rules' | 'iproute2';

/** Commands that print nothing at all where there is nothing. */
const QUIET: Readonly<Record<string, Sort>> = {
  'iptables-save': 'rules',
  'nft-list': 'rules',
  'ipset-list': 'rules',
  'ipset-save': 'rules',
  ebtables: 'rules',
  'ip-route': 'iproute2',
  'ip-rule': 'iproute2',
  'ip-neigh': 'iproute2',
  'bridge-fdb': 'iproute2',
};

/** Every stack has routes and rules of IPv4: an empty listing of them has failed. */
const isNeverEmpty = ({ command, scope }: Capture): boolean =>
  (command === 'ip-route' || command === 'ip-rule') && scope['family'] !== '6';

/** Whose listing shows that its folder's collector may see the firewall: sets can be there without any rule having been read. */
const SHOWS_RIGHTS = new Set(['iptables-save', 'nft-list', 'ip-route', 'ip-rule', 'ip-neigh', 'bridge-fdb']);

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/** The folder and all above it. */
function* foldersAbove(path: string): Generator<string> {
  for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder.slice(0, -1))) yield folder;
}

const isListing = ({ facts, failure }: Capture): boolean => facts.length > 0 && failure === undefined;

/** Files that are empty because there was nothing to list: the captures by file, those changed alone. */
export function emptyListings(
  captures: ReadonlyMap<number, readonly Capture[]>,
): ReadonlyMap<number, readonly Capture[]> {
  /** By the name of files that listed something, of whatever node, what they need: the program is there. A name alone may mean another form. */
  const programs = new Map<string, Sort>();
  /** Folders in which something of the sort was listed: whoever ran it was allowed to. */
  const allowed = { rules: new Set<string>(), iproute2: new Set<string>() };
  const empty: [file: number, capture: Capture][] = [];
  for (const [file, [only, more]] of captures) {
    if (only === undefined || more !== undefined) continue;
    const sort = QUIET[only.command];
    if (sort && isListing(only)) {
      programs.set(baseOf(only.path), sort);
      if (SHOWS_RIGHTS.has(only.command)) allowed[sort].add(folderOf(only.path));
    } else if (
      only.failure?.reason === 'empty' &&
      only.lineCount === 0 &&
      !isNeverEmpty(only) &&
      only.commandLine === undefined
    )
      empty.push([file, only]);
  }
  const changed = new Map<number, readonly Capture[]>();
  for (const [file, capture] of empty) {
    const sort = programs.get(baseOf(capture.path));
    if (!sort || ![...foldersAbove(capture.path)].some((folder) => allowed[sort].has(folder))) continue;
    const { failure: _, ...listing } = capture;
    changed.set(file, [listing]);
  }
  return changed;
}
