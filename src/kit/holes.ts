/*
 * A power loss leaves NULs in a log: the file system had given the file its length, and not yet written the lines (ext4 with delayed
 * allocation, XFS). What stands around them is text all the same.
 */

/** Fewer NULs in a row are fields of a binary format. */
const SHORTEST = 16;

export interface Hole {
  /** Index of the first NUL. */
  readonly from: number;
  readonly to: number;
}

/** Runs of NULs, no more than `most`; undefined when there are more. */
export function holesIn(bytes: Uint8Array, most: number): readonly Hole[] | undefined {
  const holes: Hole[] = [];
  let i = bytes.indexOf(0);
  while (i !== -1) {
    let to = i + 1;
    while (bytes[to] === 0) to++;
    if (to - i >= SHORTEST) {
      if (holes.length === most) return undefined;
      holes.push({ from: i, to });
    }
    i = bytes.indexOf(0, to);
  }
  return holes;
}

/** The bytes without the holes. */
export function withoutHoles(bytes: Uint8Array, holes: readonly Hole[]): Uint8Array {
  const out = new Uint8Array(bytes.length - holes.reduce((sum, h) => sum + h.to - h.from, 0));
  let from = 0;
  let at = 0;
  for (const hole of [...holes, { from: bytes.length, to: bytes.length }]) {
    out.set(bytes.subarray(from, hole.from), at);
    at += hole.from - from;
    from = hole.to;
  }
  return out;
}
