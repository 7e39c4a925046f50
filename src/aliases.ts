import type { LinkEvent } from './bundle/index.js';
import { type AnyParser, normaliseName } from './capture/recognise.js';

/** Another name of a file, by a link to it or to a folder above it. */
export interface Alias {
  readonly inner: string;
}

export interface LinkTable<L> {
  /** Names of a file that a parser knows: `proc/net/route` of `proc/4711/net/route`. */
  readonly aliasesOf: (path: string) => readonly Alias[];
  /** Links that are read as files of their own, by their target. */
  readonly copies: ReadonlyMap<string, readonly L[]>;
}

/** Links to one file that are looked at, and names of it that are tried: beyond this they tell nothing new. */
const LINKS = 16;
const NAMES = 4;

const baseName = (path: string): string => normaliseName(path.slice(path.lastIndexOf('/') + 1));

function* prefixes(path: string): Generator<string> {
  yield path;
  for (let i = path.lastIndexOf('/'); i > 0; i = path.lastIndexOf('/', i - 1)) yield path.slice(0, i);
}

/** What the links of all inputs are good for. */
export function linkTable<L extends LinkEvent>(links: readonly L[], parsers: readonly AnyParser[]): LinkTable<L> {
  const copies = new Map<string, L[]>();
  const names = new Map<string, L[]>();
  const add = (to: Map<string, L[]>, link: L): void => {
    const list = to.get(link.target);
    if (list) list.push(link);
    else to.set(link.target, [link]);
  };
  for (const link of [...links].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)))
    add(link.copy ? copies : names, link);
  return {
    copies,
    aliasesOf(path) {
      if (names.size === 0) return [];
      const found: Alias[] = [];
      let left = LINKS;
      for (const prefix of prefixes(path))
        for (const link of names.get(prefix)?.slice(0, left) ?? []) {
          left--;
          const inner = link.inner + path.slice(prefix.length);
          const name = baseName(inner);
          // Its own name was tried.
          if (name === baseName(path)) continue;
          if (found.length < NAMES && parsers.some((p) => p.claims.file?.test(name))) found.push({ inner });
        }
      return found;
    },
  };
}
