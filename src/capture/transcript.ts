import type { PlaceHint, Text } from '../kit/index.js';
import { type Block, plainBlocks, splitBlocks } from './blocks.js';
import { edited, inPlace } from './edited.js';
import { framedLines } from './framed.js';
import { gutterLines } from './gutter.js';
import { withoutInlineCode } from './inline-code.js';
import { dedent, uncomment, uncommentLines, unindent } from './margins.js';
import { blank, type Piece, piecesOf } from './pieces.js';
import { beforeRemark, proseBefore } from './prose.js';
import { afterCommand, type Session, stillOpen, whereIn } from './sessions.js';
import { type CommandLine, parseCommandLine, type Wrapper } from './shell.js';
import { commandsOf, continued, isSameShell, type Typed } from './typed.js';
import { withoutDresses } from './undress.js';

/** One command of a transcript and the lines of its output. */
export interface Segment {
  /** As typed, without the prompt; undefined for output without a command line. */
  readonly commandLine?: string;
  /** Line index of the command. */
  readonly commandAt?: number;
  readonly command?: CommandLine;
  /** The command stands in prose, or without a prompt: content must agree with it. */
  readonly loose?: true;
  /** Host of the prompt, of the ssh session that is open, or of the heading that names it. */
  readonly host?: string;
  /** A heading that speaks of a machine without a name: captures behind equal ones are of one machine. */
  readonly machine?: string;
  /** What a collector's header says of the place. */
  readonly hint?: PlaceHint;
  /** Of the shell that is open, then of the command itself. */
  readonly wrappers: readonly Wrapper[];
  /** Lines of output, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  /** The output, where other machines' lines stand between its own. */
  readonly own?: Text;
  /** The same shell's next prompt stands behind it: what it printed, errors too, is all here. */
  readonly prompted?: true;
  /** Another command stands behind it in the same block: its last paragraph may announce that one. */
  readonly followed?: true;
  /** Index of the pasted block. */
  readonly block: number;
  readonly fenced: boolean;
}

export interface Transcript {
  /** The text that segments count lines of: as it stood in the terminal. */
  readonly text: Text;
  readonly segments: readonly Segment[];
  /** What stands outside of the fences. */
  readonly prose: readonly Segment[];
}

/** A machine that a heading or comment announced; `level` is that of a Markdown heading. */
export interface Machine {
  readonly host: string;
  readonly key: string;
  readonly level?: number;
}

/** The pending command of the prose before a block. */
interface Announced {
  readonly command: string;
  readonly at: number;
}

interface State {
  readonly text: Text;
  readonly changed: Map<number, string>;
  readonly segments: Segment[];
  readonly prose: Segment[];
  open: readonly Session[];
  machine: Machine | undefined;
  /** Outputs that the document showed as comments. */
  commented: number;
  /** Outputs of files before the first of those: whether their comments are the file's own is not known yet. */
  readonly files: { readonly from: number; readonly to: number }[];
  readonly lastExit: number;
}

const EXIT = /^(?:exit|logout)\b/;

/** Commands and outputs of a pasted text, in order; lines outside fences of a Markdown text are prose. */
export function splitTranscript(whole: Text): Transcript {
  const pasted = plainText(whole);
  const split = splitBlocks(pasted);
  const text = plainBlocks(pasted, split);
  const blocks = split.map((block) => ({ block, typed: commandsOf(text, block) }));
  const state: State = {
    text,
    changed: new Map(),
    segments: [],
    prose: [],
    open: [],
    machine: undefined,
    commented: 0,
    files: [],
    lastExit: blocks.flatMap((b) => b.typed).findLast((t) => EXIT.test(t.command))?.at ?? -1,
  };
  let behind = 0;
  for (const [index, { block, typed }] of blocks.entries()) {
    betweenBlocks(state, index, behind, block.from);
    const announced = announce(state, behind, block);
    behind = block.to;
    const first = typed[0]?.from ?? block.to;
    if (!blank(text, block.from, first)) leading(state, block, index, first, announced);
    for (const [n, one] of typed.entries()) typedSegments(state, block, index, one, typed[n + 1]);
  }
  betweenBlocks(state, blocks.length, behind, text.count);
  if (state.commented > 0) for (const { from, to } of state.files) uncommentLines(state, from, to);
  return {
    text: edited(text, state.changed),
    segments: state.segments,
    prose: state.prose,
  };
}

/** The text without what every line of it wears; its fences are behind that. */
function plainText(text: Text): Text {
  const lines = withoutDresses(text, 0, text.count, undefined);
  const plain = withoutInlineCode(lines ? inPlace(text, lines) : text);
  return edited(edited(plain, gutterLines(plain)), framedLines(plain));
}

/** Prose longer than this is no comment between two outputs. */
const LONGEST_PROSE = 20_000;

/** Outputs that nobody put into a fence: of the machine that was spoken of last, or that a heading above them names. */
function betweenBlocks({ text, prose, machine }: State, block: number, from: number, to: number): void {
  if (to - from < 2 || to - from > LONGEST_PROSE || blank(text, from, to)) return;
  let now = machine;
  for (const piece of piecesOf(text, { from, to, command: undefined, who: '' })) {
    if (piece.machine) now = { host: piece.machine.host ?? '', key: piece.machine.key ?? '' };
    if (piece.own || piece.changed || blank(text, piece.from, piece.to)) continue;
    const source = piece.command === undefined ? {} : sourceOf(piece.command, piece.at ?? piece.from, true);
    const stretch = { source, where: { wrappers: [] } };
    prose.push(segmentOf(now, stretch, piece, { block: -1 - block, fenced: false }));
  }
}

