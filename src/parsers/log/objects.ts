import { keysOf, readMembers } from './json.js';

const NAMES = ['msg', 'message', 'log', 'level', 'severity', 'ts', 'time', 'timestamp', '@timestamp', 'stream'];
const KEYS = keysOf(NAMES);
const found = new Int32Array(2 * NAMES.length);
const has = (key: number): boolean => (found[2 * key] as number) >= 0;

/**
 * Is the JSON object that opens at `from` a line of a log: a message with its level or time (zap, logrus, component-base), or docker's
 * `{"log":"…","stream":"stderr","time":"…"}`? Other documents of JSON are none.
 */
export function isLogObject(bytes: Uint8Array, from: number, to: number): boolean {
  readMembers(bytes, from, to, KEYS, found);
  if (has(2) && has(9)) return true;
  return (has(0) || has(1)) && [3, 4, 5, 6, 7, 8].some(has);
}

/** docker cuts lines at 16 KiB: is the object that was looked at last such a piece, whose line goes on in the next one? */
export function isPiece(bytes: Uint8Array): boolean {
  const [from = -1, to = -1] = [found[4], found[5]];
  return from >= 0 && to - from >= 16_000 && !(bytes[to - 1] === 110 && bytes[to - 2] === 92);
}
