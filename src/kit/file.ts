/** One member of a bundle: bytes with a name, whatever container it came from. */
export interface VirtualFile {
  /** As the user gave it, `!/` at each archive level: `case.tgz!/node-1-debug-logs.tar.gz!/ip-netconf`. */
  readonly path: string;
  /** The same without the input's own path: what layouts match (`node-1-debug-logs.tar.gz!/ip-netconf`). */
  readonly inner: string;
  readonly bytes: Uint8Array;
  /** The bytes are overwritten once the next file is asked for: copy what is to be kept. So it is with big files. */
  readonly lent?: true;
  /** Modification time from the archive or the file system, seconds since the epoch, when it says one. */
  readonly mtime?: number;
  /** Set when the bytes are a readable beginning of something that broke off. */
  readonly cut?: string;
}

/** A file or an archive (or its rest) that was not read, and why. */
export interface Unread {
  readonly path: string;
  readonly reason: 'unreadable' | 'truncated' | 'unsupported' | 'empty' | 'capped';
  /** A sentence: what, where, what to do. */
  readonly detail: string;
  readonly bytes?: number;
}