/** What the prose between two blocks says of the second. */
function announce(state: State, from: number, block: Block): Announced | undefined {
  if (block.from <= from) return undefined;
  const said = proseBefore(state.text, from, block.from, state.machine);
  if (said.machine !== state.machine) turnTo(state, said.machine);
  return said.command;
}

/** Another machine: shells that nobody left are on the one before. */
function turnTo(state: State, machine: Machine | undefined): void {
  state.machine = machine;
  state.open = [];
}

type Source = Pick<Segment, 'commandLine' | 'commandAt' | 'command' | 'loose'>;

const sourceOf = (commandLine: string, at: number, loose: boolean): Source => {
  const command = parseCommandLine(commandLine);
  return { commandLine, commandAt: at, ...(command && { command }), ...(loose && { loose }) };
};

/**
 * Lines before a block's first command: output whose command stands alone in the block before (documents like to put command
 * and output into two fences), or in the prose above it, or output without any command line.
 */
function leading(state: State, block: Block, index: number, to: number, announced: Announced | undefined): void {
  const { segments, text } = state;
  const before = segments.at(-1);
  if (
    announced === undefined &&
    block.fenced &&
    before?.fenced &&
    before.block === index - 1 &&
    before.commandLine !== undefined &&
    blank(text, before.from, before.to)
  ) {
    segments.pop();
    uncomment(state, before.command, block.from, to);
    segments.push({ ...before, from: block.from, to });
    return;
  }
  const source = announced ? sourceOf(announced.command, announced.at, true) : {};
  addPieces(state, { source, block, index, from: block.from, to, who: '', where: { wrappers: [] } });
}

function typedSegments(state: State, block: Block, index: number, one: Typed, following: Typed | undefined): void {
  const next = following?.from ?? block.to;
  const { command: commandLine, end: below } = continued(state.text, one, block.to);
  const end = below < next && isEcho(state.text.line(below), one, commandLine) ? below + 1 : below;
  const loose = one.who === 'bare' && !block.fenced;
  const source = sourceOf(commandLine, one.at, loose);
  if (one.machine) turnTo(state, { host: one.machine, key: one.machine });
  state.open = stillOpen(state.open, one.who, one.at < state.lastExit);
  const where = whereIn(state.open, one.host);
  state.open = afterCommand(state.open, source.command, one.who);
  const prompted = isSameShell(one, following);
  addPieces(state, { source, block, index, from: end, to: Math.max(end, next), who: one.who, where, prompted });
}

/** What was sent to a shell without a terminal is repeated by the sender's own. */
const isEcho = (line: string, { who }: Typed, command: string): boolean =>
  who !== 'bare' && who !== 'watch' && /\s/.test(command) && line.trim() === command.trim();

interface Stretch {
  readonly source: Source;
  readonly block: Block;
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly who: string;
  readonly prompted?: boolean;
  readonly followed?: boolean;
  readonly where: { readonly host?: string; readonly wrappers: readonly Wrapper[] };
}

/** One output, or several where headings, rulers or prefixes within it tell them apart. */
function addPieces(state: State, stretch: Stretch): void {
  const { source, block, index, from, to, who, where } = stretch;
  const before = state.machine;
  const last = to < block.to ? beforeRemark(state.text, from, to) : to;
  const pieces = piecesOf(state.text, { from, to, command: source.command, who, fenced: block.fenced }).map((p) =>
    p.to === to && !p.own ? { ...p, to: Math.max(p.from, last) } : p,
  );
  for (const piece of pieces) {
    if (piece.machine) {
      const { host = '', key = host } = piece.machine;
      turnTo(state, { host, key });
    }
    for (const [i, line] of piece.changed ?? []) state.changed.set(i, line);
    unindent(state, source.command, piece);
    if (!piece.own) dedent(state, piece.at ?? source.commandAt, piece);
    const own = piece.command === undefined ? source : sourceOf(piece.command, piece.at ?? piece.from, true);
    if (own.commandLine === undefined && blank(state.text, piece.from, piece.to)) continue;
    uncomment(state, own.command, piece.from, piece.to);
    state.segments.push(
      segmentOf(state.machine, { ...stretch, source: own, followed: piece.to === last && to < block.to }, piece, {
        block: index,
        fenced: block.fenced,
      }),
    );
  }
  // What a loop printed of other machines says nothing of where the next command is typed.
  if (where.host !== undefined || source.command?.wrappers.some((w) => w.kind === 'hosts')) state.machine = before;
}

function segmentOf(
  machine: Machine | undefined,
  { source, where, prompted, followed }: Pick<Stretch, 'source' | 'where' | 'prompted' | 'followed'>,
  piece: Piece,
  place: Pick<Segment, 'block' | 'fenced'>,
): Segment {
  const own = source.command?.wrappers ?? [];
  const many = own.some((w) => w.kind === 'hosts');
  // A heading within the output of a command for many machines tells whose it is; else the prompt knows best.
  const told = machine && (many || where.host === undefined || piece.machine) ? machine : undefined;
  const pod = told?.host.startsWith('pod/') ? told.host.slice(4) : undefined;
  const wrappers = [...where.wrappers, ...own].flatMap((w): readonly Wrapper[] => {
    if (w.kind === 'hosts') return told ? [] : [w];
    return w.kind === 'pod' && pod !== undefined ? [{ ...w, name: pod }] : [w];
  });
  const host = told && pod === undefined ? told.host : where.host;
  return {
    ...source,
    ...(host !== undefined && host !== '' && { host }),
    ...(told && told.host === '' && { machine: told.key }),
    wrappers,
    from: piece.from,
    to: piece.to,
    ...(piece.own && { own: piece.own }),
    ...(prompted && { prompted }),
    ...(followed && { followed }),
    ...place,
  };
}
