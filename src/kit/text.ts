/**
 * The decoded text of one file or of one capture in it. Lines are decoded one by one when a parser asks, so that a
 * fact that keeps a word of a line keeps that line alive and not the whole file (V8 keeps the parent of a slice).
 */
export interface Text {
  /** UTF-8 bytes with LF line ends; `decodeText` in capture/ made them so. */
  readonly bytes: Uint8Array;
  /** Number of lines. */
  readonly count: number;
  /** Line number in the file (from 1) of line index 0. */
  readonly firstLine: number;
  /** Line `i` (from 0) without its line end. */
  line(i: number): string;
  /** Byte offset where line `i` starts; `start(count)` is the end. */
  start(i: number): number;
  /** The same lines as they stand in the file, where these are what a paste shows without its dress: the ledger counts bytes of the file. */
  readonly original?: Text;
  /** Lines `from` (inclusive) to `to` (exclusive) as a Text of their own; line numbers of the file are kept. */
  slice(from: number, to: number): Text;
}

const utf8 = new TextDecoder('utf-8');

/** Decodes `bytes[from,to)`; short ASCII runs, the usual case, are cheaper by hand than through TextDecoder. */
export function decode(bytes: Uint8Array, from: number, to: number): string {
  const length = to - from;
  if (length > 512) return utf8.decode(bytes.subarray(from, to));
  const codes: number[] = new Array(length);
  for (let i = 0; i < length; i++) {
    const c = bytes[from + i] as number;
    if (c > 127) return utf8.decode(bytes.subarray(from, to));
    codes[i] = c;
  }
  return String.fromCharCode.apply(null, codes);
}

function lineStarts(bytes: Uint8Array): Uint32Array {
  // A final line without a line end counts; the nothing behind a final line end does not.
  const open = bytes.length > 0 && bytes[bytes.length - 1] !== 10;
  // Counted first: an array that grows takes up to three times its size.
  let count = open ? 1 : 0;
  for (let i = bytes.indexOf(10); i !== -1; i = bytes.indexOf(10, i + 1)) count++;
  const starts = new Uint32Array(count + 1);
  let line = 1;
  for (let i = bytes.indexOf(10); i !== -1; i = bytes.indexOf(10, i + 1)) starts[line++] = i + 1;
  if (open) starts[count] = bytes.length + 1;
  return starts;
}

function view(bytes: Uint8Array, starts: Uint32Array, from: number, to: number): Text {
  return {
    bytes,
    count: to - from,
    firstLine: from + 1,
    line(i) {
      const s = starts[from + i];
      const e = starts[from + i + 1];
      if (i < 0 || from + i >= to || s === undefined || e === undefined) return '';
      return decode(bytes, s, Math.min(e - 1, bytes.length));
    },
    start: (i) => Math.min(starts[from + i] ?? bytes.length, bytes.length),
    slice: (a, b) => view(bytes, starts, from + a, Math.min(from + b, to)),
  };
}

/** `bytes` must be UTF-8 with LF line ends. */
export function textOf(bytes: Uint8Array): Text {
  const starts = lineStarts(bytes);
  return view(bytes, starts, 0, Math.max(0, starts.length - 1));
}

/** For tests and for text that is already a string. */
export const textFrom = (s: string): Text => textOf(new TextEncoder().encode(s));
