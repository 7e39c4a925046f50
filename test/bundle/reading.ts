import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenOptions, openBundle } from '../../src/bundle/index.js';
import type { Unread, VirtualFile } from '../../src/kit/index.js';

export interface Seen {
  readonly files: VirtualFile[];
  readonly unread: Unread[];
  readonly inputs: string[];
  /** `name -> target` of each link; a copy with two heads. */
  readonly links: string[];
  readonly replaced: string[];
}

/** Everything that reading some inputs yields. */
export async function readAll(inputs: readonly string[], options: OpenOptions = {}): Promise<Seen> {
  const seen: Seen = { files: [], unread: [], inputs: [], links: [], replaced: [] };
  for await (const event of openBundle(inputs, options)) {
    if (event.kind === 'file')
      seen.files.push(event.file.lent ? { ...event.file, bytes: event.file.bytes.slice() } : event.file);
    else if (event.kind === 'unread') seen.unread.push(event.unread);
    else if (event.kind === 'link') seen.links.push(`${event.path} ${event.copy ? '->>' : '->'} ${event.target}`);
    else if (event.kind === 'replaced') seen.replaced.push(`${event.path} by ${event.by}`);
    else seen.inputs.push(`${event.form} ${event.path}`);
  }
  return seen;
}

export const stringOf = (file: VirtualFile): string => Buffer.from(file.bytes).toString('utf8');

/** Bytes on standard input, in pieces of `step`. */
export async function* pieces(bytes: Uint8Array, step = 700): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += step) yield bytes.subarray(i, i + step);
}

/** Reads one run of bytes from standard input: paths begin with `-`. */
export const readStdin = (bytes: Uint8Array, options: OpenOptions = {}, step?: number): Promise<Seen> =>
  readAll(['-'], { ...options, stdin: pieces(bytes, step) });

/** `path=content` of each file, without the bytes' own weight. */
export const contents = (seen: Seen): readonly string[] => seen.files.map((f) => `${f.path}=${stringOf(f)}`);
export const reasons = (seen: Seen): readonly string[] => seen.unread.map((u) => `${u.path} ${u.reason}`);

/** A folder that is gone after the test. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dumplint-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function put(folder: string, name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
