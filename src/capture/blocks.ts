import type { Text } from '../kit/index.js';
import { edited } from './edited.js';
import { codeBlocks } from './indented.js';
import { type Closer, closingAt, MAYBE_MARKUP, openingAt } from './markup.js';
import { undress } from './undress.js';

/** A stretch of lines that was pasted in one go: the inside of a fence of any markup, or a whole file without fences. */
export interface Block {
  /** Line indexes, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  readonly fenced: boolean;
  /** What stands before the fence itself: a list's indentation, a quotation's `> `. Its lines carry the same. */
  readonly prefix: string;
  /** Characters of the first line that belong to the markup: "```root@a:~# ip r". */
  readonly opening?: number;
  /** Where the markup begins in the last line: "10.0.0.0/8 dev eth0```". */
  readonly closing?: number;
}

export { isFence } from './markup.js';

/**
 * Lines that may open or close a fence, found by their first or last bytes, so that a 100 MB log is not decoded line by line to learn that it
 * is no Markdown.
 */
function* markupLines(text: Text): Generator<number> {
  const { bytes } = text;
  for (let i = 0; i < text.count; i++) {
    let at = text.start(i);
    const next = text.start(i + 1);
    // A last line may be open.
    const end = bytes[next - 1] === 0x0a ? next - 1 : next;
    for (let n = 0; n < 16 && (bytes[at] === 0x20 || bytes[at] === 9 || bytes[at] === 0x3e); n++) at++;
    const first = bytes[at] as number;
    const last = bytes[end - 1] as number;
    if (at < end && (MAYBE_MARKUP.has(first) || last === 0x60 || last === 0x3e || last === 0x7d || last === 0x5d))
      yield i;
  }
}

/** So much of a line is looked at for markup. */
const LONGEST = 4096;

interface Open {
  readonly from: number;
  readonly prefix: string;
  readonly opening: number;
  readonly close: Closer;
}

function explicitBlocks(text: Text): Block[] {
  const blocks: Block[] = [];
  let open: Open | undefined;
  const close = (to: number, closing?: number): void => {
    if (!open) return;
    const { from, prefix, opening } = open;
    blocks.push({
      from,
      to,
      fenced: true,
      prefix,
      ...(opening > 0 && { opening }),
      ...(closing !== undefined && { closing }),
    });
    open = undefined;
  };
  for (const i of markupLines(text)) {
    const whole = text.line(i);
    // A line of JSON may be long; its markup stands at its ends.
    const line = whole.slice(0, LONGEST);
    if (open) {
      const cut = Math.max(0, whole.length - LONGEST);
      const end = closingAt(whole.slice(cut), open.close);
      const at = end === undefined ? undefined : end + cut;
      if (at === undefined) continue;
      if (i === open.from && at <= open.opening) open = undefined;
      else close(at === 0 ? i : i + 1, at === 0 ? undefined : at);
      continue;
    }
    const found = openingAt(line, i > 0 ? text.line(i - 1) : '');
    if (!found) continue;
    const { prefix, opening } = found;
    open = { from: opening > 0 ? i : i + 1, prefix, opening, close: found.close };
    const cut = Math.max(opening, whole.length - LONGEST);
    const inside = opening > 0 ? closingAt(whole.slice(cut), found.close) : undefined;
    if (inside !== undefined) close(i + 1, cut + inside);
  }
  close(text.count);
  return blocks;
}

/**
 * Fences of a text in Markdown or another markup, and code that is set off by indentation. An unclosed fence ends with the text; a text
 * without any is one block.
 */
export function splitBlocks(text: Text): readonly Block[] {
  const fences = explicitBlocks(text);
  const blocks: Block[] = [];
  let next = 0;
  for (const fence of fences) {
    blocks.push(...codeBlocks(text, next, fence.from, true), fence);
    next = fence.to;
  }
  blocks.push(...codeBlocks(text, next, text.count, fences.length > 0));
  return blocks.length > 0 ? blocks : [{ from: 0, to: text.count, fenced: false, prefix: '' }];
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

/** Lines of a block without its markup; undefined when nothing of it is in them. */
function withoutMarkup(text: Text, block: Block): string[] | undefined {
  const { prefix, opening, closing } = block;
  if (prefix === '' && opening === undefined && closing === undefined) return undefined;
  const lines: string[] = [];
  for (let i = block.from; i < block.to; i++) {
    const whole = text.line(i);
    const ends = closing !== undefined && i === block.to - 1 ? whole.slice(0, closing) : whole;
    lines.push(opening !== undefined && i === block.from ? ends.slice(opening) : withoutPrefix(ends, prefix));
  }
  return lines;
}

/**
 * The text with each block as it stood in the terminal: no indentation of a list, no `> `, no fence before a block's first output, no
 * line numbers, no `&lt;`. Lines keep their numbers. Parsers tell entries from their details by indentation, so it must be the command's own.
 */
export function plainBlocks(text: Text, blocks: readonly Block[]): Text {
  const changed = new Map<number, string>();
  for (const block of blocks) {
    const bare = withoutMarkup(text, block);
    const plain = undress(text, block.from, block.to, bare) ?? bare;
    if (plain) for (let i = block.from; i < block.to; i++) changed.set(i, plain[i - block.from] ?? '');
  }
  return edited(text, changed);
}
