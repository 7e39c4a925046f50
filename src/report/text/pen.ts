import { printable } from '../../kit/index.js';
import type { Severity } from '../../engine/types.js';
import type { FormatOptions } from '../options.js';
import { wrap } from './lines.js';

/** Collects lines of a terminal page: everything written through it is safe for a terminal and fits its width. */
export interface Pen {
  readonly width: number;
  /** One line as it is (cleaned); `style` colours all of it. */
  line(text?: string, style?: Style): void;
  /** Prose, wrapped; following lines hang by `hang` (default: the indent). */
  prose(indent: number, text: string, hang?: number): void;
  /** `Label    text`, wrapped behind the label. */
  field(indent: number, label: string, text: string): void;
  paint(text: string, style: Style): string;
  done(): string;
}

export type Style = 'bold' | 'dim' | Severity;

const CODES: Readonly<Record<Style, string>> = { bold: '1', dim: '2', error: '1;31', warning: '1;33', info: '1;36' };
export const LABEL = 9;

export function pen(options: FormatOptions): Pen {
  const width = options.width ?? 80;
  const out: string[] = [];
  const paint = (text: string, style: Style) => (options.color === true ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text);
  const prose = (indent: number, text: string, hang = indent) => {
    // The first line starts at `indent`, the others at `hang`.
    const pad = ' '.repeat(Math.max(0, indent - hang));
    const lines = wrap(`${pad}${printable(text)}`.replace(/^ +/, (b) => '\u00a0'.repeat(b.length)), width - hang);
    for (const l of lines) out.push(`${' '.repeat(hang)}${l.replace(/^\u00a0+/, (b) => ' '.repeat(b.length))}`.trimEnd());
  };
  return {
    width,
    line: (text = '', style) => out.push(style ? paint(printable(text), style) : printable(text).trimEnd()),
    prose,
    field(indent, label, text) {
      const [first = '', ...rest] = wrap(printable(text), width - indent - LABEL);
      out.push(`${' '.repeat(indent)}${label.padEnd(LABEL)}${first}`);
      for (const l of rest) out.push(`${' '.repeat(indent + LABEL)}${l}`);
    },
    paint,
    done: () => `${out.join('\n')}\n`,
  };
}
