import type { Capture, Text, VirtualFile } from '../kit/index.js';
import { withoutArrows } from './annotated.js';
import { isChatter } from './chatter.js';
import { outOfComments } from './commented.js';
import { decodeText } from './decode.js';
import { type Lines, withoutHereDocuments } from './here-documents.js';
import { withoutLazyQuotes } from './lazy-quotes.js';
import { isFence } from './markup.js';
import { mended } from './mended.js';
import { looksPasted, readsMore } from './pasted.js';
import { isMisled, type Job, NO_PARSER, type Piece, read, sizeOf, type Unrecognised, unread } from './piece.js';
import { readPlays } from './plays/read.js';
import { silentOutputs } from './quiet.js';
import {
  type AnyParser,
  claimOf,
  headOf,
  type Recognised,
  recogniseFile,
  recogniseLine,
  recogniseSegment,
} from './recognise.js';
import { runsOf } from './runs.js';
import { type Section, sectionsOf } from './sections/index.js';
import { isProse } from './sentences.js';
import { parseCommandLine } from './shell.js';
import { type Segment, splitTranscript } from './transcript.js';
import { hasPrompt } from './typed.js';

/** What one file gave. */
export interface FileResult {
  readonly captures: readonly Capture[];
  readonly unrecognised: readonly Unrecognised[];
  /** The decoded text, when evidence may quote from it. */
  readonly text: Text;
  /** Sentences about the encoding and the like. */
  readonly notes: readonly string[];
  /** Set when part of the file was lost before it was collected. */
  readonly cut?: string;
  /** Parsers that threw: a bug of ours, exit code 2. */
  readonly crashes: readonly string[];
}

/** Captures of one block are of one moment; those of a machine that only a heading tells apart are not of another's. */
function blockOf({ block, fenced, machine }: Segment, inputBlock: string): string {
  const document = machine === undefined ? inputBlock : `${inputBlock}~${machine}`;
  return fenced ? `${document}#${block}` : document;
}

/** An output between paragraphs shows by more than one line, of which it understands most. */
const isStrong = ({ tally }: Capture): boolean => tally.facts > 1 && tally.gaps * 4 < tally.facts;

async function readRun(job: Job, piece: Piece, prose: boolean): Promise<void> {
  if (!prose) return read(job, piece);
  const trial: Job = { ...job, captures: [], unrecognised: [] };
  await read(trial, piece);
  if (!trial.captures.every(isStrong)) return;
  job.captures.push(...trial.captures);
  job.nextId = trial.nextId;
}

/** Without its command, which did not print what stands behind a remark. */
const uncalled = ({ commandLine, commandAt, command, ...rest }: Segment): Segment => rest;

async function readTranscript(job: Job, pasted: Text, inputBlock: string): Promise<void> {
  const { text, segments, prose: between } = splitTranscript(pasted);
  const { parsers } = job;
  const silent = silentOutputs(segments, text, (argv) => {
    const asked = claimOf(parsers, argv);
    return asked && { command: asked.parser.command, ...asked.claim };
  });
  for (const found of [...segments, ...between].sort((a, b) => a.from - b.from)) {
    const elsewhere = found.command?.redirected ?? false;
    const segment = elsewhere ? uncalled(found) : found;
    const { fenced } = segment;
    const prose = elsewhere || between.includes(found);
    const printed = trimmed(segment.own ?? text.slice(segment.from, segment.to));
    const shown = recogniseSegment(parsers, segment.command, headOf(printed), segment.loose ?? false);
    const recognise = (text: Text): Recognised | undefined =>
      recogniseSegment(parsers, segment.command, headOf(text), segment.loose ?? false);
    const bare = shown?.by === 'command' ? printed : await exposed(parsers, printed, shown, recognise);
    const output = await mended(bare, { parsers, command: segment.command, recognise, prose: !fenced });
    const first = output === printed ? shown : recognise(output);
    if (output.count === 0 && found.commandLine !== undefined) {
      if (first && silent.has(found))
        await read(job, {
          recognised: first,
          text: output,
          segment,
          block: blockOf(segment, inputBlock),
          silent: true,
        });
      continue;
    }
    const runs = await runsOf(parsers, output, segment.command, first, !fenced);
    for (const [n, run] of runs.entries()) {
      const part = trimmedAs(output.slice(run.from, run.to), bare.slice(run.from, run.to));
      const { recognised } = run;
      const of = n > 0 && !fenced && recognised?.by !== 'command' ? uncalled(segment) : segment;
      if (recognised)
        await readRun(job, { recognised, text: part, segment: of, block: blockOf(segment, inputBlock) }, prose);
      else if (!prose) {
        const rest = fenced ? part : withoutProse(part);
        const line = of.commandLine === '' ? undefined : of.commandLine;
        if (!saysNothing(rest)) job.unrecognised.push(unread(job.file.path, rest, line));
      }
    }
  }
}

