import type { Text } from '../kit/index.js';
import type { Block } from './blocks.js';
import { readMark } from './marks.js';
import { isFence } from './markup.js';
import { looksLikeCommand } from './programs.js';
import { parseAnonymousPrompt, parsePrompt } from './prompt.js';
import { isProse } from './sentences.js';
import { isPrompt } from './typed.js';

/** Code between prose is looked for in documents, which are not long. */
const LONGEST = 200_000;

const indentOf = (line: string): number => {
  let width = 0;
  for (const c of line) {
    if (c === ' ') width++;
    else if (c === '\t') width += 4;
    else return width;
  }
  return 0;
};

const isBlank = (line: string): boolean => line.trim() === '';

/** Does a terminal begin here: a prompt, or a command of the field? */
function begins(line: string): boolean {
  const bare = line.trim();
  const prompt = parsePrompt(bare);
  if (prompt && (prompt.host !== undefined || looksLikeCommand(prompt.command))) return true;
  const anonymous = parseAnonymousPrompt(bare);
  return looksLikeCommand(bare) || (anonymous !== undefined && looksLikeCommand(anonymous.command));
}

/** Prose that announces what follows: `Output:`, `.. code-block:: bash`, `The routes::`. */
const announces = (line: string): boolean =>
  /(?::{1,2}|：)\s*$|^\s*\.\. (?:code|sourcecode|literalinclude|parsed-literal)/.test(line);

interface Run {
  readonly from: number;
  readonly to: number;
  /** Its smallest indentation. */
  readonly indent: number;
}

/** Lines of at least `least` columns of indentation from `from` on, blank lines between them included. */
function runFrom(text: Text, from: number, to: number, least: number): Run {
  let end = from;
  let indent = Number.POSITIVE_INFINITY;
  for (let i = from; i < to; i++) {
    const line = text.line(i);
    if (isBlank(line)) continue;
    const width = indentOf(line);
    if (width < least) break;
    indent = Math.min(indent, width);
    end = i + 1;
  }
  return { from, to: end, indent };
}

const toBlock = (text: Text, { from, to, indent }: Run): Block => {
  const first = text.line(from);
  return { from, to, fenced: true, prefix: first.startsWith('\t') ? '\t' : ' '.repeat(indent) };
};

/** Few lines of a document are prose; a log has no other. */
const MOST_PROSE = 5000;

/** Is any line indented or quoted, and not only behind so many that are not? Looks at bytes. */
function someSetOff({ bytes, start }: Text, from: number, to: number): boolean {
  for (let i = from; i < Math.min(to, from + MOST_PROSE); i++) {
    const first = bytes[start(i)];
    if (first === 0x20 || first === 0x09 || first === 0x3e) return true;
  }
  return false;
}

/**
 * Code that indentation sets off from prose, of Markdown (four columns or a tab), reStructuredText (any, below `::`) and MediaWiki (one), in
 * lines `from` to `to`, and terminals that are quoted. Outputs have indented lines themselves: a block begins behind a blank line or an announcement, and with what begins a
 * terminal. A prompt with a host's name at the margin is a session of its own; without fences (`documents` is false) then the whole text is one.
 */
export function codeBlocks(text: Text, from: number, to: number, document: boolean): Block[] {
  if (to - from > LONGEST || !(document || someSetOff(text, from, to))) return [];
  const blocks: Block[] = [];
  let before = '';
  let afterBlank = true;
  for (let i = from; i < to; i++) {
    const line = text.line(i);
    if (isBlank(line)) {
      afterBlank = true;
      continue;
    }
    const width = indentOf(line);
    const quotation = afterBlank || announces(before) ? quotationFrom(text, i, to) : undefined;
    if (quotation) {
      blocks.push(...quotation.blocks);
      i = quotation.end - 1;
    } else if (width === 0) {
      if (!document && (isPrompt(line) || begins(line) || announcesFlush(text, i, to))) return [];
      if (document && (parsePrompt(line)?.host !== undefined || answersBelow(text, i, to))) {
        const session = sessionFrom(text, i, to);
        blocks.push(session);
        i = session.to - 1;
      }
    } else if ((afterBlank || (width < 4 && begins(line))) && isCode(text, i, to, width, before)) {
      const run = runFrom(text, i, to, announces(before) && width < 4 ? width : Math.min(width, 4));
      // A prompt where nothing was typed sets nothing off.
      if (run.to - run.from > 1 || parsePrompt(line.trim())?.command !== '') blocks.push(toBlock(text, run));
      i = run.to - 1;
    }
    before = line;
    afterBlank = false;
  }
  // Indented throughout: one block without prose.
  return blocks;
}

