import type { Text } from '../kit/index.js';

/** A stretch of lines that was pasted in one go: the inside of a Markdown fence, or a whole file without fences. */
export interface Block {
  /** Line indexes, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  readonly fenced: boolean;
}

const FENCE = /^[ \t>]{0,12}(`{3,}|~{3,})(.*)$/;

/** A byte search, so that a 100 MB log is not decoded line by line to learn that it is no Markdown. */
function hasFence(text: Text): boolean {
  const { bytes } = text;
  for (const mark of [0x60, 0x7e])
    for (let i = bytes.indexOf(mark); i !== -1; i = bytes.indexOf(mark, i + 1))
      if (bytes[i + 1] === mark && bytes[i + 2] === mark) return true;
  return false;
}

/**
 * Fences of a Markdown text. A text whose opening line carries output behind the backticks (a common slip) keeps that line
 * in the block. An unclosed fence ends with the text.
 */
export function splitBlocks(text: Text): readonly Block[] {
  if (!hasFence(text)) return [{ from: 0, to: text.count, fenced: false }];
  const blocks: Block[] = [];
  let open: { from: number; mark: string } | undefined;
  for (let i = 0; i < text.count; i++) {
    const match = FENCE.exec(text.line(i));
    if (!match) continue;
    const mark = match[1] ?? '';
    const info = (match[2] ?? '').trim();
    if (!open) open = { from: /^[\w+#.{}=:-]*$/.test(info) ? i + 1 : i, mark };
    else if (mark.charAt(0) === open.mark.charAt(0) && mark.length >= open.mark.length && info.replace(/[`~]+$/, '') === '') {
      blocks.push({ from: open.from, to: i, fenced: true });
      open = undefined;
    }
  }
  if (open) blocks.push({ from: open.from, to: text.count, fenced: true });
  return blocks.length > 0 ? blocks : [{ from: 0, to: text.count, fenced: false }];
}
