import { amount, type Run, type Trouble, totalReached } from './run.js';
import { CHUNK, type Input, type Source } from './source.js';

/** Why the data of a packed stream ends here. */
export type Fail = (trouble: Trouble) => undefined;

/** Unpacks what stands at `input`, piece by piece, and says through `fail` why it ends too early. The first trouble counts. */
export type Unpacker = (input: Input, run: Run, fail: Fail) => AsyncGenerator<Uint8Array, unknown>;

/** A packed stream as a source: counts what comes out and stops where a limit is. `stored` bytes were counted when they were read. */
export function unpacked(input: Input, run: Run, unpacker: Unpacker, stored = false): Source {
  let trouble: Trouble | undefined;
  const fail: Fail = (t) => {
    trouble ??= t;
    return undefined;
  };
  const start = input.offset();
  const pieces = unpacker(input, run, fail);
  let total = 0;
  let over = false;
  return {
    async next() {
      if (over) return undefined;
      const { value, done } = await pieces.next();
      if (done || !(value instanceof Uint8Array)) return undefined;
      total += value.length;
      if (!stored) run.used.bytes += value.length;
      const stop = totalReached(run) ?? bomb(run, total, input.offset() - start);
      if (stop) {
        fail(stop);
        over = true;
        await pieces.return(undefined);
      }
      return value;
    },
    trouble: () => trouble,
    close: async () => {
      await pieces.return(undefined);
    },
  };
}

function bomb({ limits }: Run, unpacked: number, packed: number): Trouble | undefined {
  if (unpacked <= limits.ratioFrom || unpacked <= packed * limits.ratio) return undefined;
  const detail = `unpacks to more than ${limits.ratio} times its size, as decompression bombs do, and was left after ${amount(unpacked)}: unpack it by hand if you trust it`;
  return { reason: 'capped', detail };
}

const AGAIN = 'only what stands before was read: copy or collect it again';

export const damaged = (format: string, why: string): Trouble => ({
  reason: 'unreadable',
  detail: `the ${format} data is damaged (${why}); ${AGAIN}`,
});

export const brokeOff = (format: string): Trouble => ({
  reason: 'truncated',
  detail: `the ${format} data breaks off; ${AGAIN}`,
});

export const wrongChecksum = (format: string): Trouble => ({
  reason: 'unreadable',
  detail: `the ${format} checksum is wrong: parts of the content are not what was packed; copy or collect it again`,
});

/** Behind one packed stream: another, padding (zeros, as tape blocks have), or junk, which is reported. */
export async function another(
  input: Input,
  format: string,
  begins: (head: Uint8Array) => boolean,
  fail: Fail,
): Promise<boolean> {
  for (;;) {
    const next = await input.peek(CHUNK / 4);
    if (next.length === 0) {
      const trouble = input.trouble();
      if (trouble) fail(trouble);
      return false;
    }
    const zeros = next.findIndex((b) => b !== 0);
    if (zeros !== 0) {
      await input.skip(zeros === -1 ? next.length : zeros);
      continue;
    }
    if (begins(next)) return true;
    const detail = `bytes that are no ${format} data follow its end and were not read: they may be the rest of a damaged file`;
    fail({ reason: 'unreadable', detail });
    return false;
  }
}
