import type { PlaceHint, Text } from '../kit/index.js';
import { type Block, isFence, plainBlocks, splitBlocks } from './blocks.js';
import { looksLikeCommand } from './programs.js';
import { parseAnonymousPrompt, parsePrompt } from './prompt.js';
import { afterCommand, type Session, stillOpen, whereIn } from './sessions.js';
import { type CommandLine, parseCommandLine, type Wrapper } from './shell.js';

/** One command of a transcript and the lines of its output. */
export interface Segment {
  /** As typed, without the prompt; undefined for output without a command line. */
  readonly commandLine?: string;
  /** Line index of the command. */
  readonly commandAt?: number;
  readonly command?: CommandLine;
  /** Host of the prompt, or of the ssh session that is open. */
  readonly host?: string;
  /** What a collector's header says of the place. */
  readonly hint?: PlaceHint;
  /** Of the shell that is open, then of the command itself. */
  readonly wrappers: readonly Wrapper[];
  /** Lines of output, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  /** Index of the pasted block. */
  readonly block: number;
  readonly fenced: boolean;
}

interface Typed {
  readonly at: number;
  readonly command: string;
  readonly host?: string;
  /** `host NAME`, or the shape of a prompt without a name. */
  readonly who: string;
}

interface BlockCommands {
  readonly block: Block;
  readonly typed: readonly Typed[];
}

const quoted = (line: string): string => line.replace(/^[ \t]{0,8}(?=[[\w(➜$#%/])/, '');

/** Prompts with a host name or an unmistakable shape; `$ cmd` and `# cmd` when the command is known. */
function prompts(text: Text, block: Block): Typed[] {
  const out: Typed[] = [];
  for (let i = block.from; i < block.to; i++) {
    const line = block.fenced ? quoted(text.line(i)) : text.line(i);
    const prompt = parsePrompt(line);
    if (prompt) {
      out.push({ at: i, ...prompt, who: prompt.host === undefined ? 'shell' : `host ${prompt.host}` });
      continue;
    }
    const anonymous = parseAnonymousPrompt(line);
    if (anonymous && looksLikeCommand(anonymous.command))
      out.push({ at: i, command: anonymous.command, who: line.charAt(0) });
  }
  return out;
}

/** Commands typed into a fence without any prompt. */
function bareCommands(text: Text, block: Block): Typed[] {
  if (!block.fenced) return [];
  const out: Typed[] = [];
  for (let i = block.from; i < block.to; i++) {
    const line = text.line(i).trimEnd();
    if (looksLikeCommand(line)) out.push({ at: i, command: line, who: 'bare' });
  }
  return out;
}

/** Joins a command that a trailing backslash continues; returns the index behind its last line. */
function continued(text: Text, typed: Typed, to: number): { command: string; end: number } {
  let { command } = typed;
  let end = typed.at + 1;
  while (command.endsWith('\\') && end < to && end - typed.at < 20)
    command = `${command.slice(0, -1)} ${text.line(end++).trim().replace(/^> /, '')}`;
  return { command, end };
}

const blank = (text: Text, from: number, to: number): boolean => {
  for (let i = from; i < to; i++) if (text.line(i).trim() !== '') return false;
  return true;
};

/** Commands of each block. Tutorials mix `$ cmd` and bare commands in one fence; a prompt with a host name is a real session. */
function commandsOf(text: Text, block: Block): BlockCommands {
  const typed = prompts(text, block);
  const named = typed.some((t) => t.host !== undefined);
  return { block, typed: named ? typed : [...typed, ...bareCommands(text, block)].sort((a, b) => a.at - b.at) };
}

const EXIT = /^(?:exit|logout)\b/;

export interface Transcript {
  /** The text that segments count lines of: as it stood in the terminal. */
  readonly text: Text;
  readonly segments: readonly Segment[];
}

/** Commands and outputs of a pasted text, in order. Lines outside fences of a Markdown text are prose and in no segment. */
export function splitTranscript(pasted: Text): Transcript {
  const split = splitBlocks(pasted);
  const text = plainBlocks(pasted, split);
  const blocks = split.map((block) => commandsOf(text, block));
  const lastExit = blocks.flatMap((b) => b.typed).findLast((t) => EXIT.test(t.command))?.at ?? -1;
  let open: readonly Session[] = [];
  const segments: Segment[] = [];
  for (const [index, { block, typed }] of blocks.entries()) {
    const first = typed[0]?.at ?? block.to;
    if (!blank(text, block.from, first)) segments.push(leading(text, segments, block, index, first));
    for (const [n, one] of typed.entries()) {
      const { command: commandLine, end } = continued(text, one, block.to);
      const command = parseCommandLine(commandLine);
      open = stillOpen(open, one.who, one.at < lastExit);
      const where = whereIn(open, one.host);
      open = afterCommand(open, command, one.who);
      segments.push({
        commandLine,
        commandAt: one.at,
        ...(command && { command }),
        ...(where.host !== undefined && { host: where.host }),
        wrappers: [...where.wrappers, ...(command?.wrappers ?? [])],
        from: end,
        to: Math.max(end, typed[n + 1]?.at ?? block.to),
        block: index,
        fenced: block.fenced,
      });
    }
  }
  return { text, segments };
}

/**
 * Lines before a block's first command: output whose command stands alone in the block before (documents like to put command
 * and output into two fences), or output without any command line.
 */
function leading(text: Text, segments: Segment[], block: Block, index: number, to: number): Segment {
  const before = segments.at(-1);
  if (
    block.fenced &&
    before?.fenced &&
    before.block === index - 1 &&
    before.commandLine !== undefined &&
    blank(text, before.from, before.to)
  ) {
    segments.pop();
    return { ...before, from: block.from, to };
  }
  return { from: block.from, to, block: index, fenced: block.fenced, wrappers: [] };
}

/** Is there a prompt? Looks no further than `lines`. */
export function hasPrompt(text: Text, lines: number): boolean {
  const to = Math.min(lines, text.count);
  for (let i = 0; i < to; i++) {
    const line = text.line(i);
    const prompt = parsePrompt(line);
    if (prompt && (prompt.command !== '' || prompt.host !== undefined)) return true;
    const anonymous = parseAnonymousPrompt(line);
    if (anonymous && looksLikeCommand(anonymous.command)) return true;
  }
  return false;
}

/** Is there a prompt or a fence at all? */
export function looksLikeTranscript(text: Text): boolean {
  for (let i = 0; i < text.count; i++) if (isFence(text.line(i))) return true;
  return hasPrompt(text, text.count);
}
