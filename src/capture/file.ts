import type { Capture, Text, VirtualFile } from '../kit/index.js';
import { isFence } from './blocks.js';
import { decodeText } from './decode.js';
import { type Job, read, sizeOf, type Unrecognised } from './piece.js';
import { parsePrompt } from './prompt.js';
import { type AnyParser, headOf, recogniseFile, recogniseLine } from './recognise.js';
import { type Section, sectionsOf } from './sections/index.js';
import { parseCommandLine } from './shell.js';
import { hasPrompt, looksLikeTranscript, type Segment, splitTranscript } from './transcript.js';

/** What one file gave. */
export interface FileResult {
  readonly captures: readonly Capture[];
  readonly unrecognised: readonly Unrecognised[];
  /** The decoded text, when evidence may quote from it. */
  readonly text: Text;
  /** Sentences about the encoding and the like. */
  readonly notes: readonly string[];
  /** Parsers that threw: a bug of ours, exit code 2. */
  readonly crashes: readonly string[];
}

async function readTranscript(job: Job, pasted: Text, inputBlock: string): Promise<void> {
  const { text, segments } = splitTranscript(pasted);
  for (const segment of segments) {
    const { from, to } = trimmed(text, segment.from, segment.to);
    const output = text.slice(from, to);
    if (segment.commandLine !== undefined && (output.count === 0 || segment.command?.redirected)) continue;
    const recognised = recogniseLine(job.parsers, segment.command, headOf(output));
    if (recognised)
      await read(job, {
        recognised,
        text: output,
        segment,
        block: segment.fenced ? `${inputBlock}#${segment.block}` : inputBlock,
      });
    else if (output.count > 0)
      job.unrecognised.push({
        path: job.file.path,
        line: output.firstLine,
        lines: output.count,
        bytes: sizeOf(output),
        detail:
          segment.commandLine === undefined
            ? 'no command line, and the text looks like no known output'
            : `no parser reads the output of: ${segment.commandLine.slice(0, 120)}`,
      });
  }
}

function trimmed(text: Text, from: number, to: number): { from: number; to: number } {
  while (from < to && text.line(from).trim() === '') from++;
  while (to > from && text.line(to - 1).trim() === '') to--;
  return { from, to };
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
    const { from, to } = trimmed(text, section.from, section.to);
    const output = text.slice(from, to);
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
  const { text, notes } = decodeText(file.bytes);
  return { ...(await readText(file, text, { index, firstId, parsers, inputBlock, told })), text, notes };
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
  text: Text,
  { index, firstId, parsers, inputBlock, told }: Reading,
): Promise<Pick<FileResult, 'captures' | 'unrecognised' | 'crashes'>> {
  const job: Job = { file, index, parsers, captures: [], unrecognised: [], crashes: [], nextId: firstId };
  if (told !== undefined) {
    await readTold(job, text, told, inputBlock);
    if (job.captures.length > 0) return resultOf(job);
  }
  const head = headOf(text);
  const sections = sectionsOf(text, head, file.inner);
  if (sections) {
    await readSections(job, text, sections, inputBlock);
    return resultOf(job);
  }
  const whole = hasPrompt(text, 200) ? undefined : recogniseFile(parsers, file.inner, head);
  if (whole) await read(job, { recognised: whole, text, block: inputBlock });
  const only = job.captures[0];
  const mistaken = only !== undefined && !only.failure && only.facts.length === 0 && only.gaps.length > 0;
  if (only && !mistaken && !looksPasted(text, only)) return resultOf(job);
  const pasted: Job = { ...job, captures: [], unrecognised: [], nextId: firstId };
  if (looksLikeTranscript(text)) await readTranscript(pasted, text, `${inputBlock}!${file.path}`);
  if (pasted.captures.length > 0 || pasted.unrecognised.length > 0) return resultOf(pasted);
  if (only && !mistaken) return resultOf(job);
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

const resultOf = ({
  captures,
  unrecognised,
  crashes,
}: Job): Pick<FileResult, 'captures' | 'unrecognised' | 'crashes'> => ({ captures, unrecognised, crashes });

/**
 * Prompts or fences among the lines that a parser did not understand: the file is a paste whose first output had no command line. A fence
 * that the parser did understand is part of the output (a text in YAML).
 */
function looksPasted(text: Text, capture: Capture): boolean {
  if (capture.gaps.length === 0) return false;
  for (let i = 0; i < Math.min(text.count, 200); i++) if (isFence(text.line(i))) return true;
  return capture.gaps.slice(0, 500).some((g) => isFence(g.text) || parsePrompt(g.text)?.host !== undefined);
}
