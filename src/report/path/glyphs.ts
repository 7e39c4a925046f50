import { printable } from '../../kit/index.js';
import { inAscii } from '../text/lines.js';

/** What a picture is drawn with. */
export interface Glyphs {
  readonly right: string;
  readonly left: string;
  readonly down: string;
  readonly up: string;
  readonly cross: string;
  /** Across, along, and the four corners of a box. */
  readonly box: readonly [across: string, along: string, string, string, string, string];
  /** Text out of a bundle, safe for a terminal that shows these characters. */
  readonly say: (text: string) => string;
}

const UNICODE: Glyphs = {
  right: '→',
  left: '←',
  down: '▼',
  up: '▲',
  cross: '✗',
  box: ['─', '│', '┌', '┐', '└', '┘'],
  say: printable,
};

const ASCII: Glyphs = {
  right: '->',
  left: '<-',
  down: 'v',
  up: '^',
  cross: 'X',
  box: ['-', '|', '+', '+', '+', '+'],
  say: inAscii,
};

export const glyphs = (ascii: boolean | undefined): Glyphs => (ascii === true ? ASCII : UNICODE);
