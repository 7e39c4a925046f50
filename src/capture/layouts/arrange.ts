import type { Layout } from './layout.js';

/** A file in the arrangement of a collector. */
export interface Arranged {
  readonly layout: Layout;
  /** Relative to the root; it may begin above the input. */
  readonly path: string;
  /** All paths below the root. */
  readonly paths: ReadonlySet<string>;
}

export interface Arrangement {
  readonly of: (inner: string) => Arranged | undefined;
  readonly found: readonly Layout[];
}

/** Folders above a file, the file's own name excluded: `''`, `a.tgz!/`, `a.tgz!/b/`. Deeper ones than any collector makes are left out. */
function foldersOf(inner: string): readonly string[] {
  const folders = [''];
  for (let at = inner.indexOf('/'); at !== -1 && folders.length < 32; at = inner.indexOf('/', at + 1))
    folders.push(inner.slice(0, at + 1));
  return folders;
}

/** What the last folders (or archives) of a path are called: `a/nodes/node-1/` → `node-1/`, `nodes/node-1/`. */
const lastOf = (above: string): readonly string[] =>
  [/[^/]+\/$/, /[^/]+\/[^/]+\/$/].flatMap((tail) => tail.exec(above)?.[0] ?? []);

/**
 * Finds the collectors that wrote the files of one input, and gives each file to the one with the nearest root. `above` is what stands before
 * the inner paths: given a folder or an archive out of a collector's bundle alone, only that shows the arrangement.
 */
export function arrange(inners: readonly string[], layouts: readonly Layout[], above = ''): Arrangement {
  const own = arrangedBelow(inners, layouts);
  if (own.found.length > 0) return own;
  for (const tail of lastOf(above)) {
    const { found, of } = arrangedBelow(
      inners.map((inner) => tail + inner),
      layouts,
    );
    if (found.length > 0) return { found, of: (inner) => of(tail + inner) };
  }
  return own;
}

function arrangedBelow(inners: readonly string[], layouts: readonly Layout[]): Arrangement {
  const marked = new Map<string, Set<Layout>>();
  for (const inner of inners)
    for (const layout of layouts) {
      const root = layout.root(inner);
      if (root === undefined) continue;
      const held = marked.get(root);
      if (held) held.add(layout);
      else marked.set(root, new Set([layout]));
    }
  const owners = confirmed(inners, marked, layouts);
  const found = new Set([...owners.values()].map(({ layout }) => layout));
  return {
    found: layouts.filter((l) => found.has(l)),
    of(inner) {
      if (owners.size === 0) return undefined;
      const root = foldersOf(inner).findLast((folder) => owners.has(folder));
      const owner = root === undefined ? undefined : owners.get(root);
      return root === undefined || !owner ? undefined : { ...owner, path: inner.slice(root.length) };
    },
  };
}

/** Of the layouts that marked a root the first, in the order of the list, that all paths below confirm. */
function confirmed(
  inners: readonly string[],
  marked: ReadonlyMap<string, ReadonlySet<Layout>>,
  layouts: readonly Layout[],
): ReadonlyMap<string, Omit<Arranged, 'path'>> {
  const below = new Map<string, Set<string>>();
  if (marked.size > 0)
    for (const inner of inners)
      for (const folder of foldersOf(inner)) {
        if (!marked.has(folder)) continue;
        const paths = below.get(folder);
        if (paths) paths.add(inner.slice(folder.length));
        else below.set(folder, new Set([inner.slice(folder.length)]));
      }
  const owners = new Map<string, Omit<Arranged, 'path'>>();
  for (const [root, candidates] of marked) {
    const paths = below.get(root) ?? new Set<string>();
    const layout = layouts.find((l) => candidates.has(l) && (l.confirm?.(paths) ?? true));
    if (layout) owners.set(root, { layout, paths });
  }
  return owners;
}
