import type { Unread, VirtualFile } from '../kit/index.js';

/** How much is read of a bundle. Each limit stands for an attack or an accident that was thought of. */
export interface Limits {
  /** Bytes of one member: what is handed out is in memory as a whole. */
  readonly memberBytes: number;
  /** Bytes of all members, unpacked. */
  readonly totalBytes: number;
  /** Number of members, in all inputs and archives together. */
  readonly members: number;
  /** Archives inside archives. */
  readonly depth: number;
  /** Unpacked bytes for each packed one, once `ratioFrom` bytes are unpacked; text of dumps stays below 1:50. */
  readonly ratio: number;
  readonly ratioFrom: number;
  /** Characters of a name inside an archive: names are kept to tell members apart. */
  readonly pathLength: number;
}

const MIB = 2 ** 20;

export const LIMITS: Limits = {
  memberBytes: 256 * MIB,
  totalBytes: 4096 * MIB,
  members: 200_000,
  depth: 8,
  ratio: 1000,
  ratioFrom: 16 * MIB,
  pathLength: 1024,
};

export type BundleEvent =
  | { readonly kind: 'file'; readonly file: VirtualFile }
  | { readonly kind: 'unread'; readonly unread: Unread }
  | LinkEvent
  /** A later member of the same name: what was read from the earlier one, or from inside it, does not count any more. */
  | { readonly kind: 'replaced'; readonly path: string; readonly by: string }
  | { readonly kind: 'input'; readonly path: string; readonly form: 'directory' | 'archive' | 'file' | 'stdin' };

/** Another name of a file or folder that is read under its own: its bytes are not handed out again. */
export interface LinkEvent {
  readonly kind: 'link';
  readonly path: string;
  readonly inner: string;
  /** Path of the file or folder. */
  readonly target: string;
  /** A hard link in another folder than its target: two nodes may have the same file once on disk, so it counts as a file of its own. */
  readonly copy: boolean;
}

/** Why something can't be read further. */
export interface Trouble {
  readonly reason: Unread['reason'];
  readonly detail: string;
}

/** One reading of all inputs: its limits and what is used up of them. */
export interface Run {
  readonly limits: Limits;
  readonly used: { bytes: number; members: number };
  /** Memory for one big member; the next one gets the same again. Left to the collector, several would be held at a time. */
  readonly lend: (size: number) => Uint8Array;
  /** Set when only some paths are wanted: says whether this path, or something below it, is one of them. */
  readonly wants?: (path: string) => boolean;
}

/** Members up to this size have memory of their own. */
export const SMALL = 2 ** 20;

export function lender(): Run['lend'] {
  let store: Buffer = Buffer.alloc(0);
  return (size) => {
    // What is not written costs address space and no memory.
    if (store.length < size) store = Buffer.allocUnsafeSlow(Math.max(size, 2 * store.length, 16 * MIB));
    return new Uint8Array(store.buffer, 0, size);
  };
}

/** Where bytes belong in the bundle. */
export interface Member {
  readonly path: string;
  readonly inner: string;
  readonly mtime?: number;
  /** Bytes as stored, when known before reading. */
  readonly size?: number;
}

export const unreadEvent = (path: string, trouble: Trouble, bytes?: number): BundleEvent => ({
  kind: 'unread',
  unread: { path, ...trouble, ...(bytes !== undefined && { bytes }) },
});

export const fileEvent = (member: Member, bytes: Uint8Array, cut?: string, lent = false): BundleEvent => ({
  kind: 'file',
  file: {
    path: member.path,
    inner: member.inner,
    bytes,
    ...(lent && { lent }),
    ...(member.mtime !== undefined && { mtime: member.mtime }),
    ...(cut !== undefined && { cut }),
  },
});

/** `1 byte`, `12 bytes`, `256 MiB`. */
export function amount(bytes: number): string {
  if (bytes >= MIB && bytes % MIB === 0) return `${bytes / MIB} MiB`;
  return bytes === 1 ? '1 byte' : `${bytes} bytes`;
}

/** Set once the bytes of all inputs together are used up. */
export function totalReached({ limits, used }: Run): Trouble | undefined {
  if (used.bytes <= limits.totalBytes) return undefined;
  const detail = `reading stopped after ${amount(limits.totalBytes)} in all; lint a part of the bundle at a time`;
  return { reason: 'capped', detail };
}

/** Counts one member; set once there are too many. */
export function countMember({ limits, used }: Run): Trouble | undefined {
  if (++used.members <= limits.members) return undefined;
  const detail = `reading stopped after ${limits.members} members in all; lint a part of the bundle at a time`;
  return { reason: 'capped', detail };
}
