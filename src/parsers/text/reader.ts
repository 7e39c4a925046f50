const READERS: ReadonlySet<string> = new Set([
  'cat',
  'head',
  'tail',
  'more',
  'less',
  'nl',
  'source',
  'jq',
  'batcat',
  'bat',
]);

/** Paths that a `cat` and its like print; empty for any other program. */
export function pathsRead(argv: readonly string[]): readonly string[] {
  if (!READERS.has(argv[0] ?? '')) return [];
  return argv.slice(1).filter((word) => word.includes('/') || /\.\w+$/.test(word));
}

/** The one file that is printed; undefined when there are several, or a pattern of the shell. */
export function onlyPath(argv: readonly string[]): string | undefined {
  const paths = pathsRead(argv);
  return paths.length === 1 && !/[*?[{]/.test(paths[0] ?? '') ? paths[0] : undefined;
}

export const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `==> /etc/cni/net.d/10-flannel.conflist <==` of head and tail: the file whose text follows. */
export const titleOf = (line: string): string | undefined =>
  line.length < 500 ? /^\s*==> (\S+) <==\s*$/.exec(line)?.[1] : undefined;
