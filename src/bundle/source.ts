import { type Run, SMALL, type Trouble } from './run.js';

/** Size of the pieces that files are read in and zlib writes: a quarter MiB halves the CPU time against the default 16 KiB. */
export const CHUNK = 256 * 1024;

/** Bytes in pieces, on demand. Never throws: what goes wrong ends the bytes and is `trouble`. */
export interface Source {
  /** The next piece, of any size; `undefined` at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Why the bytes ended too early; asked after the end. */
  trouble(): Trouble | undefined;
  /** Lets go of what is open; bytes of an enclosing source that were not needed stay there. */
  close(): Promise<void>;
}

/** A source that can be looked into and measured. */
export interface Input extends Source {
  /** Up to `n` bytes without consuming them; fewer only at the end. */
  peek(n: number): Promise<Uint8Array>;
  /** Fills `target` from its start; returns how much there was. */
  fill(target: Uint8Array): Promise<number>;
  /** Returns how much there was to skip. */
  skip(n: number): Promise<number>;
  /** Gives bytes back that the last `next` returned. */
  back(bytes: Uint8Array): void;
  /** Bytes consumed so far. */
  offset(): number;
}

export function inputOf(source: Source, first?: Uint8Array): Input {
  const queue: Uint8Array[] = first && first.length > 0 ? [first] : [];
  let held = first?.length ?? 0;
  let offset = 0;
  let ended = false;

  const pull = async (): Promise<boolean> => {
    const piece = ended ? undefined : await source.next();
    if (piece === undefined) {
      ended = true;
      return false;
    }
    if (piece.length > 0) queue.push(piece);
    held += piece.length;
    return true;
  };
  /** Consumes up to `n` bytes of the first piece. */
  const shift = (n: number): Uint8Array => {
    const piece = queue[0] ?? new Uint8Array(0);
    const taken = n < piece.length ? piece.subarray(0, n) : piece;
    if (taken.length < piece.length) queue[0] = piece.subarray(n);
    else queue.shift();
    held -= taken.length;
    offset += taken.length;
    return taken;
  };

  return {
    async peek(n) {
      while (held < n && (await pull()));
      const piece = queue[0];
      if (piece === undefined) return new Uint8Array(0);
      if (piece.length >= n || queue.length === 1) return piece.subarray(0, n);
      const joined = new Uint8Array(Math.min(n, held));
      let at = 0;
      for (const part of queue) {
        if (at === joined.length) break;
        joined.set(part.subarray(0, joined.length - at), at);
        at += Math.min(part.length, joined.length - at);
      }
      return joined;
    },
    async fill(target) {
      let at = 0;
      while (at < target.length && (held > 0 || (await pull()))) {
        const part = shift(target.length - at);
        target.set(part, at);
        at += part.length;
      }
      return at;
    },
    async skip(n) {
      let left = n;
      while (left > 0 && (held > 0 || (await pull()))) left -= shift(left).length;
      return n - left;
    },
    async next() {
      while (held === 0) if (!(await pull())) return undefined;
      return shift(Number.POSITIVE_INFINITY);
    },
    back(bytes) {
      if (bytes.length > 0) queue.unshift(bytes);
      held += bytes.length;
      offset -= bytes.length;
    },
    offset: () => offset,
    trouble: source.trouble,
    close: source.close,
  };
}

/** The next `size` bytes of `input` as a source of their own; `input` goes on behind what was taken. */
export function limited(input: Input, size: number): Source {
  let left = size;
  let short = false;
  return {
    async next() {
      if (left === 0) return undefined;
      const piece = await input.next();
      if (piece === undefined) {
        short = true;
        return undefined;
      }
      const taken = piece.length > left ? piece.subarray(0, left) : piece;
      if (taken.length < piece.length) input.back(piece.subarray(left));
      left -= taken.length;
      return taken;
    },
    trouble: () => (short ? (input.trouble() ?? brokenOff(left)) : undefined),
    close: async () => {},
  };
}

/** `missing` bytes of a member were announced and did not come. */
export const brokenOff = (missing: number): Trouble => ({
  reason: 'truncated',
  detail: `the archive ends inside this member (${missing} bytes are missing): copy or collect it again`,
});

/** Bytes that are in memory already. */
export function memory(bytes: Uint8Array, trouble?: Trouble): Input {
  return inputOf({ next: async () => undefined, trouble: () => trouble, close: async () => {} }, bytes);
}

/** The rest of `input`, at most as much as a member may have; `size` is how much is expected, if known. */
export async function collect(run: Run, input: Input, size?: number): Promise<{ bytes: Uint8Array; lent: boolean }> {
  const cap = run.limits.memberBytes;
  if (size !== undefined) {
    const lent = size > SMALL;
    const target = lent ? run.lend(Math.min(size, cap)) : new Uint8Array(Math.min(size, cap));
    const filled = await input.fill(target);
    return { bytes: filled === target.length ? target : target.subarray(0, filled), lent };
  }
  const parts: Uint8Array[] = [];
  let total = 0;
  while (total < SMALL && total < cap) {
    const part = await input.next();
    if (part === undefined) return { bytes: join(parts, total), lent: false };
    const room = cap - total;
    if (part.length > room) input.back(part.subarray(room));
    parts.push(part.length > room ? part.subarray(0, room) : part);
    total += Math.min(part.length, room);
  }
  if (total === cap) return { bytes: join(parts, total), lent: false };
  const target = run.lend(cap);
  let at = 0;
  for (const part of parts.splice(0)) {
    target.set(part, at);
    at += part.length;
  }
  at += await input.fill(target.subarray(at));
  return { bytes: target.subarray(0, at), lent: true };
}

function join(parts: readonly Uint8Array[], total: number): Uint8Array {
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
