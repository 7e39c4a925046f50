/** Folders of version control: their content is no dump, and there is much of it. */
const VCS = new Set(['.git', '.hg', '.svn']);

export interface SafeName {
  /** Relative, without `.` and `..`; empty for the archive's own top. */
  readonly name: string;
  /** The stored name began with `/` or led upwards. */
  readonly changed: boolean;
}

/** A stored name as a path that stays inside its archive. */
export function safeName(stored: string): SafeName {
  if (!stored.startsWith('/') && !/(^|\/)\.{0,2}(\/|$)/.test(stored)) return { name: stored, changed: false };
  const kept: string[] = [];
  let changed = stored.startsWith('/');
  for (const part of stored.split('/')) {
    if (part === '..') changed = true;
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return { name: kept.join('/'), changed };
}

/** The name that a link in an archive means; an absolute one is taken from the archive's top. */
export function linkTarget(from: string, target: string, kind: 'hard link' | 'symbolic link'): string {
  if (kind === 'hard link' || target.startsWith('/')) return safeName(target).name;
  const parts = from.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The part of `name` that ends in a version control folder, if there is one. */
export function vcsFolder(name: string): string | undefined {
  if (!name.includes('.')) return undefined;
  const parts = name.split('/');
  const i = parts.findIndex((part) => VCS.has(part));
  return i === -1 ? undefined : parts.slice(0, i + 1).join('/');
}

export const VCS_DETAIL = 'a version control folder is not read: lint the folder itself if the dump is in there';
