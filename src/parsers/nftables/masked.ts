import { isMasked } from '../text/masked.js';

const SUSPECT = /\d[xX*]*\.[\dxX*]*[xX*]|[xX*]\.[\dxX*]|[xX*]\d*\.\d/;

/** Does some word of the line look like an address with parts of it hidden? */
export const hidesAddress = (line: string): boolean =>
  SUSPECT.test(line) &&
  line
    .slice(0, 100_000)
    .split(/[\s,{}:-]+/)
    .some((w) => isMasked(w));
