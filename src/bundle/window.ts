/** The last bytes that were unpacked: matches copy from them. */
export interface Window {
  /** What is unpacked, with as much before it as matches may reach back. */
  bytes: Uint8Array;
  /** Where the next byte goes. */
  at: number;
  /** Bytes since the window was last emptied: matches reach no further. */
  filled: number;
}

export interface Sliding {
  readonly window: Window;
  /** Before up to `size` bytes are written. */
  readonly makeRoom: (size: number) => void;
}

/** A window that grows with what is read: what a header announces and nothing uses costs nothing. `step` is the most that is asked for. */
export function slidingWindow(reach: number, step: number): Sliding {
  const window: Window = { bytes: new Uint8Array(Math.min(reach, 2 ** 14)), at: 0, filled: 0 };
  // Moving what matches may reach costs as much as that is long: it must not be done too often.
  const most = reach + Math.max(2 * step, reach >>> 1);
  const makeRoom = (size: number): void => {
    if (window.at + size <= window.bytes.length) return;
    if (window.at + size > most) {
      window.bytes.copyWithin(0, window.at - reach, window.at);
      window.at = reach;
      if (window.at + size <= window.bytes.length) return;
    }
    const grown = new Uint8Array(Math.min(most, Math.max(2 * window.bytes.length, window.at + size)));
    grown.set(window.bytes.subarray(0, window.at));
    window.bytes = grown;
  };
  return { window, makeRoom };
}

/** Copies a match, which may reach into itself. The caller has seen that `back` is filled and that there is room. */
export function copyMatch(window: Window, back: number, length: number): void {
  const { bytes, at } = window;
  if (back >= length && length > 32) bytes.copyWithin(at, at - back, at - back + length);
  else for (let i = at; i < at + length; i++) bytes[i] = bytes[i - back] as number;
  window.at += length;
  window.filled += length;
}