const QUOTED = /^ {0,3}>/;

/** Lines that are quoted up to `end`; whole when somebody typed something in them, else their paragraphs that have no sentence. */
function quotationFrom(text: Text, from: number, to: number): { blocks: readonly Block[]; end: number } | undefined {
  if (!QUOTED.test(text.line(from))) return undefined;
  let end = from;
  let spaced = true;
  let terminal = false;
  for (; end < to && QUOTED.test(text.line(end)); end++) {
    const line = text.line(end).replace(QUOTED, '');
    spaced &&= line === '' || line.startsWith(' ');
    // `> ip route` may be what a shell goes on with; a prompt is sure.
    terminal ||= isPrompt(line.trim()) || (spaced && begins(line));
  }
  const block = { from, to: end, fenced: true, prefix: spaced ? '> ' : '>' };
  if (terminal) return { blocks: end - from > 1 ? [block] : [], end };
  return { blocks: spaced ? withoutSentences(text, block) : [], end };
}

/** What stands between sentences in a quotation, of two lines at least. */
function withoutSentences(text: Text, quotation: Block): Block[] {
  const blocks: Block[] = [];
  let from = quotation.from;
  for (let i = from; i <= quotation.to; i++) {
    if (i < quotation.to && !isProse(text.line(i).replace(QUOTED, '').trim())) continue;
    if (i - from > 1) blocks.push({ ...quotation, from, to: i });
    from = i + 1;
  }
  return blocks;
}

/** `# ip route` or `$ ip route` with its output below, outside of any fence: a heading has a sentence or a fence there. */
function answersBelow(text: Text, i: number, to: number): boolean {
  const typed = parseAnonymousPrompt(text.line(i).trim());
  if (!typed || !looksLikeCommand(typed.command)) return false;
  let next = i + 1;
  while (next < to && isBlank(text.line(next))) next++;
  const line = next < to ? text.line(next).trim() : '';
  return line !== '' && !isFence(line) && !isProse(line) && !/^#{1,6} /.test(line);
}

/** A heading with a command whose output stands at the margin: no prose with code, but headings with outputs. */
function announcesFlush(text: Text, i: number, to: number): boolean {
  if (readMark(text.line(i))?.command === undefined) return false;
  let next = i + 1;
  while (next < to && isBlank(text.line(next))) next++;
  return next < to && indentOf(text.line(next)) === 0;
}

function isCode(text: Text, at: number, to: number, width: number, before: string): boolean {
  const line = text.line(at);
  if (begins(line)) return true;
  if (width < 4 && !announces(before)) return false;
  if (before === '') return false;
  return announces(before) || readMark(before)?.command !== undefined || begins(text.line(Math.min(at + 1, to - 1)));
}

/** A session with host names that stands between fences without one; it ends where a heading or a sentence begins. */
function sessionFrom(text: Text, from: number, to: number): Block {
  let end = from + 1;
  for (let i = from + 1; i < to; i++) {
    const line = text.line(i);
    if (/^#{1,6} [A-Z\p{L}][^#]*$/u.test(line) && !parsePrompt(line)) break;
    if (isBlank(text.line(i - 1)) && /^[A-Z][a-z]+(?: [\w'`,/()-]+){3,}[.:!?]?$/.test(line)) break;
    if (!isBlank(line)) end = i + 1;
  }
  return { from, to: end, fenced: false, prefix: '' };
}
