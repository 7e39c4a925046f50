import type { LogStamp } from '../../facts/index.js';
import { type CaptureContext, decode, type Sink, type Text } from '../../kit/index.js';
import { onlyFailure } from './failure.js';
import { readHead } from './head.js';
import { entryAt, journalEntry, mayBeEntry } from './journald.js';
import { layerOf } from './layers.js';
import { loose } from './loose.js';
import { findNeedles } from './needles.js';
import { isLogObject, isPiece } from './objects.js';
import type { LogSource } from './source.js';
import { spanOf } from './span.js';
import { whenOf } from './stamp.js';
import {
  counted,
  type Fate,
  isKernel,
  lineEnd,
  MOST_OF_LINE,
  newScan,
  type Scan,
  type ScanFact,
  settleLoose,
  word,
} from './state.js';
import { needles } from './tables.js';
import { componentOf, unwrap } from './unwrap.js';

/** Stamp of the line whose head was read last; filled in place, since a spread costs more than all else of a telling line. */
function stampOf({ text: { bytes }, head, era }: Scan, end: number): LogStamp {
  const stamp: { -readonly [K in keyof LogStamp]: LogStamp[K] } = whenOf(
    word(bytes, head.stamp, Math.min(end, head.stamp + 110)),
    head.shape,
    era,
  );
  if (head.hostTo > head.hostFrom) stamp.host = word(bytes, head.hostFrom, head.hostTo);
  if (head.tagTo > head.tagFrom) stamp.unit = word(bytes, head.tagFrom, head.tagTo).replace(/\.service$/, '');
  return stamp;
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
  if (scan.lines === 0 && !scan.banner) out.incomplete('filtered', 'no line of a log');
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
  if (mayBeEntry(bytes[start], bytes[end - 1])) {
    const entry = entryAt(scan, i, start, end);
    if (entry) return journalEntry(scan, i, entry);
  }
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
  else if (
    shape === 'monotonic' &&
    !head.pid &&
    !(head.hostTo > head.hostFrom && isKernel(bytes, head.tagFrom, head.tagTo))
  )
    scan.doubtful++;
  scan.first ??= spanStamp(scan, end);
  counted(scan, i, fate, shape === 'klog' || shape === 'own' || shape === 'weak' || shape === 'json');
  return i + 1;
}

function headedLine(scan: Scan, i: number, end: number): Fate {
  const { head, hits, source } = scan;
  const { bytes } = scan.text;
  if (!scan.kernel) scan.kernel = isKernel(bytes, head.tagFrom, head.tagTo);
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
