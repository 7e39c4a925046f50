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
import { onlyFailure } from './failure.js';
import { type Head, newHead, readHead } from './head.js';
import { hostTally } from './hosts.js';
import { findNeedles } from './needles.js';
import type { LogSource } from './source.js';
import { spanOf } from './span.js';
import { type Era, eraOf, whenOf } from './stamp.js';
import { needles, reader } from './tables.js';
import { componentOf, unwrap } from './unwrap.js';

type ScanFact = ComponentLogFact | FlannelLeaseFact | FlannelLogFact | HostnameFact | KernelLogFact | LogSpanFact;

/** What of a line is looked at: the longest telling lines (Go structs of flannel) stay under it. */
const MOST_OF_LINE = 8192;

const ELLIPSIS = /^\s*(?:\.{3,}|…|\[\.\.\.\]|\[snip!?\]|<snip>|\(\.\.\.\))\s*$/i;
const CHATTER =
  /^(?:Hint: You are currently not seeing|Defaulted container |Defaulting container name|Found \d+ pods, using pod|No journal boot entry|\^C|Warning: (?:Journal|The unit|journal))/;

/** One scan over one capture; what changes from line to line is kept here and nowhere else. */
interface Scan {
  readonly text: Text;
  readonly out: Sink<ScanFact>;
  readonly source: LogSource;
  readonly head: Head;
  readonly hits: Set<number>;
  readonly read: ReturnType<typeof reader>;
  era: Era | undefined;
  firstLine: number;
  /** First log line that is no gap: the evidence of the span. */
  evidence: number;
  lastLine: number;
  lines: number;
  /** Was the line before a log line or its continuation? */
  inside: boolean;
}

const newScan = (text: Text, out: Sink<ScanFact>, source: LogSource): Scan => ({
  text,
  out,
  source,
  head: newHead(),
  hits: new Set(),
  read: reader(out),
  era: undefined,
  firstLine: -1,
  evidence: -1,
  lastLine: -1,
  lines: 0,
  inside: false,
});

function counted(scan: Scan, line: number, fate: 'gap' | 'read'): void {
  scan.inside = true;
  scan.lines++;
  if (scan.firstLine < 0) scan.firstLine = line;
  if (scan.evidence < 0 && fate === 'read') scan.evidence = line;
  scan.lastLine = line;
}

const word = (bytes: Uint8Array, from: number, to: number): string => decode(bytes, from, Math.min(to, from + 256));

/** Offset behind the last byte of line `i`, without its line end. */
function lineEnd(text: Text, i: number, start: number): number {
  const end = text.start(i + 1);
  return end > start && text.bytes[end - 1] === 10 ? end - 1 : end;
}

/** Stamp of the line whose head was read last. */
function stampOf({ text: { bytes }, head, era }: Scan, start: number, end: number): LogStamp {
  const line = word(bytes, start, Math.min(end, start + 80));
  const host = head.hostTo > head.hostFrom ? word(bytes, head.hostFrom, head.hostTo) : undefined;
  const unit = head.tagTo > head.tagFrom ? word(bytes, head.tagFrom, head.tagTo) : undefined;
  return { ...whenOf(line, head.shape, era), ...(host && { host }), ...(unit && { unit }) };
}

/** Scans a log; only lines that hold a needle are decoded. */
export function scanLog(text: Text, out: Sink<ScanFact>, context: CaptureContext, source: LogSource): void {
  if (onlyFailure(text, out)) return;
  const scan = newScan(text, out, source);
  const { bytes } = text;
  const { head } = scan;
  const hosts = hostTally(bytes, (line, name) => out.fact(line, { kind: 'hostname', name, source: 'log' }));
  for (let i = 0; i < text.count; i++) {
    const start = text.start(i);
    const end = lineEnd(text, i, start);
    if (start === end) out.noise(i);
    else if (readHead(bytes, start, end, head) && !(source.free && head.shape === 'iso')) {
      out.noise(i);
      // `2021-01-01T00:00:00Z INFO main: …` has the form of host and tag; a stamp with neither is some program's own.
      if (head.hostTo > head.hostFrom && (head.shape !== 'iso' || head.tagTo > head.tagFrom))
        hosts.see(i, head.hostFrom, head.hostTo);
      counted(scan, i, headedLine(scan, i, start, end));
    } else looseLine(scan, i, start, end);
  }
  if (scan.evidence < 0) return;
  const [first, last] = [scan.firstLine, scan.lastLine].map((i) => {
    const start = text.start(i);
    const end = lineEnd(text, i, start);
    readHead(bytes, start, end, head);
    return stampOf(scan, start, end);
  });
  if (first && last) out.fact(scan.evidence, spanOf(first, last, scan.lines, context, hosts.only()));
}

function headedLine(scan: Scan, i: number, start: number, end: number): 'gap' | 'read' {
  const { head, hits, source } = scan;
  const { bytes } = scan.text;
  const stop = Math.min(end, head.message + MOST_OF_LINE);
  findNeedles(needles(), bytes, head.message, stop, hits);
  if (hits.size === 0) return 'read';
  const stamp = stampOf(scan, start, end);
  const component = stamp.unit ? componentOf(stamp.unit) : source.component;
  const fate = scan.read(i, unwrap(decode(bytes, head.message, stop), stamp, component), hits);
  hits.clear();
  return fate;
}

/** A line without a head: journalctl's own, a continuation, or a component's bare text where that is expected. */
function looseLine(scan: Scan, i: number, start: number, end: number): void {
  const { text, out } = scan;
  const { bytes } = text;
  const first = bytes[start];
  if (first === 45 && bytes[start + 1] === 45 && (end === start + 2 || bytes[start + 2] === 32)) {
    scan.era = eraOf(word(bytes, start, end)) ?? scan.era;
    out.noise(i);
  } else if (end - start < 40 && ELLIPSIS.test(word(bytes, start, end))) {
    out.noise(i);
    out.incomplete('filtered', '...');
  } else if (!bareText(scan, i, start, end)) {
    const indented = first === 32 || first === 9;
    if ((indented && scan.inside) || CHATTER.test(word(bytes, start, end)) || blank(bytes, start, end)) out.noise(i);
    else {
      scan.inside = false;
      out.gap(i, 'not a log line');
    }
  }
}

/** Text that the container wrote without any head, behind `--prefix` and `--timestamps` when kubectl was asked for them. */
function bareText(scan: Scan, i: number, start: number, end: number): boolean {
  const { text, out, source, hits } = scan;
  if (!source.free && source.component !== 'flannel') return false;
  const { bytes } = text;
  const front = /^(?:\[pod\/\S+\] )?(?:\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) )?/.exec(word(bytes, start, end));
  const message = start + (front?.[0].length ?? 0);
  const stop = Math.min(end, message + MOST_OF_LINE);
  findNeedles(needles(), bytes, message, stop, hits);
  if (hits.size === 0) {
    if (!source.free) return false;
    out.noise(i);
    counted(scan, i, 'read');
    return true;
  }
  const when = whenOf(word(bytes, start, end).replace(/^\[pod\S+\] /, ''), 'none', undefined);
  counted(scan, i, scan.read(i, unwrap(decode(bytes, message, stop), when, source.component), hits));
  hits.clear();
  return true;
}

function blank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 32 && bytes[i] !== 9 && bytes[i] !== 13) return false;
  return true;
}
