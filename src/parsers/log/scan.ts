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
import { blank, startsAt } from './bytes.js';
import {
  type Entry,
  exportEntry,
  isExport,
  isVerbose,
  jsonEntry,
  messageOf,
  objectAt,
  verboseEntry,
} from './entries.js';
import { onlyFailure } from './failure.js';
import { type Head, newHead, readHead } from './head.js';
import { hostTally } from './hosts.js';
import { layerOf } from './layers.js';
import { settleLoose } from './loose.js';
import { findNeedles } from './needles.js';
import { isLogObject, isPiece } from './objects.js';
import type { LogSource } from './source.js';
import { spanOf } from './span.js';
import { type Era, eraOf, joinEras, whenOf } from './stamp.js';
import { needles, type Reader, reader } from './tables.js';
import { componentOf, unwrap } from './unwrap.js';

export type ScanFact =
  | ComponentLogFact
  | FlannelLeaseFact
  | FlannelLogFact
  | HostnameFact
  | KernelLogFact
  | LogSpanFact;

/** What of a line is looked at: the longest telling lines (Go structs of flannel) stay under it. */
export const MOST_OF_LINE = 8192;

/** One scan over one capture; what changes from line to line is kept here and nowhere else. */
export interface Scan {
  readonly text: Text;
  readonly out: Sink<ScanFact>;
  readonly source: LogSource;
  readonly head: Head;
  readonly hits: Set<number>;
  readonly reader: Reader;
  readonly hosts: ReturnType<typeof hostTally>;
  /** Do lines need no head? Decided when the first line without one is met. */
  free: boolean | undefined;
  era: Era | undefined;
  /** `==== START logs for container C of pod P ====`: who writes from here on. */
  section: string | undefined;
  /** First log line that is no gap: the evidence of the span. */
  evidence: number;
  first: LogStamp | undefined;
  /** Line of the last log line, and its stamp where the line itself has none in front. */
  lastLine: number;
  last: LogStamp | undefined;
  lines: number;
  weak: number;
  /** Lines that could as well be dmesg's. */
  doubtful: number;
  /** Was the line before a log line or its continuation, did it tell something, may it have further lines without any mark? */
  inside: boolean;
  told: boolean;
  open: boolean;
  /** The rest of a line that the container runtime cut (CRI `P`). */
  partial: boolean;
  kernel: boolean;
  /** Is there a `-- Boot … --` between the lines? Uptimes begin anew there. */
  rebooted: boolean;
  /** Lines without a head behind a line that may have such: theirs, if a log line follows. */
  readonly pending: number[];
}

const newScan = (text: Text, out: Sink<ScanFact>, source: LogSource): Scan => ({
  text,
  out,
  source,
  head: newHead(),
  hits: new Set(),
  reader: reader(out),
  hosts: hostTally(text.bytes, (line, name) => out.fact(line, { kind: 'hostname', name, source: 'log' })),
  free: source.free ? true : undefined,
  era: undefined,
  section: undefined,
  evidence: -1,
  first: undefined,
  lastLine: -1,
  last: undefined,
  lines: 0,
  weak: 0,
  doubtful: 0,
  inside: false,
  told: false,
  open: false,
  partial: false,
  kernel: source.component === 'kernel',
  rebooted: false,
  pending: [],
});

type Fate = 'fact' | 'gap' | 'noise';

/** Books one log line; `stamp` is asked for when the span needs it. */
export function counted(scan: Scan, line: number, fate: Fate, stamp: () => LogStamp, open: boolean): void {
  if (scan.pending.length > 0) settleLoose(scan, true);
  scan.inside = true;
  scan.told = fate === 'fact';
  scan.open = open;
  scan.lines++;
  scan.first ??= stamp();
  if (scan.evidence < 0 && fate !== 'gap') scan.evidence = line;
  scan.lastLine = line;
  scan.last = undefined;
}

export const word = (bytes: Uint8Array, from: number, to: number): string =>
  decode(bytes, from, Math.min(to, from + 256));

/** Offset behind the last byte of line `i`, without its line end. */
export function lineEnd(text: Text, i: number, start: number): number {
  const end = text.start(i + 1);
  return end > start && text.bytes[end - 1] === 10 ? end - 1 : end;
}

/** Stamp of the line whose head was read last. */
function stampOf({ text: { bytes }, head, era }: Scan, end: number): LogStamp {
  const when = whenOf(word(bytes, head.stamp, Math.min(end, head.stamp + 110)), head.shape, era);
  const host = head.hostTo > head.hostFrom ? word(bytes, head.hostFrom, head.hostTo) : undefined;
  const unit = head.tagTo > head.tagFrom ? word(bytes, head.tagFrom, head.tagTo).replace(/\.service$/, '') : undefined;
  return { ...when, ...(host && { host }), ...(unit && { unit }) };
}

/** The same for the span of the log: an object says its time somewhere among its members. */
function spanStamp(scan: Scan, end: number): LogStamp {
  const { head, text } = scan;
  const inside = head.shape === 'json' ? layerOf(decode(text.bytes, head.message, end))?.when : undefined;
  return { ...stampOf(scan, end), ...inside };
}

