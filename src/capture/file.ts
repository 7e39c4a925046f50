import type { Capture, CaptureContext, PlaceHint, Text, VirtualFile } from '../kit/index.js';
import { isFence } from './blocks.js';
import { decodeText } from './decode.js';
import { type ParsedText, parseText } from './parse.js';
import { parsePrompt } from './prompt.js';
import { type AnyParser, baseOf, headOf, type Recognised, recogniseFile, recogniseLine } from './recognise.js';
import type { Wrapper } from './shell.js';
import { captureTime } from './time.js';
import { hasPrompt, looksLikeTranscript, type Segment, splitTranscript } from './transcript.js';

/** Text that no parser reads; listed, never dropped. */
export interface Unrecognised {
  readonly path: string;
  readonly line: number;
  readonly lines: number;
  readonly detail: string;
}

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

/** `...`, `[snip]`, `(output omitted)`: somebody cut the paste by hand. */
const ELISION = /^\s*(\.{3,}|…|\[?<?\(?(\.\.\.|snip+ed|snip!?|output omitted|truncated|omitted)\)?>?\]?)\s*$/i;

interface Piece {
  readonly recognised: Recognised;
  readonly text: Text;
  readonly segment?: Segment;
  readonly block: string;
}

interface Job {
  readonly file: VirtualFile;
  readonly index: number;
  readonly parsers: readonly AnyParser[];
  readonly captures: Capture[];
  readonly unrecognised: Unrecognised[];
  readonly crashes: string[];
  /** Index of the next capture in the run. */
  nextId: number;
}

function hintOf(wrappers: readonly Wrapper[], host: string | undefined): PlaceHint {
  let hint: PlaceHint = host === undefined ? {} : { host };
  for (const w of wrappers) {
    if (w.kind === 'pod') hint = { ...hint, pod: w.namespace === undefined ? w.name : `${w.namespace}/${w.name}` };
    else if (w.kind === 'netns') hint = { ...hint, netns: w.name };
    else hint = { host: w.name };
  }
  return hint;
}

/** Why the output is not all that the command printed. */
function incompleteness(
  file: VirtualFile,
  segment: Segment | undefined,
  parsed: ParsedText,
  elided: boolean,
): Pick<Capture, 'completeness' | 'incompleteBecause'> {
  const filters = segment?.command?.filters ?? [];
  if (filters.length > 0) return { completeness: 'filtered', incompleteBecause: `| ${filters.join(' | ')}` };
  if (elided) return { completeness: 'truncated', incompleteBecause: 'the paste was cut by hand' };
  if (parsed.incomplete)
    return { completeness: parsed.incomplete.completeness, incompleteBecause: parsed.incomplete.because };
  if (file.cut !== undefined) return { completeness: 'truncated', incompleteBecause: file.cut };
  // A line that nobody understood may be the very entry whose absence would be concluded.
  if (parsed.gaps.length > 0)
    return {
      completeness: 'truncated',
      incompleteBecause: `${parsed.gaps.length === 1 ? 'a line was' : `${parsed.gaps.length} lines were`} not understood`,
    };
  return { completeness: 'full' };
}

async function read(job: Job, { recognised, text, segment, block }: Piece): Promise<void> {
  const { file, index } = job;
  const argv = segment?.command?.argv ?? [];
  const scope = recognised.claim.scope ?? {};
  const context: CaptureContext = {
    argv,
    fileName: baseOf(file.inner),
    scope,
    ...(segment === undefined && { path: file.inner }),
    ...(segment?.host !== undefined && { node: segment.host }),
  };
  await recognised.parser.prepare?.();
  const parsed = withoutElisions(parseText(recognised.parser, text, index, context));
  if (parsed.parsed.crash !== undefined) job.crashes.push(`${file.path}:${text.firstLine}: ${parsed.parsed.crash}`);
  const kinds = recognised.claim.kinds ?? parsed.parsed.kinds;
  const time = captureTime(text);
  const empty =
    text.count === 0 ||
    (parsed.parsed.facts.length === 0 && parsed.parsed.gaps.length === 0 && !parsed.parsed.failure && isBlank(text));
  job.captures.push({
    id: job.nextId++,
    command: recognised.parser.command,
    ...(segment?.commandLine !== undefined && { commandLine: segment.commandLine }),
    ...(segment?.commandAt !== undefined && { commandAt: segment.commandAt + 1 }),
    scope,
    ...(kinds && { kinds }),
    path: file.path,
    inner: file.inner,
    file: index,
    firstLine: text.firstLine,
    lineCount: text.count,
    hint: hintOf(segment?.wrappers ?? [], segment?.host),
    block,
    ...incompleteness(file, segment, parsed.parsed, parsed.elided),
    ...(time !== undefined && { time }),
    // A file's own time in a folder is that of a copy or a checkout; an archive keeps the collector's.
    ...(file.mtime !== undefined && file.path.includes('!/') && { mtime: file.mtime }),
    ...(parsed.parsed.failure
      ? { failure: parsed.parsed.failure }
      : empty
        ? { failure: { reason: 'empty' as const, detail: 'no output' } }
        : {}),
    facts: parsed.parsed.facts,
    gaps: parsed.parsed.gaps,
    tally: parsed.parsed.tally,
  });
}

function isBlank(text: Text): boolean {
  for (let i = 0; i < text.count; i++) if (text.line(i).trim() !== '') return false;
  return true;
}

/** Marks of a cut are no gaps: they say that something is missing. */
function withoutElisions(parsed: ParsedText): { parsed: ParsedText; elided: boolean } {
  const gaps = parsed.gaps.filter((g) => !ELISION.test(g.text));
  const cut = parsed.gaps.length - gaps.length;
  if (cut === 0) return { parsed, elided: false };
  const { tally } = parsed;
  return {
    parsed: { ...parsed, gaps, tally: { ...tally, noise: tally.noise + cut, gaps: tally.gaps - cut } },
    elided: true,
  };
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

/**
 * One file to captures. `index` is the file's place in the run's file table, `firstId` the id of its first capture.
 * Content decides what a file is; its name and its command lines only help.
 */
export async function readFile(
  file: VirtualFile,
  index: number,
  firstId: number,
  parsers: readonly AnyParser[],
  inputBlock: string,
): Promise<FileResult> {
  const { text, notes } = decodeText(file.bytes);
  const job: Job = { file, index, parsers, captures: [], unrecognised: [], crashes: [], nextId: firstId };
  const whole = hasPrompt(text, 200) ? undefined : recogniseFile(parsers, file.inner, headOf(text));
  if (whole) await read(job, { recognised: whole, text, block: inputBlock });
  const only = job.captures[0];
  const mistaken = only !== undefined && !only.failure && only.facts.length === 0 && only.gaps.length > 0;
  if (only && !mistaken && !looksPasted(text, only)) return { ...resultOf(job), text, notes };
  const pasted: Job = { ...job, captures: [], unrecognised: [], nextId: firstId };
  if (looksLikeTranscript(text)) await readTranscript(pasted, text, `${inputBlock}!${file.path}`);
  if (pasted.captures.length > 0 || pasted.unrecognised.length > 0) return { ...resultOf(pasted), text, notes };
  if (only && !mistaken) return { ...resultOf(job), text, notes };
  const unrecognised: Unrecognised[] = [
    {
      path: file.path,
      line: 1,
      lines: text.count,
      detail: text.count === 0 ? 'the file is empty' : 'looks like no known command output',
    },
  ];
  return { captures: [], unrecognised, crashes: job.crashes, text, notes };
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
