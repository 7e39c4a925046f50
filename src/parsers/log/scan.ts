import type {
  ComponentLogFact,
  FlannelLeaseFact,
  FlannelLogFact,
  HostnameFact,
  KernelLogFact,
  LogSpanFact,
  LogStamp,
} from '../../facts/index.js';
import { type CaptureContext, decode, type Sink, type Text } from '../../kit/index.js';
import { type Head, newHead, readHead } from './head.js';
import { hostTally } from './hosts.js';
import { findNeedles } from './needles.js';
import type { LogSource } from './source.js';
import { type Era, eraOf, whenOf } from './stamp.js';
import { needles, reader } from './tables.js';
import { componentOf, unwrap } from './unwrap.js';

type ScanFact = ComponentLogFact | FlannelLeaseFact | FlannelLogFact | HostnameFact | KernelLogFact | LogSpanFact;

/** What of a line is looked at: the longest telling lines (Go structs of flannel) stay under it. */
const MOST_OF_LINE = 8192;

const FAILURE =
  /^(?:-?(?:ba|z|a|da)?sh: .*(?:not found|No such file)|\S+: command not found|(?:cat|tail|head|less|zcat|journalctl|Failed to \w+).*(?:No such file|Permission denied|cannot open|No journal files|Failed to)|error: (?:unable|you must|container|a container|the server|timed out|previous|pods? |no )|Error from server|Error: No such container|Unable to connect to the server|The connection to the server|No journal files were (?:found|opened)|E\d{4} .* "Unhandled Error"|time="[^"]*" level=fatal)/;
const DENIED = /permission denied|forbidden|not permitted|no journal files were opened due to insufficient/i;
const ELLIPSIS = /^\s*(?:\.{3,}|…|\[\.\.\.\]|\[snip!?\]|<snip>|\(\.\.\.\))\s*$/i;
const CHATTER =
  /^(?:Hint: You are currently not seeing|Defaulted container |Defaulting container name|Found \d+ pods, using pod|No journal boot entry|\^C|Warning: (?:Journal|The unit|journal))/;

interface State {
  readonly head: Head;
  readonly hits: Set<number>;
  era: Era | undefined;
  first: LogStamp | undefined;
  firstLine: number;
  lastLine: number;
  lines: number;
  /** Was the line before a log line or its continuation? */
  inside: boolean;
}

function counted(state: State, line: number): void {
  state.inside = true;
  state.lines++;
  if (state.firstLine < 0) state.firstLine = line;
  state.lastLine = line;
}

const word = (bytes: Uint8Array, from: number, to: number): string => decode(bytes, from, Math.min(to, from + 256));

/** Offset behind the last byte of line `i`, without its line end. */
function lineEnd(text: Text, i: number, start: number): number {
  const end = text.start(i + 1);
  return end > start && text.bytes[end - 1] === 10 ? end - 1 : end;
}

function stampOf(bytes: Uint8Array, start: number, end: number, state: State): LogStamp {
  const { head } = state;
  const line = word(bytes, start, Math.min(end, start + 80));
  const host = head.hostTo > head.hostFrom ? word(bytes, head.hostFrom, head.hostTo) : undefined;
  const unit = head.tagTo > head.tagFrom ? word(bytes, head.tagFrom, head.tagTo) : undefined;
  return { ...whenOf(line, head.shape, state.era), ...(host && { host }), ...(unit && { unit }) };
}

/** Offset of the message in a line of a container's own text: behind `--prefix` and `--timestamps` when they were used. */
function freeMessage(bytes: Uint8Array, from: number, to: number): number {
  const line = word(bytes, from, to);
  const m = /^(?:\[pod\/\S+\] )?(?:\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) )?/.exec(line);
  return from + (m?.[0].length ?? 0);
}

/** A log line with nothing else in front of it is the rule; only lines that hold a needle are decoded. */
export function scanLog(text: Text, out: Sink<ScanFact>, context: CaptureContext, source: LogSource): void {
  const { bytes } = text;
  const state: State = {
    head: newHead(),
    hits: new Set(),
    era: undefined,
    first: undefined,
    firstLine: -1,
    lastLine: -1,
    lines: 0,
    inside: false,
  };
  const { head, hits } = state;
  // A few lines that say why there is no log are no log.
  if (text.count <= 5 && failure(text, out)) return;
  const read = reader(out);
  const hosts = hostTally(bytes, (line, name) => out.fact(line, { kind: 'hostname', name, source: 'log' }));
  for (let i = 0; i < text.count; i++) {
    const start = text.start(i);
    const end = lineEnd(text, i, start);
    if (start === end) {
      out.noise(i);
      continue;
    }
    const shaped = readHead(bytes, start, end, head) && !(source.free && head.shape === 'iso');
    if (!shaped) {
      looseLine(text, out, source, state, read, i, start, end);
      continue;
    }
    counted(state, i);
    out.noise(i);
    if (head.hostTo > head.hostFrom) hosts.see(i, head.hostFrom, head.hostTo);
    findNeedles(needles, bytes, head.message, Math.min(end, head.message + MOST_OF_LINE), hits);
    if (hits.size === 0) continue;
    const stamp = stampOf(bytes, start, end, state);
    const component = (stamp.unit && componentOf(stamp.unit)) ?? (stamp.unit ? undefined : source.component);
    read(i, unwrap(decode(bytes, head.message, Math.min(end, head.message + MOST_OF_LINE)), stamp, component), hits);
    hits.clear();
  }
  if (state.lines > 0) span(text, out, context, state, hosts.only());
}