/** An output out of the comments, or without the arrows, that hide what it is. */
async function exposed(
  parsers: readonly AnyParser[],
  printed: Text,
  shown: Recognised | undefined,
  recognise: (text: Text) => Recognised | undefined,
): Promise<Text> {
  const text = shown ? printed : await outOfComments(parsers, printed);
  const plain = text === printed ? withoutArrows(text) : text;
  return plain === text || recognise(plain) ? plain : text;
}

/** A sentence behind a comment sign. */
const isRemark = (line: string): boolean => /^\s*(?:#|\/\/)/.test(line) && isProse(line.replace(/^[\s#/]+/, ''));

/** Nothing but what recorders and shells print by themselves. */
function saysNothing(text: Text): boolean {
  if (text.count > 5) return false;
  for (let i = 0; i < text.count; i++)
    if (text.line(i).trim() !== '' && !isChatter(text.line(i)) && !isRemark(text.line(i))) return false;
  return true;
}

/** Paragraphs are short; what goes on for longer is something else. */
const LONGEST_PROSE = 200;

/** What people wrote before and behind lines that nobody reads is not missed. */
const withoutProse = (text: Text): Text =>
  trimmed(narrowed(text, LONGEST_PROSE, (line) => line.trim() === '' || isProse(line)));

/** Nothing but what people write around outputs. */
function isRemarks(text: Text): boolean {
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    if (line.trim() !== '' && !isFence(line) && !isProse(line)) return false;
  }
  return true;
}

const trimmed = (text: Text): Text => narrowed(text, text.count, (line) => line.trim() === '');

/** The same where the lines of `as` do: what was joined with the line above is a line all the same. */
const trimmedAs = (text: Text, as: Text): Text => {
  const { firstLine, count } = trimmed(as);
  const from = count === 0 ? 0 : firstLine - as.firstLine;
  return text.slice(from, from + count);
};

/** Without the lines at both ends that say nothing, at most so many. */
function narrowed(text: Text, most: number, saysNothing: (line: string) => boolean): Text {
  let from = 0;
  let to = text.count;
  while (from < Math.min(to, most) && saysNothing(text.line(from))) from++;
  while (to > Math.max(from, text.count - most) && saysNothing(text.line(to - 1))) to--;
  return text.slice(from, to);
}

/** A section as a piece of a transcript: its header is the command line. */
function segmentOf({ commandLine, at, hint, from, to }: Section): Segment {
  const command = commandLine === undefined ? undefined : parseCommandLine(commandLine);
  return {
    ...(commandLine !== undefined && { commandLine }),
    ...(at !== undefined && { commandAt: at }),
    ...(command && { command }),
    ...(hint && { hint }),
    wrappers: command?.wrappers ?? [],
    from,
    to,
    block: 0,
    fenced: false,
  };
}

/** A file that a collector made of several outputs: unlike in a paste, a header without output is an output without lines. */
async function readSections(job: Job, text: Text, sections: readonly Section[], block: string): Promise<void> {
  for (const section of sections) {
    const segment = segmentOf(section);
    const output = trimmed(text.slice(section.from, section.to));
    const head = headOf(output);
    const recognised =
      section.fileName === undefined
        ? recogniseLine(job.parsers, segment.command, head)
        : recogniseFile(job.parsers, section.fileName, head);
    if (recognised) await read(job, { recognised, text: output, segment, block });
    else if (output.count > 0)
      job.unrecognised.push({
        path: job.file.path,
        line: output.firstLine,
        lines: output.count,
        bytes: sizeOf(output),
        detail: `no parser reads ${section.fileName ?? `the output of: ${(section.commandLine ?? '').slice(0, 120)}`}`,
      });
  }
}

/** A file that is one command's output, by the collector's own word. */
async function readTold(job: Job, text: Text, commandLine: string, block: string): Promise<void> {
  const segment = segmentOf({ commandLine, from: 0, to: text.count });
  const recognised = recogniseLine(job.parsers, segment.command, headOf(text));
  if (recognised) await read(job, { recognised, text, segment, block });
}