/** Scans a log; only lines that hold a needle are decoded. */
export function scanLog(text: Text, out: Sink<ScanFact>, context: CaptureContext, source: LogSource): void {
  if (onlyFailure(text, out)) return;
  const scan = scanLines(text, out, source);
  if (!scan.kernel) out.only(['component-log', 'flannel-lease', 'flannel-log', 'hostname', 'log-span']);
  if (scan.evidence < 0) return;
  let last = scan.last;
  if (!last) {
    const start = text.start(scan.lastLine);
    const end = lineEnd(text, scan.lastLine, start);
    readHead(text.bytes, start, end, scan.head);
    last = spanStamp(scan, end);
  }
  // An uptime behind a reboot has nothing to do with one before it.
  const { uptime, ...behind } = last;
  const comparable = scan.rebooted || uptime === undefined ? behind : last;
  out.fact(scan.evidence, spanOf(scan.first ?? {}, comparable, scan.lines, context, scan.hosts.only()));
}

/** The scan alone, without the facts about the capture as a whole. */
export function scanLines(text: Text, out: Sink<ScanFact>, source: LogSource): Scan {
  const scan = newScan(text, out, source);
  for (let i = 0; i < text.count; ) i = nextLine(scan, i);
  if (scan.pending.length > 0) settleLoose(scan, false);
  scan.reader.close();
  return scan;
}

/** Reads the line, or the entry that begins in it; returns the line behind it. */
function nextLine(scan: Scan, i: number): number {
  const { text, out, head, source } = scan;
  const { bytes } = text;
  const start = text.start(i);
  const end = lineEnd(text, i, start);
  if (start === end) {
    out.noise(i);
    return i + 1;
  }
  const entry = entryAt(scan, i, start, end);
  if (entry) return journalEntry(scan, i, entry);
  if (!readHead(bytes, start, end, head)) {
    loose(scan, i, start, end);
    return i + 1;
  }
  if (head.shape === 'json' && !isLogObject(bytes, head.message, end)) {
    head.shape = 'none';
    loose(scan, i, start, end);
    return i + 1;
  }
  // A container's own stamp, then words that only look like host and tag.
  if (source.free && head.shape === 'iso' && !head.pid) {
    head.shape = 'stamped';
    head.hostFrom = head.hostTo = head.tagFrom = head.tagTo = 0;
    head.message = head.rest;
  }
  out.noise(i);
  if (head.hostTo > head.hostFrom) scan.hosts.see(i, head.hostFrom, head.hostTo);
  const { shape } = head;
  const partial = head.partial || (shape === 'json' && isPiece(bytes));
  if (scan.partial) {
    scan.partial = partial;
    scan.lines++;
    scan.lastLine = i;
    return i + 1;
  }
  scan.partial = partial;
  const fate = headedLine(scan, i, end);
  if (shape === 'weak') scan.weak++;
  else if (shape === 'monotonic' && !head.pid && !(head.hostTo > head.hostFrom && isKernel(scan))) scan.doubtful++;
  counted(
    scan,
    i,
    fate,
    () => stampOf(scan, end),
    shape === 'klog' || shape === 'own' || shape === 'weak' || shape === 'json',
  );
  return i + 1;
}

function entryAt({ text }: Scan, i: number, start: number, end: number): Entry | undefined {
  const { bytes } = text;
  const first = bytes[start];
  if (first === 95) return isExport(bytes, start, end) ? exportEntry(text, i) : undefined;
  if (first === 123 || first === 0x1e || first === 100) {
    const at = objectAt(bytes, start);
    return at < 0 ? undefined : jsonEntry(text, i, at);
  }
  return bytes[end - 1] === 93 && isVerbose(bytes, start, end) ? verboseEntry(text, i) : undefined;
}

/** An entry of journald that spans lines, or is one line of JSON. */
function journalEntry(scan: Scan, i: number, entry: Entry): number {
  const { text, hits, source } = scan;
  const { bytes } = text;
  const { message, tag, host } = entry;
  if (host[1] > host[0]) scan.hosts.see(entry.line, host[0], host[1]);
  const unit = tag[1] > tag[0] ? word(bytes, tag[0], tag[1]) : undefined;
  if (unit === 'kernel') scan.kernel = true;
  findNeedles(needles(), message.bytes, message.from, Math.min(message.to, message.from + MOST_OF_LINE), hits);
  const name = host[1] > host[0] ? word(bytes, host[0], host[1]) : undefined;
  const stamp: LogStamp = {
    ...(entry.time !== undefined && { time: entry.time }),
    ...(name && { host: name }),
    ...(unit && { unit }),
  };
  let fate: Fate = 'noise';
  if (hits.size > 0) {
    const component = unit ? componentOf(unit) : source.component;
    fate = scan.reader.read(entry.line, unwrap(messageOf(entry, MOST_OF_LINE), stamp, component), hits);
    hits.clear();
  }
  for (let j = i; j < entry.next; j++) {
    if (fate === 'fact') scan.out.part(j);
    else scan.out.noise(j);
  }
  counted(scan, entry.line, fate, () => stamp, false);
  scan.last = stamp;
  return entry.next;
}

