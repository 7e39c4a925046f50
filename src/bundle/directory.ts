import { type Dirent, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { codeOf } from './error.js';
import { readPath, refusal } from './files.js';
import { linkDetail } from './links.js';
import { folderOf, foldersAbove, nameOf, VCS_DETAIL, vcsFolder } from './names.js';
import {
  type BundleEvent,
  countMember,
  type LinkEvent,
  type Member,
  type Run,
  type Trouble,
  totalReached,
  unreadEvent,
} from './run.js';

interface Node {
  /** Bytes, since a name need not be UTF-8. */
  readonly path: Buffer;
  readonly member: Member;
  readonly type: 'file' | 'directory' | 'link' | 'other';
}

/** A folder that is an input. */
interface Top {
  /** Its bytes once links are followed, as Latin-1. */
  readonly real: string;
  /** What paths inside begin with. */
  readonly shown: string;
  /** Files that have several names, by device and inode: the first name. */
  readonly inodes: Map<string, Member>;
}

const SLASH = Buffer.from('/');

/** All files below a folder, names sorted by bytes. Nothing outside it is read, and nothing twice. */
export async function* readDirectory(run: Run, input: string): AsyncGenerator<BundleEvent> {
  const path = input.replace(/(?<=[^/])\/+$/, '');
  const root: Node = { path: Buffer.from(path), member: { path, inner: '' }, type: 'directory' };
  const shown = path === '.' ? '' : path.endsWith('/') ? path : `${path}/`;
  const top: Top = { real: realPath(root.path), shown, inodes: new Map() };
  // A stack, not recursion: folders nest thousands deep in a hostile tree.
  const stack: Node[] = [root];
  let found = 0;
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (node !== root && run.wants && !run.wants(node.member.path)) continue;
    const stop = totalReached(run) ?? (node.type === 'directory' ? undefined : countMember(run));
    if (stop) {
      yield unreadEvent(path, stop);
      return;
    }
    const isFolder = node.type === 'directory' && vcsFolder(node.member.inner) === undefined;
    const below = isFolder ? children(node, node === root ? shown : `${node.member.path}/`) : [];
    if (!isFolder || 'reason' in below) found++;
    if ('reason' in below) yield unreadEvent(node.member.path, below);
    else if (isFolder) for (const child of below) stack.push(child);
    else yield* readNode(run, top, node);
  }
  if (found === 0 && !run.wants) yield unreadEvent(path, { reason: 'empty', detail: 'the folder holds no files' });
}

async function* readNode(run: Run, top: Top, node: Node): AsyncGenerator<BundleEvent> {
  const { path } = node.member;
  if (vcsFolder(node.member.inner) !== undefined)
    yield unreadEvent(path, { reason: 'unsupported', detail: VCS_DETAIL });
  else if (node.type === 'other')
    yield unreadEvent(path, {
      reason: 'unsupported',
      detail: 'a device, socket or FIFO, which has no text to read',
    });
  else {
    const link = node.type === 'link' ? linkOf(top, node) : sameFile(top, node);
    if (!link) yield* readPath(run, node.member, node.path);
    // Lines are read again by the names that files were read under.
    else if (run.wants) return;
    else yield 'reason' in link ? unreadEvent(path, link) : link;
  }
}

/** Latin-1 keeps bytes apart that UTF-8 would join in U+FFFD. */
const realPath = (path: Buffer): string => realpathSync.native(path, { encoding: 'buffer' }).toString('latin1');

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** Where a symbolic link leads: another name of something in the input, or why it is refused. */
function linkOf(top: Top, node: Node): LinkEvent | Trouble {
  let said: Buffer;
  try {
    said = readlinkSync(node.path, { encoding: 'buffer' });
  } catch (error) {
    return refusal(error);
  }
  const refused = (why: string): Trouble => ({
    reason: 'unsupported',
    detail: linkDetail('symbolic link', nameOf(said), why),
  });
  try {
    const real = said[0] === SLASH[0] ? insideOf(top, node, said) : realPath(node.path);
    if (real === undefined) return refused('is not in the bundle');
    if (!isWithin(real, top.real)) return refused('leads out of the input: give its target as an input of its own');
    const { member } = node;
    // From bytes, as all names are.
    const below = nameOf(Buffer.from(real.slice(top.real.length).replace(/^\//, ''), 'latin1'));
    const target = below === '' ? top.shown.replace(/(?<=[^/])\/$/, '') : top.shown + below;
    if (real === top.real || (isWithin(folderOf(member.path), `${target}/`) && isFolderPath(real)))
      return refused('is a folder that it lies in');
    return { kind: 'link', path: member.path, inner: member.inner, target, copy: false };
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'ELOOP') return refused('leads in a circle');
    // A dump of /etc has links to what was not collected with it: no damage.
    if (code === 'ENOENT' || code === 'ENOTDIR') return refused('is not in the bundle');
    const { reason, detail } = refusal(error);
    return { reason, detail: `a link that can't be followed: ${detail}` };
  }
}

const isFolderPath = (real: string): boolean => statSync(Buffer.from(real, 'latin1')).isDirectory();

/** An absolute link of a dump means the dump's own root, which is one of the folders above it, and not this machine's. */
function insideOf(top: Top, node: Node, said: Buffer): string | undefined {
  try {
    const real = realPath(node.path);
    if (isWithin(real, top.real)) return real;
  } catch {
    // It may mean something in the dump all the same.
  }
  const inner = Buffer.from(node.member.inner).toString('latin1');
  for (const folder of ['', ...foldersAbove(inner)]) {
    const path = Buffer.from(`${top.real}/${folder}/${said.toString('latin1')}`, 'latin1');
    try {
      const real = realPath(path);
      if (isWithin(real, top.real)) return real;
    } catch {
      // Not there: the next folder.
    }
  }
  return undefined;
}

/** A further name of a file in one folder is no further file; in another folder it may be another node's. */
function sameFile(top: Top, { path, member }: Node): LinkEvent | undefined {
  try {
    const stat = lstatSync(path, { bigint: true });
    if (stat.nlink < 2n) return undefined;
    const key = `${stat.dev}:${stat.ino}:${folderOf(member.path)}`;
    const first = top.inodes.get(key);
    if (!first) top.inodes.set(key, member);
    return first && { kind: 'link', path: member.path, inner: member.inner, target: first.path, copy: false };
  } catch {
    return undefined;
  }
}

const typeOf = (entry: Dirent<Buffer>): Node['type'] =>
  entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'link' : 'other';

/** The entries of a folder, last name first, as a stack wants them. */
function children(node: Node, shown: string): readonly Node[] | Trouble {
  try {
    const entries = readdirSync(node.path, { withFileTypes: true, encoding: 'buffer' });
    entries.sort((a, b) => Buffer.compare(b.name, a.name));
    const prefix = node.path.at(-1) === SLASH[0] ? node.path : Buffer.concat([node.path, SLASH]);
    const inner = node.member.inner === '' ? '' : `${node.member.inner}/`;
    return entries.map((entry) => {
      const name = nameOf(entry.name);
      const member = { path: shown + name, inner: inner + name };
      return { path: Buffer.concat([prefix, entry.name]), member, type: typeOf(entry) };
    });
  } catch (error) {
    return refusal(error);
  }
}
