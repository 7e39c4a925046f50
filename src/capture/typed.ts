import type { Text } from '../kit/index.js';
import type { Block } from './blocks.js';
import { isBlankLine, isRuler, mayBeCommand, mayBePrompt } from './bytes.js';
import { looksLikeCommand, printsCommands, readsFiles } from './programs.js';
import { isPromptModules, parseAnonymousPrompt, parsePrompt, parsePromptHead, parsePromptTail } from './prompt.js';
import { isProse } from './sentences.js';

/** A command as it stands in a block. */
export interface Typed {
  readonly at: number;
  /** Where its prompt begins: a line before, for prompts of two lines. */
  readonly from: number;
  readonly command: string;
  readonly host?: string;
  /** `host NAME`, or the shape of a prompt without a name. */
  readonly who: string;
  /** Machine that the line itself names without being its prompt: the header of `watch`. */
  readonly machine?: string;
}

/** A line of a fence may be indented more than the fence; what begins a prompt tells. */
const quoted = (line: string): string => line.replace(/^[ \t]{0,8}(?=[[\w(➜$#%/])/, '');

/** A prompt of its full form is one, whatever blanks a document put before it. */
const shifted = (line: string): string =>
  line.replace(/^ {1,3}(?=\[[\w.-]{1,64}@[\w.-]{1,100} [^\]]{1,200}\][#$](?: |$))/, '');

/** Some quote the commands alone, and not what they print: `> root@node-1:~# ip route`. */
const unquoted = (line: string): string => line.replace(/^> (?=\[?[\w.-]{1,64}@[\w.-])/, '');

/** `Every 2.0s: ip route      node-1: Thu Jan 23 17:26:05 2020` (watch.c of procps) */
const WATCH = /^Every \d+(?:[.,]\d+)?s: (.{1,300}?)(?:\s{2,}([\w.-]{1,100}): .{10,40})?$/;

/** These shapes begin no output: once one of them is proven a prompt by a known command, each is. */
const PROMPTS_ONLY = /^(?:\$>?|%>?|[❯»λ▶]|\++) \S/;

/** Prompts with a host name or an unmistakable shape; `$ cmd` and `# cmd` when the command is known. */
function prompts(text: Text, block: Block): Typed[] {
  const out: Typed[] = [];
  const lone: Typed[] = [];
  const proven = new Set<string>();
  for (let i = block.from; i < block.to; i++) {
    if (!mayBePrompt(text, i)) continue;
    const raw = text.line(i);
    const line = unquoted(block.fenced ? quoted(raw) : shifted(raw));
    const tail = i > block.from && out.at(-1)?.at !== i - 1 ? parsePromptTail(line) : undefined;
    // The first line of a prompt of two.
    const head = tail === undefined ? undefined : promptHead(text.line(i - 1), line);
    if (tail !== undefined && head !== undefined && (head !== '' || looksLikeCommand(tail))) {
      out.push({
        at: i,
        from: i - 1,
        command: tail,
        ...(head !== '' && { host: head }),
        who: head === '' ? 'shell' : `host ${head}`,
      });
      continue;
    }
    const found = promptAt(line, i, proven);
    if (found) out.push(found);
    else if (line.length < 4 && proven.has(line.trimEnd()) && mayBeLone(line.trimEnd(), out.at(-1)))
      lone.push({ at: i, from: i, command: '', who: line.trimEnd() });
  }
  return lone.length === 0 ? out : withLonePrompts(text, block, out, lone);
}

const promptHead = (above: string, line: string): string | undefined =>
  parsePromptHead(above) ?? (isPromptModules(above, line) ? '' : undefined);

/** A prompt behind which nothing was typed; files that the command before shows have lines of `#` too. */
const mayBeLone = (who: string, before: Typed | undefined): boolean =>
  before?.who === who && (who === '$' || !readsFiles(programIn(before.command)));

/** Lines of `#` alone are prompts only above another one and at the end. */
function withLonePrompts(text: Text, block: Block, typed: readonly Typed[], lone: readonly Typed[]): Typed[] {
  const begins = new Set([...typed, ...lone].map((t) => t.from));
  const followed = (i: number): boolean => {
    let next = i + 1;
    while (next < block.to && isBlankLine(text, next)) next++;
    return next >= block.to || begins.has(next);
  };
  const real = lone.filter((t) => t.who === '$' || followed(t.at));
  return [...typed, ...real].sort((x, y) => x.at - y.at);
}

function promptAt(line: string, i: number, proven: Set<string>): Typed | undefined {
  const prompt = parsePrompt(line);
  if (prompt) return { at: i, from: i, ...prompt, who: prompt.host === undefined ? 'shell' : `host ${prompt.host}` };
  const who = line.charAt(0);
  const anonymous = parseAnonymousPrompt(line);
  if (anonymous) {
    const known = looksLikeCommand(anonymous.command);
    if (known) proven.add(who);
    else if (!proven.has(who) || !PROMPTS_ONLY.test(line)) return undefined;
    return { at: i, from: i, command: anonymous.command, who };
  }
  const watch = line.startsWith('Every ') ? WATCH.exec(line) : null;
  if (!watch) return undefined;
  const machine = watch[2];
  return { at: i, from: i, command: (watch[1] ?? '').trim(), who: 'watch', ...(machine !== undefined && { machine }) };
}

/** Words behind what begins like a command make a sentence of it. */
const SENTENCE =
  /[.!?]$|\s(?:the|is|are|shows|that|this|and then|because|should|which|was|were|not|will|can|to|a|an|of)\s/;

/** The program that a command begins with. */
const programIn = (command: string): string => command.replace(/^sudo /, '').split(/\s/, 1)[0] ?? '';

/**
 * Commands typed into a fence, or behind a blank line of a plain text, without any prompt. Who leaves a blank line between command and output
 * may leave none above the next command: of a program that was typed so before it is one. A text that begins with a command is what a
 * script echoed, and has no blank lines at all; there each command counts, unless what runs may print commands itself.
 */
function bareCommands(text: Text, block: Block): Typed[] {
  const out: Typed[] = [];
  const spaced = new Set<string>();
  let after = true;
  let begun = false;
  let echoed = false;
  for (let i = block.from; i < block.to; i++) {
    const below = !block.fenced && i + 1 < block.to && isBlankLine(text, i + 1);
    const line: string = mayBeCommand(text, i) ? text.line(i).trimEnd() : '';
    // A sentence announces the command below it.
    const announced = (): boolean => i > block.from && isProse(text.line(i - 1));
    const typed: boolean =
      line !== '' &&
      looksLikeCommand(line) &&
      (block.fenced ||
        (!SENTENCE.test(line) &&
          line.length < 300 &&
          (after || echoed || (below && spaced.has(programIn(line))) || announced())));
    if (typed) out.push({ at: i, from: i, command: line, who: 'bare' });
    if (typed && below && !readsFiles(programIn(line))) spaced.add(programIn(line));
    if (typed) echoed = (echoed || (!begun && !below)) && !printsCommands(programIn(line), line);
    begun ||= !isBlankLine(text, i);
    after = typed || isRuler(text, i) || isBlankLine(text, i);
  }
  return out;
}

/**
 * Commands of each block. Tutorials mix `$ cmd` and bare commands in one fence; a prompt with a host name is a real session, of which only
 * the first line may have been copied from behind its prompt.
 */
export function commandsOf(text: Text, block: Block): readonly Typed[] {
  const typed = prompts(text, block);
  const session = typed.some((t) => t.host !== undefined);
  const bare = bareCommands(text, block).filter((b) => !session || isFirst(text, block, b.at));
  return [...typed, ...bare].sort((a, b) => a.at - b.at);
}

/** Does nothing stand before that line of the block? */
function isFirst(text: Text, block: Block, at: number): boolean {
  for (let i = block.from; i < at; i++) if (!isBlankLine(text, i)) return false;
  return true;
}

/** Joins a command that a trailing backslash continues; returns the index behind its last line. */
export function continued(text: Text, typed: Typed, to: number): { command: string; end: number } {
  let { command } = typed;
  let end = typed.at + 1;
  while (command.endsWith('\\') && end < to && end - typed.at < 20)
    command = `${command.slice(0, -1)} ${text.line(end++).trim().replace(/^> /, '')}`;
  return { command, end };
}

/** Is the line a prompt that cannot be anything else, or one with a known command? */
export function isPrompt(line: string): boolean {
  const prompt = parsePrompt(line);
  if (prompt) return prompt.command !== '' || prompt.host !== undefined;
  const typed = parseAnonymousPrompt(line)?.command ?? parsePromptTail(line);
  return (typed !== undefined && looksLikeCommand(typed)) || (line.startsWith('Every ') && WATCH.test(line));
}

/** Is there a prompt? Looks no further than `lines`. */
export function hasPrompt(text: Text, lines: number): boolean {
  const to = Math.min(lines, text.count);
  for (let i = 0; i < to; i++) if (isPrompt(text.line(i))) return true;
  return false;
}

/** Prompts that a shell printed; without one, the next command says nothing of the end of the one before. */
export const isSameShell = (one: Typed, next: Typed | undefined): boolean =>
  next !== undefined && one.who === next.who && one.who !== 'bare' && one.who !== 'watch';
