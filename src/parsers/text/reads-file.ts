import type { Claim } from '../../kit/index.js';

const READERS: ReadonlySet<string> = new Set(['cat', 'head', 'tail', 'more', 'less', 'nl', 'zcat', 'bat', 'view']);

/** The files that a command line prints and nothing else of: `cat /etc/hosts`, `tail -n +1 FILE FILE`; empty if it is none of the kind. */
export function filesRead(argv: readonly string[]): readonly string[] {
  if (!READERS.has(argv[0] ?? '')) return [];
  return argv.slice(1).filter((w) => w.startsWith('/') || w.includes('/'));
}

const asProc = (path: string): string => path.replace(/^\/proc\/(?:\d+|self|thread-self)\/net\//, '/proc/net/');

/** Claims the reading of one of these files, under whatever root or process it is read. */
export function readsFile(argv: readonly string[], files: readonly string[] | RegExp): Claim | undefined {
  const read = filesRead(argv).map(asProc);
  if (read.length === 0) return undefined;
  const known = (path: string): boolean =>
    files instanceof RegExp ? files.test(path) : files.some((f) => path === f || path.endsWith(f));
  return read.every(known) ? {} : undefined;
}
