import type { Capture } from '../kit/index.js';
import { baseOf } from './recognise.js';

/*
 * An empty file is what a command leaves that has nothing to list, and what is left of one that failed, where nobody kept its errors or its exit
 * status. It is the former where the same program, found and allowed to, listed something nearby.
 */

/** Commands that print nothing at all where there is nothing, by what they need: the right to see rules, or none. */
type Sort = 'rules' | 'iproute2';
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
      allowed[sort].add(folderOf(only.path));
    } else if (only.failure?.reason === 'empty' && only.lineCount === 0 && only.commandLine === undefined)
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