const KERNEL = 'kernel';
const isKernel = ({ head, text }: Scan): boolean =>
  head.tagTo - head.tagFrom === KERNEL.length && startsAt(text.bytes, head.tagFrom, KERNEL);

function headedLine(scan: Scan, i: number, end: number): Fate {
  const { head, hits, source } = scan;
  const { bytes } = scan.text;
  if (!scan.kernel && isKernel(scan)) scan.kernel = true;
  const json = head.shape === 'json';
  const stop = Math.min(end, head.message + (json ? 8 : 1) * MOST_OF_LINE);
  findNeedles(needles(), bytes, head.message, stop, hits);
  if (hits.size === 0) return 'noise';
  const stamp = stampOf(scan, end);
  const component = stamp.unit ? componentOf(stamp.unit) : (scan.section ?? source.component);
  const fate = scan.reader.read(i, unwrap(decode(bytes, head.message, stop), stamp, component), hits);
  hits.clear();
  return fate;
}

const ELLIPSIS = /^\s*(?:\.{3,}|…|\[\.\.\.\.\]|\[snip!?\]|<snip>|\(\.\.\.\))\s*$/i;
const CHATTER =
  /^(?:Hint: You are currently not seeing|Defaulted container |Defaulting container name|Found \d+ pods, using pod|No journal boot entry|\^C|Warning: (?:Journal|The unit|journal)|Archived and active journals take up |Journals? take up |(?:PASS|FAIL): \/\S+\.journal|lines \d+-\d+(?:\/\d+ \(END\))?|\(END\)$)/;
const SECTION = /^(?:==== (START|END) logs for container (\S+) of pod (\S+) ====|==> (\S+) <==)$/;

/** A line without a head: journalctl's own, a continuation, or a component's bare text where that is expected. */
function loose(scan: Scan, i: number, start: number, end: number): void {
  const { text, out } = scan;
  const { bytes } = text;
  const first = bytes[start];
  // The catalogue's lines (`-x`) begin with dashes or, in UTF-8, with two shades.
  if (first === 45 && bytes[start + 1] === 45 && (end === start + 2 || bytes[start + 2] === 32)) {
    const era = eraOf(word(bytes, start, end));
    if (era) scan.era = joinEras(scan.era, era);
    else if (scan.inside && /^-- (?:Boot [\da-f]{32}|Reboot) --$/.test(word(bytes, start, end))) scan.rebooted = true;
    out.noise(i);
  } else if (first === 0xe2 && startsAt(bytes, start, '\u00e2\u0096\u0091\u00e2\u0096\u0091')) out.noise(i);
  else if (end - start < 40 && ELLIPSIS.test(word(bytes, start, end))) {
    out.noise(i);
    out.incomplete('filtered', '...');
  } else if (first === 61 && section(scan, i, start, end)) out.noise(i);
  else if (!bareText(scan, i, start, end)) {
    const indented = first === 32 || first === 9;
    if ((indented && scan.inside) || CHATTER.test(word(bytes, start, end)) || blank(bytes, start, end)) {
      if (indented && scan.told) out.part(i);
      else out.noise(i);
    } else {
      scan.pending.push(i);
      if (!scan.inside || !scan.open || scan.pending.length > 500) settleLoose(scan, false);
    }
  }
}

function section(scan: Scan, i: number, start: number, end: number): boolean {
  const m = SECTION.exec(word(scan.text.bytes, start, end));
  if (!m) return false;
  if (scan.pending.length > 0) settleLoose(scan, false);
  scan.inside = false;
  scan.section = m[1] === 'END' ? undefined : componentOf(m[2] ?? m[4] ?? '');
  if (m[1] !== undefined) scan.free = m[1] === 'START' || scan.source.free;
  if (i === 0 && m[4] !== undefined) scan.out.incomplete('filtered', 'tail of several files');
  return true;
}

/** Text that the container wrote without any head. */
function bareText(scan: Scan, i: number, start: number, end: number): boolean {
  const { text, out, source, hits } = scan;
  const component = scan.section ?? source.component;
  scan.free ??= source.isFree();
  if (!scan.free && component !== 'flannel') return false;
  const { bytes } = text;
  const stop = Math.min(end, start + MOST_OF_LINE);
  findNeedles(needles(), bytes, start, stop, hits);
  if (hits.size === 0 && !scan.free) return false;
  let fate: Fate = 'noise';
  if (hits.size > 0) {
    fate = scan.reader.read(i, unwrap(decode(bytes, start, stop), {}, component), hits);
    hits.clear();
    if (fate === 'noise' && !scan.free) return false;
  } else out.noise(i);
  counted(scan, i, fate, () => ({}), false);
  return true;
}
