/**
 * A stream that can be read again: standard input comes once, and the lines that prove a finding are looked up after all else. What
 * came is kept, packed as it was.
 */
export function replayable(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const kept: Uint8Array[] = [];
  const pieces = stream[Symbol.asyncIterator]();
  let ended = false;
  return {
    async *[Symbol.asyncIterator]() {
      for (let i = 0; ; i++) {
        if (i === kept.length) {
          if (ended) return;
          const piece = await pieces.next();
          if (piece.done) {
            ended = true;
            return;
          }
          kept.push(piece.value);
        }
        const piece = kept[i];
        if (piece) yield piece;
      }
    },
  };
}

let standard: AsyncIterable<Uint8Array> | undefined;

/** The process's standard input: there is one, so what was read of it is kept once. */
export function standardInput(): AsyncIterable<Uint8Array> {
  standard ??= replayable(process.stdin);
  return standard;
}
