import { readdirSync, realpathSync, statSync } from 'node:fs';
import { codeOf } from './error.js';
import { readPath, refusal } from './files.js';
import { VCS_DETAIL, vcsFolder } from './names.js';
import {
  type BundleEvent,
  countMember,
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

const SLASH = Buffer.from('/');

/** All files below a folder, names sorted by bytes. Nothing outside it is read. */
export async function* readDirectory(run: Run, input: string): AsyncGenerator<BundleEvent> {
  const top = input.replace(/(?<=[^/])\/+$/, '');
  const shown = top === '.' ? '' : top.endsWith('/') ? top : `${top}/`;
  const root: Node = { path: Buffer.from(top), member: { path: top, inner: '' }, type: 'directory' };
  const real = realPath(root.path);
  const followed = new Set([real]);
  // A stack, not recursion: folders nest thousands deep in a hostile tree.
  const stack: Node[] = [root];
  let found = 0;
  for (let node = stack.pop(); node; node = stack.pop()) {
    const { path, inner } = node.member;
    if (node !== root && run.wants && !run.wants(path)) continue;
    const stop = totalReached(run) ?? (node.type === 'directory' ? undefined : countMember(run));
    if (stop) {
      yield unreadEvent(top, stop);
      return;
    }
    const target = vcsFolder(inner) === undefined ? resolve(node, real, followed) : UNSUPPORTED_VCS;
    if ('reason' in target || target.type === 'file') found++;
    if ('reason' in target) yield unreadEvent(path, target);
    else if (target.type === 'file') yield* readPath(run, node.member, node.path);
    else {
      const below = children(node, node === root ? shown : `${path}/`);
      if ('reason' in below) yield unreadEvent(path, below);
      else for (const child of below) stack.push(child);
      if ('reason' in below) found++;
    }
  }
  if (found === 0 && !run.wants) yield unreadEvent(top, { reason: 'empty', detail: 'the folder holds no files' });
}

const UNSUPPORTED_VCS: Trouble = { reason: 'unsupported', detail: VCS_DETAIL };

/** Latin-1 keeps bytes apart that UTF-8 would join in U+FFFD. */
const realPath = (path: Buffer): string => realpathSync.native(path, { encoding: 'buffer' }).toString('latin1');

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** What a node is once its links are followed, or why it is not read. */
function resolve(node: Node, real: string, followed: Set<string>): { readonly type: 'file' | 'directory' } | Trouble {
  if (node.type === 'file' || node.type === 'directory') return { type: node.type };
  if (node.type === 'other')
    return { reason: 'unsupported', detail: 'a device, socket or FIFO, which has no text to read' };
  try {
    const target = realPath(node.path);
    if (!isWithin(target, real))
      return {
        reason: 'unsupported',
        detail: 'a link that leads out of the input: give its target as an input of its own',
      };
    const stat = statSync(node.path);
    if (stat.isFile()) return { type: 'file' };
    if (!stat.isDirectory())
      return { reason: 'unsupported', detail: 'a link to a device, socket or FIFO, which has no text to read' };
    const folder = realPath(node.path.subarray(0, node.path.lastIndexOf('/')));
    if (isWithin(folder, target))
      return { reason: 'unsupported', detail: 'a link that leads back to a folder it lies in' };
    // Once each: links in a row of folders would multiply.
    if (followed.has(target))
      return { reason: 'unsupported', detail: 'a link to a folder that was read through another link already' };
    followed.add(target);
    return { type: 'directory' };
  } catch (error) {
    const { reason, detail } = refusal(error);
    // A dump of /etc has links to what was not collected with it: no damage.
    const nowhere = ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '');
    return { reason: nowhere ? 'unsupported' : reason, detail: `a link that can't be followed: ${detail}` };
  }
}

/** The entries of a folder, last name first, as a stack wants them. */
function children(node: Node, shown: string): readonly Node[] | Trouble {
  try {
    const entries = readdirSync(node.path, { withFileTypes: true, encoding: 'buffer' });
    entries.sort((a, b) => Buffer.compare(b.name, a.name));
    const prefix = node.path.at(-1) === SLASH[0] ? node.path : Buffer.concat([node.path, SLASH]);
    const inner = node.member.inner === '' ? '' : `${node.member.inner}/`;
    return entries.map((entry) => {
      const name = entry.name.toString();
      const type = entry.isFile()
        ? 'file'
        : entry.isDirectory()
          ? 'directory'
          : entry.isSymbolicLink()
            ? 'link'
            : 'other';
      return { path: Buffer.concat([prefix, entry.name]), member: { path: shown + name, inner: inner + name }, type };
    });
  } catch (error) {
    return refusal(error);
  }
}
