import { type Text, textOf } from '../kit/index.js';

/** A stretch of lines that was pasted in one go: the inside of a Markdown fence, or a whole file without fences. */
export interface Block {
  /** Line indexes, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  readonly fenced: boolean;
  /** What stands before the fence itself: a list's indentation, a quotation's `> `. Its lines carry the same. */
  readonly prefix: string;
}

const FENCE = /^([ \t>]{0,12})(`{3,}|~{3,})(.*)$/;

export const isFence = (line: string): boolean => {
  const match = FENCE.exec(line);
  // Backticks behind backticks are code within a line (CommonMark, fenced code blocks).
  return match !== null && !(match[2]?.startsWith('`') && (match[3] ?? '').includes('`'));
};

/** A byte search, so that a 100 MB log is not decoded line by line to learn that it is no Markdown. */
function hasFence(text: Text): boolean {
  const { bytes } = text;
  const end = text.start(text.count);
  for (const mark of [0x60, 0x7e])
    for (let i = bytes.indexOf(mark, text.start(0)); i !== -1 && i < end; i = bytes.indexOf(mark, i + 1))
      if (bytes[i + 1] === mark && bytes[i + 2] === mark) return true;
  return false;
}

/**
 * Fences of a Markdown text. A text whose opening line carries output behind the backticks (a common slip) keeps that line
 * in the block. An unclosed fence ends with the text.
 */
export function splitBlocks(text: Text): readonly Block[] {
  const whole: Block = { from: 0, to: text.count, fenced: false, prefix: '' };
  if (!hasFence(text)) return [whole];
  const blocks: Block[] = [];
  let open: { from: number; mark: string; prefix: string } | undefined;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    const match = isFence(line) ? FENCE.exec(line) : null;
    if (!match) continue;
    const mark = match[2] ?? '';
    const info = (match[3] ?? '').trim();
    if (!open) open = { from: /^[\w+#.{}=:-]*$/.test(info) ? i + 1 : i, mark, prefix: match[1] ?? '' };
    else if (mark.charAt(0) === open.mark.charAt(0) && mark.length >= open.mark.length && info === '') {
      blocks.push({ from: open.from, to: i, fenced: true, prefix: open.prefix });
      open = undefined;
    }
  }
  if (open) blocks.push({ from: open.from, to: text.count, fenced: true, prefix: open.prefix });
  return blocks.length > 0 ? blocks : [whole];
}

/** Drops up to the fence's own indentation, and its quotation marks, from one line. */
function withoutPrefix(line: string, prefix: string): string {
  let i = 0;
  while (
    i < prefix.length &&
    i < line.length &&
    (line[i] === ' ' || line[i] === '\t' || (line[i] === '>' && prefix.includes('>')))
  )
    i++;
  return line.slice(i);
}

/**
 * The text with each block as it stood in the terminal: no indentation of a list, no `> `, no fence before a block's first output.
 * Lines keep their numbers. Parsers tell entries from their details by indentation, so it must be the command's own.
 */
export function plainBlocks(text: Text, blocks: readonly Block[]): Text {
  const slips = (b: Block) => b.fenced && isFence(text.line(b.from));
  if (!blocks.some((b) => b.fenced && (b.prefix !== '' || slips(b)))) return text;
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(text.line(i));
  for (const block of blocks) {
    if (!block.fenced) continue;
    const slip = slips(block);
    for (let i = block.from; i < block.to; i++) lines[i] = withoutPrefix(lines[i] ?? '', block.prefix);
    if (slip) lines[block.from] = (lines[block.from] ?? '').replace(/^[`~]+/, '');
  }
  return textOf(new TextEncoder().encode(`${lines.join('\n')}\n`));
}
