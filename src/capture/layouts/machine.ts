import type { Located } from '../../kit/index.js';
import { nodeNameOf } from './generic.js';

/**
 * All of a root is one machine. What its captures print is its name; `name` (a folder, an archive) counts where they print none.
 * `root` is the root's whole path.
 */
export const machine = (root: string, by: string, name?: string): Extract<Located, { kind: 'unnamed' }> => ({
  kind: 'unnamed',
  key: root,
  by,
  ...(name !== undefined && name !== '' && { name }),
});

/** Names of the folders and archives that a root's path is made of, the nearest first, without archive endings and dates. */
export const namesAbove = (root: string): readonly string[] =>
  root
    .split('/')
    .map((segment) => segment.replace(/!$/, ''))
    .filter((segment) => segment !== '')
    .reverse()
    .map(nodeNameOf);

/** What stands before the last of `mark`'s matches that begins a segment of the path. `mark` must not contain `^`. */
export const rootBefore = (mark: string): ((inner: string) => string | undefined) => {
  const pattern = new RegExp(`^((?:.*/)?)${mark}`);
  return (inner) => pattern.exec(inner)?.[1];
};

/** The command of a file by its path below the root, out of a table. */
export const commandsBy =
  (table: Readonly<Record<string, string>>): ((path: string) => string | undefined) =>
  (path) =>
    Object.hasOwn(table, path) ? table[path] : undefined;
