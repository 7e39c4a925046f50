/** Folders of version control: their content is no dump, and there is much of it. */
const VCS = new Set(['.git', '.hg', '.svn']);

export interface SafeName {
  /** Relative, without `.` and `..`; empty for the archive's own top. */
  readonly name: string;
  /** The stored name began with `/` or a drive, or led upwards. */
  readonly changed: boolean;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A name as text. Bytes that are no UTF-8 are Latin-1, as old systems wrote it: that keeps names apart which U+FFFD would join. */
export function nameOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  }
}

const DRIVE = /^[A-Za-z]:(?=[\\/])/;

/** A stored name as a path that stays inside its archive. */
export function safeName(stored: string): SafeName {
  const name = stored.replace(DRIVE, '');
  if (name === stored && !stored.startsWith('/') && !/(^|\/)\.{0,2}(\/|$)/.test(stored))
    return { name: stored, changed: false };
  const kept: string[] = [];
  let changed = name !== stored || stored.startsWith('/');
  for (const part of name.split('/')) {
    if (part === '..') changed = true;
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return { name: kept.join('/'), changed };
}

/** Some Windows tools put backslashes into zip archives. A name that has slashes too means them: systemd escapes with them. */
export const withSlashes = (stored: string): string => (stored.includes('/') ? stored : stored.replace(/\\/g, '/'));

/** What a relative link in `from` means, without its `..`; `undefined` when it leads out at the top. */
export function relativeTo(from: string, target: string): string | undefined {
  const parts = from.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The folder that a name lies in, with its slash. */
export const folderOf = (name: string): string => name.slice(0, name.lastIndexOf('/') + 1);

/** All folders above a name, the outermost first, without slashes at their end. */
export function* foldersAbove(name: string): Generator<string> {
  for (let i = name.indexOf('/'); i !== -1; i = name.indexOf('/', i + 1)) yield name.slice(0, i);
}

/** The part of `name` that ends in a version control folder, if there is one. */
export function vcsFolder(name: string): string | undefined {
  if (!name.includes('.')) return undefined;
  const parts = name.split('/');
  const i = parts.findIndex((part) => VCS.has(part));
  return i === -1 ? undefined : parts.slice(0, i + 1).join('/');
}

export const VCS_DETAIL = 'a version control folder is not read: lint the folder itself if the dump is in there';
