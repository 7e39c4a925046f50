import type { Severity } from '../../engine/types.js';
import { printable } from '../../kit/index.js';
import type { FormatOptions } from '../options.js';
import { cut, inAscii, padded, squeezed, wrap } from './lines.js';

export type Style = 'bold' | 'dim' | 'good' | Severity;
export type Span = string | readonly [text: string, style: Style];

/** Collects the lines of a terminal page: whatever is written through it is safe for a terminal. */
export interface Pen {
  readonly width: number;
  /** One line as it is, of plain and styled pieces. */
  line(...spans: readonly Span[]): void;
  /** Prose, wrapped to the width; `hang` more blanks before all lines but the first. */
  prose(indent: number, text: string, hang?: number): void;
  /** A styled word, and a sentence that goes on behind it, wrapped to the width. */
  verdict(word: string, style: Style, text: string): void;
  /** `Label    text`, the text wrapped behind the label. */
  field(indent: number, label: string, text: string): void;
  /** Text as the page shows it: safe, and in its characters. Whoever counts columns counts those of this. */
  say(text: string): string;
  /** The same, shortened to `width`; what a needle names stays in sight. */
  cut(text: string, width: number, needles?: readonly string[]): string;
  /** The same, shortened in its middle. */
  squeeze(text: string, width: number): string;
  done(): string;
}

const CODES: Readonly<Record<Style, string>> = {
  bold: '1',
  dim: '2',
  good: '1;32',
  error: '1;31',
  warning: '1;33',
  info: '1;36',
};

/** Columns of a label with its gap. */
export const LABEL = 9;

/** `long`: what becomes of a word that is longer than the line. */
export function pen(options: FormatOptions, long: 'whole' | 'broken' = 'whole'): Pen {
  const width = options.width ?? 80;
  const out: string[] = [];
  const safe = options.ascii === true ? inAscii : printable;
  const mark = safe('…');
  const render = (span: Span): string => {
    if (typeof span === 'string') return safe(span);
    return options.color === true && span[0] !== '' ? `\x1b[${CODES[span[1]]}m${safe(span[0])}\x1b[0m` : safe(span[0]);
  };
  return {
    width,
    line: (...spans) => out.push(spans.map(render).join('').trimEnd()),
    prose(indent, text, hang = 0) {
      for (const [i, l] of wrap(safe(text), width - indent - hang, long).entries())
        out.push(`${' '.repeat(i === 0 ? indent : indent + hang)}${l}`);
    },
    verdict(word, style, text) {
      const [first = '', ...rest] = wrap(safe(`${word}${text}`), width, long);
      out.push(`${render([first.slice(0, word.length), style])}${first.slice(word.length)}`);
      out.push(...rest);
    },
    field(indent, label, text) {
      const [first = '', ...rest] = wrap(safe(text), width - indent - LABEL, long);
      out.push(`${' '.repeat(indent)}${render([padded(label, LABEL), 'bold'])}${first}`);
      for (const l of rest) out.push(`${' '.repeat(indent + LABEL)}${l}`);
    },
    say: safe,
    cut: (text, room, needles = []) => cut(safe(text.replace(/\t/g, ' ')), room, needles, mark),
    squeeze: (text, room) => squeezed(safe(text), room, mark),
    done: () => `${out.join('\n')}\n`,
  };
}
