import type { Layout } from './layout.js';

/** A file in the arrangement of a collector. */
export interface Arranged {
  readonly layout: Layout;
  /** Relative to the root. */
  readonly path: string;
  /** Length of the root in the inner path. */
  readonly rootLength: number;
}

/** Folders above a file, the file's own name excluded: `''`, `a.tgz!/`, `a.tgz!/b/`. Deeper ones than any collector makes are left out. */
function foldersOf(inner: string): readonly string[] {
  const folders = [''];
  for (let at = inner.indexOf('/'); at !== -1 && folders.length < 32; at = inner.indexOf('/', at + 1))
    folders.push(inner.slice(0, at + 1));
  return folders;
}

/** Finds the collectors that wrote the files of one input, and gives each file to the one with the nearest root. */
export function arrange(
  inners: readonly string[],
  layouts: readonly Layout[],
): { readonly of: (inner: string) => Arranged | undefined; readonly found: readonly Layout[] } {
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
  return {
    found: layouts.filter((l) => [...owners.values()].includes(l)),
    of(inner) {
      if (owners.size === 0) return undefined;
      const root = foldersOf(inner).findLast((folder) => owners.has(folder));
      const layout = root === undefined ? undefined : owners.get(root);
      return root === undefined || !layout
        ? undefined
        : { layout, path: inner.slice(root.length), rootLength: root.length };
    },
  };
}

/** Of the layouts that marked a root the first, in the order of the list, that all paths below confirm. */
function confirmed(
  inners: readonly string[],
  marked: ReadonlyMap<string, ReadonlySet<Layout>>,
  layouts: readonly Layout[],
): ReadonlyMap<string, Layout> {
  const below = new Map<string, Set<string>>();
  if (marked.size > 0)
    for (const inner of inners)
      for (const folder of foldersOf(inner)) {
        if (!marked.has(folder)) continue;
        const paths = below.get(folder);
        if (paths) paths.add(inner.slice(folder.length));
        else below.set(folder, new Set([inner.slice(folder.length)]));
      }
  const owners = new Map<string, Layout>();
  for (const [root, candidates] of marked) {
    const paths = below.get(root) ?? new Set<string>();
    const layout = layouts.find((l) => candidates.has(l) && (l.confirm?.(paths) ?? true));
    if (layout) owners.set(root, layout);
  }
  return owners;
}