function looseLine(
  text: Text,
  out: Sink<ScanFact>,
  source: LogSource,
  state: State,
  read: ReturnType<typeof reader>,
  i: number,
  start: number,
  end: number,
): void {
  const { bytes } = text;
  const { hits } = state;
  const first = bytes[start];
  if (first === 45 && bytes[start + 1] === 45 && (end === start + 2 || bytes[start + 2] === 32)) {
    state.era = eraOf(word(bytes, start, end)) ?? state.era;
    out.noise(i);
    return;
  }
  if (end - start < 40 && ELLIPSIS.test(word(bytes, start, end))) {
    out.noise(i);
    out.incomplete('filtered', '...');
    return;
  }
  if (source.free || source.component === 'flannel') {
    const message = freeMessage(bytes, start, end);
    findNeedles(needles, bytes, message, Math.min(end, message + MOST_OF_LINE), hits);
    if (hits.size > 0) {
      const when = whenOf(word(bytes, start, end).replace(/^\[pod\S+\] /, ''), 'none', undefined);
      read(i, unwrap(decode(bytes, message, Math.min(end, message + MOST_OF_LINE)), when, source.component), hits);
      hits.clear();
      counted(state, i);
      return;
    }
    if (source.free) {
      counted(state, i);
      out.noise(i);
      return;
    }
  }
  const indented = first === 32 || first === 9;
  if ((indented && state.inside) || CHATTER.test(word(bytes, start, end)) || blank(bytes, start, end)) out.noise(i);
  else {
    state.inside = false;
    out.gap(i, 'not a log line');
  }
}

function blank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 32 && bytes[i] !== 9 && bytes[i] !== 13) return false;
  return true;
}

function failure(text: Text, out: Sink<ScanFact>): boolean {
  let failed = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).slice(0, 400);
    if (failed && line.startsWith('-- ')) out.noise(i);
    if (!FAILURE.test(line)) continue;
    failed = true;
    out.failed(i, DENIED.test(line) ? 'permission-denied' : 'command-failed', line);
  }
  return failed;
}

/** Month, day and clock as one number, for the order of lines whose year is not known. */
const order = (s: LogStamp): number | undefined => {
  if (s.time !== undefined) return s.time;
  if (s.uptime !== undefined) return s.uptime;
  const m = /(\d\d)-(\d\d)$/.exec(s.dated ?? '');
  return m && s.clock !== undefined ? (Number(m[1]) * 31 + Number(m[2])) * 86_400 + s.clock : undefined;
};

function stampAt(text: Text, i: number, state: State): LogStamp {
  const start = text.start(i);
  const end = lineEnd(text, i, start);
  readHead(text.bytes, start, end, state.head);
  return stampOf(text.bytes, start, end, state);
}

/** From December to January the order of month and day turns over without the log being reversed. */
const HALF_YEAR = 183 * 86_400;

function span(text: Text, out: Sink<ScanFact>, context: CaptureContext, state: State, host: string | undefined): void {
  const first = stampAt(text, state.firstLine, state);
  const last = stampAt(text, state.lastLine, state);
  const [a, b] = [order(first), order(last)];
  const back = a !== undefined && b !== undefined && b < a && (first.time !== undefined || a - b < HALF_YEAR);
  const reversed = back || context.argv.includes('-r') || context.argv.includes('--reverse');
  const [from, to] = reversed ? [last, first] : [first, last];
  const unit = context.scope.unit;
  out.fact(state.firstLine, {
    kind: 'log-span',
    lines: state.lines,
    reversed,
    ...(from.time !== undefined && { from: from.time }),
    ...(to.time !== undefined && { to: to.time }),
    ...(from.time === undefined && from.dated !== undefined && { dated: from.dated }),
    ...(host !== undefined && { host }),
    ...(unit !== undefined && { unit }),
  });
}
