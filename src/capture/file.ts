import {
  type Capture,
  type CaptureContext,
  containerNode,
  type PlaceHint,
  type Text,
  type VirtualFile,
} from '../kit/index.js';
import { isChatter, withoutMarks } from './chatter.js';
import { decodeText } from './decode.js';
import { type ParsedText, parseText } from './parse.js';
import { looksPasted, readsMore } from './pasted.js';
import { type AnyParser, headOf, type Recognised, recogniseFile, recogniseSegment } from './recognise.js';
import { runsOf } from './runs.js';
import type { Wrapper } from './shell.js';
import { captureTime } from './time.js';
import { type Segment, splitTranscript } from './transcript.js';
import { hasPrompt } from './typed.js';
import { rejoined } from './wrapped.js';

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

const baseOf = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('!')) + 1);

/** A namespace within a container that is a node (`docker exec kind-worker nsenter …`) is that node's. */
const insideNetns = (hint: PlaceHint, name: string): PlaceHint =>
  hint.netns !== undefined && containerNode(hint.netns) !== undefined
    ? { host: containerNode(hint.netns) ?? '', netns: name }
    : { ...hint, netns: name };

function hintOf(wrappers: readonly Wrapper[], host: string | undefined): PlaceHint {
  let hint: PlaceHint = host === undefined ? {} : { host };
  for (const w of wrappers) {
    if (w.kind === 'pod') hint = { ...hint, pod: w.namespace === undefined ? w.name : `${w.namespace}/${w.name}` };
    else if (w.kind === 'netns') hint = insideNetns(hint, w.name);
    else hint = w.kind === 'host' ? { host: w.name } : {};
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
    ...(segment?.host !== undefined && { node: segment.host }),
  };
  await recognised.parser.prepare?.();
  const parsed = withoutMarks(
    rejoined(recognised.parser, text, index, context, parseText(recognised.parser, text, index, context)),
  );
  if (parsed.parsed.crash !== undefined) job.crashes.push(`${file.path}:${text.firstLine}: ${parsed.parsed.crash}`);
  // The content looked like this output and is none.
  const { facts, gaps, failure } = parsed.parsed;
  if (segment && recognised.by === 'content' && facts.length === 0 && gaps.length > 0 && !failure) {
    job.unrecognised.push(unread(file.path, text, segment.commandLine));
    return;
  }
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

/** Captures of one block are of one moment; those of a machine that only a heading tells apart are not of another's. */
function blockOf({ block, fenced, machine }: Segment, inputBlock: string): string {
  const document = machine === undefined ? inputBlock : `${inputBlock}~${machine}`;
  return fenced ? `${document}#${block}` : document;
}

async function readTranscript(job: Job, pasted: Text, inputBlock: string): Promise<void> {
  const { text, segments } = splitTranscript(pasted);
  for (const segment of segments) {
    const all = segment.own ?? text.slice(segment.from, segment.to);
    const output = trimmed(all);
    if (segment.commandLine !== undefined && (output.count === 0 || segment.command?.redirected)) continue;
    const { parsers } = job;
    const first = recogniseSegment(parsers, segment.command, headOf(output), segment.loose ?? false);
    for (const run of await runsOf(parsers, output, segment.command, first)) {
      const part = trimmed(output.slice(run.from, run.to));
      if (run.recognised)
        await read(job, { recognised: run.recognised, text: part, segment, block: blockOf(segment, inputBlock) });
      else if (!saysNothing(part)) job.unrecognised.push(unread(job.file.path, part, segment.commandLine));
    }
  }
}

const NO_PARSER = 'no parser reads the output of';

const unread = (path: string, { firstLine, count }: Text, commandLine: string | undefined): Unrecognised => ({
  path,
  line: firstLine,
  lines: count,
  detail:
    commandLine === undefined
      ? 'no command line, and the text looks like no known output'
      : `${NO_PARSER}: ${commandLine.slice(0, 120)}`,
});

/** Nothing but what recorders and shells print by themselves. */
function saysNothing(text: Text): boolean {
  if (text.count > 5) return false;
  for (let i = 0; i < text.count; i++) if (text.line(i).trim() !== '' && !isChatter(text.line(i))) return false;
  return true;
}

function trimmed(text: Text): Text {
  let from = 0;
  let to = text.count;
  while (from < to && text.line(from).trim() === '') from++;
  while (to > from && text.line(to - 1).trim() === '') to--;
  return text.slice(from, to);
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
  const whole = hasPrompt(text, 200) ? undefined : recogniseFile(parsers, baseOf(file.inner), headOf(text));
  if (whole) await read(job, { recognised: whole, text, block: inputBlock });
  const [whole1] = job.captures;
  // Nothing but gaps: the name or the content misled.
  const only = whole1?.failure || whole1?.facts.length || !whole1?.gaps.length ? whole1 : undefined;
  if (only && !looksPasted(parsers, text, only)) return { ...resultOf(job), text, notes };
  const pasted: Job = { ...job, captures: [], unrecognised: [], nextId: firstId };
  await readTranscript(pasted, text, `${inputBlock}!${file.path}`);
  if (only && !readsMore(pasted, only)) return { ...resultOf(job), text, notes };
  // Without any output that a parser reads and any command that was typed the text is prose: one thing unread, not many.
  if (pasted.captures.length > 0 || pasted.unrecognised.some((u) => u.detail.startsWith(NO_PARSER)))
    return { ...resultOf(pasted), text, notes };
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
