import type { Capture, Located } from '../kit/index.js';
import { type Candidate, groupByFolder } from './layouts/generic.js';
import type { arrange } from './layouts/index.js';

/** One input as the user gave it, and what was read from it. */
export interface Input {
  readonly path: string;
  /** `directory`, `archive` or a single file. */
  readonly form: string;
  readonly captures: readonly Capture[];
  /** The collectors that wrote its files. */
  readonly arrangement: ReturnType<typeof arrange>;
}

export interface Locations {
  /** By capture id; undefined where neither layout nor folder tells. */
  readonly located: readonly (Located | undefined)[];
  /** The layouts that were met, as words. */
  readonly layout: string;
}

/** A part of a document, which may speak of any node, and no file that is one command's output (see readFile). */
const isPasted = (capture: Capture): boolean => capture.block.includes('!');

const holdsFiles = (input: Input): boolean => input.form === 'directory' || input.form === 'archive';

/** Name for captures that lie directly in an input: the folder's or archive's own name, if it has one. */
function inputName(path: string): string {
  const name = path.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return name === '.' || name === '..' || name === '-'
    ? ''
    : name.replace(/\.(tar(\.\w+)?|t[gx]z|tbz2?|tzst|zip|gz|xz|zst|bz2)$/i, '');
}

/** Files of one folder are looked at together; `pathOf` is what stands for a capture's place. */
function candidates(captures: readonly Capture[], pathOf: (c: Capture) => string): readonly Candidate[] {
  const byFile = new Map<string, Set<string>>();
  for (const c of captures) byFile.set(pathOf(c), (byFile.get(pathOf(c)) ?? new Set<string>()).add(c.command));
  return [...byFile].map(([inner, commands]) => ({ inner, commands: [...commands] }));
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/**
 * Files that the user named one by one (`dumplint node-1/* node-2/*`): as if the folder above them had been named. Of files in one
 * folder those that repeat no command of each other are one node, whatever its name.
 */
function locateFiles(captures: readonly Capture[], located: (Located | undefined)[]): void {
  const pathOf = (c: Capture) => c.path.replace(/!\/.*$/, '');
  const all = candidates(captures, pathOf);
  const common = commonFolder(all.map((c) => folderOf(c.inner)));
  const { nodeOf, netnsOf } = groupByFolder(all.map((c) => ({ ...c, inner: c.inner.slice(common.length) })));
  const alone = new Set<string>();
  const commands = all.flatMap((c) => c.commands);
  if (new Set(commands).size < commands.length)
    for (const c of all) if (!nodeOf.get(c.inner.slice(common.length))) alone.add(c.inner);
  for (const capture of captures) {
    const path = pathOf(capture);
    const node = nodeOf.get(path.slice(common.length));
    const netns = netnsOf.get(path.slice(common.length));
    if (node) located[capture.id] = { kind: 'node', node, ...(netns !== undefined && { netns }), by: `path ${path}` };
    else if (!alone.has(path)) located[capture.id] = { kind: 'unnamed', key: common, by: 'nothing names its node' };
  }
}

function commonFolder(folders: readonly string[]): string {
  let common = folders[0] ?? '';
  for (const folder of folders) while (!folder.startsWith(common)) common = folderOf(common.slice(0, -1));
  return common;
}

/** What the layouts say of each capture that no prompt places. */
export function locate(
  inputs: readonly Input[],
  captures: readonly Capture[],
  isCluster: (command: string) => boolean,
): Locations {
  const located: (Located | undefined)[] = captures.map(() => undefined);
  const used = new Set<string>();
  const files: Capture[] = [];
  for (const input of inputs) {
    if (input.captures.length === 0) continue;
    const { of: arrangedOf, found: collectors } = input.arrangement;
    for (const { title } of collectors) used.add(title);
    if (collectors.length === 0) used.add(holdsFiles(input) ? 'one folder per node' : 'pasted text');
    const rest: Capture[] = [];
    for (const capture of input.captures) {
      const arranged = arrangedOf(capture.inner);
      const root = capture.path.slice(0, capture.path.length - (arranged?.path.length ?? 0));
      const found = arranged?.layout.locate(arranged.path, root, arranged.paths);
      if (found) located[capture.id] = found;
      else if (capture.hint.host === undefined && !isCluster(capture.command)) rest.push(capture);
    }
    if (holdsFiles(input)) locateFolders(input, rest, located);
    else for (const c of rest) if (!isPasted(c) && input.path !== '-') files.push(c);
  }
  locateFiles(files, located);
  return { located, layout: [...used].join(', ') || 'nothing recognised' };
}

function locateFolders(input: Input, captures: readonly Capture[], located: (Located | undefined)[]): void {
  const { nodeOf, netnsOf } = groupByFolder(candidates(captures, (c) => c.inner));
  const own = inputName(input.path);
  const several = new Set([...nodeOf.values()].filter((name) => name !== '')).size > 1;
  for (const capture of captures) {
    const folder = nodeOf.get(capture.inner);
    // `tests/ping.txt` beside `node-1/` and `node-2/` is of neither, nor of a machine that is called like the ticket.
    if (folder === '' && several && capture.inner.includes('/')) continue;
    const netns = netnsOf.get(capture.inner);
    if (folder)
      located[capture.id] = {
        kind: 'node',
        node: folder,
        ...(netns !== undefined && { netns }),
        by: `folder ${folder}`,
      };
    else if (own !== '') located[capture.id] = { kind: 'node', node: own, by: `input ${own}` };
  }
}