/**
 * One file to captures. `index` is the file's place in the run's file table, `firstId` the id of its first capture.
 * Content decides what a file is; its name and its command lines only help. `told` is the command line that the collector ran, where that
 * is known beyond the text.
 */
export async function readFile(
  file: VirtualFile,
  index: number,
  firstId: number,
  parsers: readonly AnyParser[],
  inputBlock: string,
  told?: string,
): Promise<FileResult> {
  const { text, notes, lost } = decodeText(file.bytes);
  const cut = file.cut ?? lost;
  const known = cut === undefined ? file : { ...file, cut };
  const read = await readText(known, text, { index, firstId, parsers, inputBlock, told });
  return { ...read, text, notes, ...(cut !== undefined && { cut }) };
}

interface Reading {
  readonly index: number;
  readonly firstId: number;
  readonly parsers: readonly AnyParser[];
  readonly inputBlock: string;
  readonly told: string | undefined;
}

/** The same for text that is decoded already. */
export async function readText(
  file: Omit<VirtualFile, 'bytes'>,
  given: Text,
  { index, firstId, parsers, inputBlock, told }: Reading,
): Promise<Pick<FileResult, 'captures' | 'unrecognised' | 'crashes'>> {
  const { text: typed, documents } = withoutHereDocuments(given);
  const text = withoutLazyQuotes(typed);
  const job: Job = { file, index, parsers, captures: [], unrecognised: [], crashes: [], nextId: firstId };
  if (told !== undefined) {
    await readTold(job, text, told, inputBlock);
    if (job.captures.length > 0) return resultOf(job);
  }
  const rest = await readPlays(job, text, inputBlock);
  if (rest) {
    if (!isRemarks(rest)) {
      const more = await readText(file, rest, { index, firstId: job.nextId, parsers, inputBlock, told });
      job.captures.push(...more.captures);
      job.unrecognised.push(...more.unrecognised);
      job.crashes.push(...more.crashes);
    }
    return resultOf(job);
  }
  const head = headOf(text);
  const sections = sectionsOf(text, head, file.inner);
  if (sections) {
    await readSections(job, text, sections, inputBlock);
    return resultOf(job);
  }
  const whole = hasPrompt(text, 200) ? undefined : recogniseFile(parsers, file.inner, head);
  if (whole) await read(job, { recognised: whole, text, block: inputBlock });
  const [wholly] = job.captures;
  const only = wholly && !isMisled(wholly) ? wholly : undefined;
  if (only && !(await looksPasted(parsers, text, only))) return resultOf(job);
  const pasted: Job = { ...job, captures: [], unrecognised: [], nextId: firstId };
  await readTranscript(pasted, text, `${inputBlock}!${file.path}`);
  if (only && !readsMore(pasted, only, text)) return resultOf(job);
  pasted.unrecognised.push(...inputs(file.path, given, documents, pasted));
  // Without any output that a parser reads and any command that was typed the text is prose: one thing unread, not many.
  if (pasted.captures.length > 0 || pasted.unrecognised.some((u) => u.detail.startsWith(NO_PARSER)))
    return resultOf(pasted);
  const unrecognised: Unrecognised[] = [
    {
      path: file.path,
      line: 1,
      lines: text.count,
      bytes: sizeOf(text),
      detail: text.count === 0 ? 'the file is empty' : 'looks like no known command output',
    },
  ];
  return { captures: [], unrecognised, crashes: job.crashes };
}

/** Here-documents that lie in nothing else: no output, and not passed over in silence. */
const inputs = (path: string, text: Text, documents: readonly Lines[], job: Job): readonly Unrecognised[] =>
  documents
    .filter(
      ({ from, to }) =>
        !job.captures.some((c) => c.firstLine - 1 < to && c.firstLine - 1 + c.lineCount > from) &&
        !job.unrecognised.some((u) => u.line - 1 < to && u.line - 1 + u.lines > from),
    )
    .map(({ from, to }) => ({
      path,
      line: text.firstLine + from,
      lines: to - from,
      bytes: sizeOf(text.slice(from, to)),
      detail: 'input of a command, no output: a here-document',
    }));

const resultOf = ({
  captures,
  unrecognised,
  crashes,
}: Job): Pick<FileResult, 'captures' | 'unrecognised' | 'crashes'> => ({ captures, unrecognised, crashes });
