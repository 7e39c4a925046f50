import { holesIn, withoutHoles } from '../kit/index.js';

/** More holes than a machine loses its power while it writes one log are a binary format's padding. */
const MOST = 64;

const LF = 10;

/** Bytes without the NULs that a power loss left in them, and what is lost as a sentence; undefined where there are none. */
export function closed(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly lost: string } | undefined {
  const holes = holesIn(bytes, MOST);
  const [first, ...others] = holes ?? [];
  if (!holes || !first) return undefined;
  let line = 1;
  for (let i = bytes.indexOf(LF); i !== -1 && i < first.from; i = bytes.indexOf(LF, i + 1)) line++;
  const size = holes.reduce((sum, h) => sum + h.to - h.from, 0);
  const where = others.length === 0 ? `in line ${line}` : `in ${holes.length} places, the first in line ${line}`;
  return {
    bytes: withoutHoles(bytes, holes),
    lost: `${size} NUL bytes left out ${where}: lines were lost there, as by a power failure`,
  };
}
