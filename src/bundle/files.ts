import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf, messageOf } from './error.js';
import { readBytes, readMember } from './member.js';
import { type BundleEvent, type Member, type Run, type Trouble, totalReached, unreadEvent } from './run.js';
import { CHUNK, type Input, inputOf, type Source } from './source.js';

/** What the file system said, as a sentence. */
export function refusal(error: unknown): Trouble {
  const code = codeOf(error) ?? messageOf(error);
  const why: Readonly<Record<string, string>> = {
    EACCES: 'no permission to read it: change its mode, or run as a user who may read it',
    EPERM: 'no permission to read it: change its mode, or run as a user who may read it',
    ENOENT: 'it does not exist',
    ELOOP: 'its links lead in a circle',
    ENAMETOOLONG: 'its path is too long for this system',
  };
  return { reason: 'unreadable', detail: why[code] ?? `reading it failed with ${code}: copy or collect it again` };
}

/** An open file, and its first bytes; `whole` when they are all. */
export interface OpenFile {
  readonly input: Input;
  readonly first: Uint8Array;
  readonly whole: boolean;
  readonly size: number;
  readonly mtime: number;
}

/** Opens a regular file and reads its first piece. Throws what `node:fs` throws. */
export function openFile(path: string | Buffer, run: Run): OpenFile {
  const fd = openSync(path, 'r');
  try {
    const { size, mtimeMs } = fstatSync(fd);
    // Files of /proc say size 0 and have content all the same.
    const buffer = new Uint8Array(size > 0 ? Math.min(size, CHUNK) : CHUNK);
    const got = readSync(fd, buffer);
    const first = got === buffer.length ? buffer : buffer.slice(0, got);
    run.used.bytes += got;
    const whole = size > 0 && got === size;
    return { input: inputOf(descriptor(fd, run), first), first, whole, size, mtime: Math.floor(mtimeMs / 1000) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function descriptor(fd: number, run: Run): Source {
  let trouble: Trouble | undefined;
  let open = true;
  return {
    async next() {
      trouble ??= totalReached(run);
      if (trouble || !open) return undefined;
      const buffer = new Uint8Array(CHUNK);
      try {
        const got = readSync(fd, buffer);
        run.used.bytes += got;
        return got === 0 ? undefined : buffer.subarray(0, got);
      } catch (error) {
        trouble = refusal(error);
        return undefined;
      }
    },
    trouble: () => trouble,
    async close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

/** Hands out a regular file of the file system, or what is in it. */
export async function* readPath(run: Run, member: Member, path: string | Buffer): AsyncGenerator<BundleEvent> {
  let file: OpenFile;
  try {
    file = openFile(path, run);
  } catch (error) {
    yield unreadEvent(member.path, refusal(error));
    return;
  }
  try {
    const known: Member = { ...member, mtime: file.mtime, ...(file.size > 0 && { size: file.size }) };
    if (file.whole) yield* readBytes(run, known, file.first, 0);
    else yield* readMember(run, known, file.input, 0);
  } finally {
    await file.input.close();
  }
}
