import {
  type Capture,
  type CaptureContext,
  containerNode,
  type PlaceHint,
  type Text,
  type VirtualFile,
} from '../kit/index.js';
import { withoutRemarks } from './annotated.js';
import { withoutMarks } from './chatter.js';
import { obfuscationIn } from './obfuscation.js';
import { type ParsedText, parseText } from './parse.js';
import { looksLikeCommand } from './programs.js';
import { type AnyParser, baseOf, headOf, type Recognised } from './recognise.js';
import { unshifted } from './shifted.js';
import { captureTime } from './time.js';
import type { Segment } from './transcript.js';
import type { Wrapper } from './unwrapped.js';
import { rejoined } from './wrapped.js';

/** Text that no parser reads; listed, never dropped. */
export interface Unrecognised {
  readonly path: string;
  readonly line: number;
  readonly lines: number;
  readonly bytes: number;
  readonly detail: string;
}

/** Part of a file that one parser reads. */
export interface Piece {
  readonly recognised: Recognised;
  readonly text: Text;
  readonly segment?: Segment;
  readonly block: string;
  /** Its emptiness is known to be the command's answer: there was nothing to list. */
  readonly silent?: boolean;
}

/** The reading of one file. */
export interface Job {
  readonly file: Omit<VirtualFile, 'bytes'>;
  readonly index: number;
  readonly parsers: readonly AnyParser[];
  readonly captures: Capture[];
  readonly unrecognised: Unrecognised[];
  readonly crashes: string[];
  /** Index of the next capture in the run. */
  nextId: number;
}

/** Bytes of a text's lines. */
export function sizeOf(text: Text): number {
  const { start, count } = text.original ?? text;
  return start(count) - start(0);
}

/** A namespace within a container that is a node (`docker exec kind-worker nsenter …`) is that node's. */
function insideNetns(hint: PlaceHint, netns: string): PlaceHint {
  const node = hint.netns === undefined ? undefined : containerNode(hint.netns);
  return node === undefined ? { ...hint, netns } : { host: node, netns };
}

/** How an unread output begins to say that its command is known. */
export const NO_PARSER = 'no parser reads the output of';

export const unread = (path: string, text: Text, commandLine: string | undefined): Unrecognised => ({
  path,
  line: text.firstLine,
  lines: text.count,
  bytes: sizeOf(text),
  detail:
    commandLine === undefined
      ? 'no command line, and the text looks like no known output'
      : `${NO_PARSER}: ${commandLine.slice(0, 120)}`,
});

/** Where a command ran: what the prompt or the header says, moved by the wrappers of the command line. */
export function hintOf(wrappers: readonly Wrapper[], told: PlaceHint): PlaceHint {
  let hint = told;
  for (const w of wrappers) {
    if (w.kind === 'pod') hint = { ...hint, pod: w.namespace === undefined ? w.name : `${w.namespace}/${w.name}` };
    else if (w.kind === 'netns') hint = insideNetns(hint, w.name);
    else hint = w.kind === 'host' ? { host: w.name } : {};
  }
  return hint;
}

/** Why the output is not all that the command printed. */
function incompleteness(
  file: Omit<VirtualFile, 'bytes'>,
  segment: Segment | undefined,
  parsed: ParsedText,
  elided: boolean,
  remarks: boolean,
  by: Recognised['by'],
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
  const { command, commandLine = '' } = segment ?? {};
  if (by === 'content' && command?.argv[0] !== undefined && !looksLikeCommand(command.argv.join(' ')))
    return {
      completeness: 'filtered',
      incompleteBecause: `what ${commandLine.slice(0, 120)} lists, and where, is not known`,
    };
  return remarks
    ? { completeness: 'filtered', incompleteBecause: 'somebody wrote between its lines' }
    : { completeness: 'full' };
}

/** It is that output, and what each line lacks is told elsewhere: `ip neigh show dev cni0` without its command line. */
const LACKS = /^an? (?:entry|row) without its \w+$|\bmasked\b/;

/** Does the content look like this output and is none? */
export const isMisled = ({
  facts,
  elsewhere,
  gaps,
  failure,
}: Pick<Capture, 'facts' | 'elsewhere' | 'gaps' | 'failure'>): boolean =>
  facts.length === 0 &&
  elsewhere === undefined &&
  !failure &&
  gaps.length > 0 &&
  !gaps.every((g) => LACKS.test(g.reason));

/** Runs the parser and adds the capture. */
export async function read(job: Job, { recognised, text, segment, block, silent: answered }: Piece): Promise<void> {
  const { file, index } = job;
  const argv = segment?.command?.argv ?? [];
  const scope = recognised.claim.scope ?? {};
  const context: CaptureContext = {
    argv,
    fileName: baseOf(file.inner),
    scope,
    path: file.inner,
    ...(segment?.host !== undefined && { node: segment.host }),
  };
  await recognised.parser.prepare?.();
  const first = parseText(recognised.parser, text, index, context);
  const moved = unshifted(recognised.parser, text, index, context, first);
  const whole = moved === first ? rejoined(recognised.parser, text, index, context, first) : moved;
  const annotated = withoutRemarks(recognised.parser, text, index, context, whole);
  const parsed = withoutMarks(annotated.parsed, text, segment?.followed);
  if (parsed.parsed.crash !== undefined) job.crashes.push(`${file.path}:${text.firstLine}: ${parsed.parsed.crash}`);
  const { facts, elsewhere, gaps, failure } = parsed.parsed;
  const silent = facts.length === 0 && elsewhere === undefined;
  if (
    segment &&
    recognised.by === 'content' &&
    isMisled({ facts, gaps, ...(elsewhere && { elsewhere }), ...(failure && { failure }) })
  ) {
    job.unrecognised.push(unread(file.path, text, segment.commandLine));
    return;
  }
  const kinds = recognised.claim.kinds ?? parsed.parsed.kinds;
  const time = captureTime(text);
  const obfuscated = obfuscationIn(headOf(text), file.path);
  const empty = !answered && (text.count === 0 || (silent && gaps.length === 0 && !failure && isBlank(text)));
  job.captures.push({
    id: job.nextId++,
    command: recognised.parser.command,
    ...(segment?.commandLine !== undefined && { commandLine: segment.commandLine }),
    ...(segment?.commandAt !== undefined && { commandAt: segment.commandAt + 1 }),
    scope: { ...parsed.parsed.scope, ...scope },
    ...(kinds && { kinds }),
    path: file.path,
    inner: file.inner,
    file: index,
    firstLine: text.firstLine,
    lineCount: text.count,
    hint: hintOf(segment?.wrappers ?? [], {
      ...segment?.hint,
      ...(segment?.host !== undefined && { host: segment.host }),
    }),
    block,
    ...incompleteness(file, segment, parsed.parsed, parsed.elided, annotated.between, recognised.by),
    ...(obfuscated && { obfuscated }),
    ...(time !== undefined && { time }),
    // A file's own time in a folder is that of a copy or a checkout; an archive keeps the collector's.
    ...(file.mtime !== undefined && file.path.includes('!/') && { mtime: file.mtime }),
    ...(failure ? { failure } : empty ? { failure: { reason: 'empty' as const, detail: 'no output' } } : {}),
    facts,
    ...(elsewhere && { elsewhere }),
    gaps,
    tally: parsed.parsed.tally,
    bytes: parsed.parsed.bytes,
    lastOfFacts: parsed.parsed.lastOfFacts,
  });
}

function isBlank(text: Text): boolean {
  for (let i = 0; i < text.count; i++) if (text.line(i).trim() !== '') return false;
  return true;
}
