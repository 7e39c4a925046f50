/**
 * Where the head of a log line ends and its message begins, told from the bytes: nothing is decoded for a line that no
 * signature is interested in.
 */
export type Shape = 'none' | 'syslog' | 'iso' | 'full' | 'monotonic' | 'unix' | 'klog' | 'cri' | 'rfc5424';

/** Scratch that one scan reuses for all its lines; offsets into the bytes. */
export interface Head {
  shape: Shape;
  hostFrom: number;
  hostTo: number;
  /** Syslog tag without its `[pid]`; empty when the line has none (`last message repeated 2 times`). */
  tagFrom: number;
  tagTo: number;
  message: number;
}

export const newHead = (): Head => ({ shape: 'none', hostFrom: 0, hostTo: 0, tagFrom: 0, tagTo: 0, message: 0 });

const SPACE = 32;
const COLON = 58;
const MONTHS = new Set(['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map(code));
const WEEKDAYS = new Set(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map(code));

function code(s: string): number {
  return (s.charCodeAt(0) << 16) | (s.charCodeAt(1) << 8) | s.charCodeAt(2);
}

const digit = (c: number | undefined): boolean => c !== undefined && c >= 48 && c <= 57;
const two = (b: Uint8Array, i: number): boolean => digit(b[i]) && digit(b[i + 1]);

/** Offset behind `HH:MM:SS` and an optional fraction, or -1. */
function clockEnd(b: Uint8Array, i: number): number {
  if (!(two(b, i) && b[i + 2] === COLON && two(b, i + 3) && b[i + 5] === COLON && two(b, i + 6))) return -1;
  i += 8;
  if (b[i] === 46 && digit(b[i + 1])) for (i += 2; digit(b[i]); ) i++;
  return i;
}

/** Offset behind `YYYY-MM-DD` followed by `separator` and a clock, or -1. */
function dateClockEnd(b: Uint8Array, i: number, separator: number): number {
  if (!(two(b, i) && two(b, i + 2) && b[i + 4] === 45 && two(b, i + 5) && b[i + 7] === 45 && two(b, i + 8))) return -1;
  return b[i + 10] === separator ? clockEnd(b, i + 11) : -1;
}

/** ` HOST TAG[pid]: message` from the blank at `i`. */
function hostAndTag(b: Uint8Array, i: number, to: number, head: Head): boolean {
  if (b[i] !== SPACE) return false;
  while (b[i] === SPACE) i++;
  head.hostFrom = i;
  while (i < to && b[i] !== SPACE) i++;
  head.hostTo = i;
  if (head.hostTo === head.hostFrom || i >= to) return false;
  head.tagFrom = ++i;
  while (i < to && b[i] !== COLON && b[i] !== SPACE && b[i] !== 91) i++;
  head.tagTo = i;
  if (b[i] === 91) {
    while (i < to && b[i] !== 93 && b[i] !== SPACE) i++;
    if (b[i] === 93) i++;
  }
  if (i < to && b[i] === COLON && head.tagTo > head.tagFrom) {
    head.message = b[i + 1] === SPACE ? i + 2 : i + 1;
    return true;
  }
  head.message = head.tagFrom;
  head.tagTo = head.tagFrom;
  return true;
}

/** `I0123 16:55:10.487907     692 main.go:439] `: offset of the message, or -1 (klog's header, klog.go formatHeader). */
function klogMessage(b: Uint8Array, i: number, to: number): number {
  const severity = b[i];
  if (severity !== 73 && severity !== 87 && severity !== 69 && severity !== 70) return -1;
  if (!(two(b, i + 1) && two(b, i + 3) && b[i + 5] === SPACE)) return -1;
  let j = clockEnd(b, i + 6);
  if (j < 0 || b[j] !== SPACE) return -1;
  while (b[j] === SPACE) j++;
  if (!digit(b[j])) return -1;
  while (digit(b[j])) j++;
  if (b[j] !== SPACE) return -1;
  // A file name is short; a bracket further off belongs to something else.
  for (const stop = Math.min(to, j + 120); j < stop; j++) if (b[j] === 93) return b[j + 1] === SPACE ? j + 2 : j + 1;
  return -1;
}

/** `stderr F ` behind a CRI stamp: offset of the message, or -1 (kubelet's logs.go). */
function criMessage(b: Uint8Array, i: number): number {
  const stream = b[i] === 115 && b[i + 1] === 116 && b[i + 2] === 100;
  if (!stream || b[i + 6] !== SPACE || (b[i + 7] !== 70 && b[i + 7] !== 80) || b[i + 8] !== SPACE) return -1;
  return i + 9;
}

function isoLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  let j = dateClockEnd(b, i, 84);
  if (j < 0) return false;
  if (b[j] === 90) j++;
  else if (b[j] === 43 || b[j] === 45) for (j++; digit(b[j]) || b[j] === COLON; ) j++;
  if (b[j] !== SPACE) return false;
  const cri = criMessage(b, j + 1);
  if (cri >= 0) return bare(head, 'cri', cri);
  const klog = klogMessage(b, j + 1, to);
  if (klog >= 0) return bare(head, 'klog', j + 1);
  head.shape = 'iso';
  return hostAndTag(b, j, to, head);
}

function bare(head: Head, shape: Shape, message: number): boolean {
  head.shape = shape;
  head.hostFrom = head.hostTo = head.tagFrom = head.tagTo = 0;
  head.message = message;
  return true;
}

/** `<165>1 2003-08-24T05:14:15Z host app procid msgid [data] message`: five words and the structured data (RFC 5424 §6). */
function rfc5424Line(b: Uint8Array, i: number, to: number, head: Head): boolean {
  if (b[i] !== 49 || b[i + 1] !== SPACE || dateClockEnd(b, i + 2, 84) < 0) return false;
  const starts: number[] = [];
  for (let j = i + 2; j < to && starts.length < 6; j++) if (b[j] === SPACE) starts.push(j + 1);
  const [host, app, proc, , data] = starts;
  if (host === undefined || app === undefined || proc === undefined || data === undefined) return false;
  head.shape = 'rfc5424';
  head.hostFrom = host;
  head.hostTo = app - 1;
  head.tagFrom = app;
  head.tagTo = proc - 1;
  head.message = b[data] === 45 && b[data + 1] === SPACE ? data + 2 : data;
  return true;
}

/** `Jan 23 16:55:06 host tag: …`, day padded with a blank in RFC 3164 and with a zero in journald. */
function syslogLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  if (b[i + 3] !== SPACE) return false;
  let j = i + 4;
  if (b[j] === SPACE) j++;
  if (!digit(b[j])) return false;
  j += digit(b[j + 1]) ? 2 : 1;
  if (b[j] !== SPACE) return false;
  const end = clockEnd(b, j + 1);
  head.shape = 'syslog';
  return end >= 0 && hostAndTag(b, end, to, head);
}

/** `Sun 2023-04-02 07:06:40 UTC host tag: …` (journalctl -o short-full). */
function fullLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  let j = b[i + 3] === SPACE ? dateClockEnd(b, i + 4, SPACE) : -1;
  if (j < 0 || b[j] !== SPACE) return false;
  for (j++; j < to && b[j] !== SPACE; ) j++;
  head.shape = 'full';
  return hostAndTag(b, j, to, head);
}

/** `[87806.215444] host tag[1]: …` and `[87806.215444 <    0.000 >] host …`: dmesg has the bracket but no tag with a pid. */
function monotonicLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  let j = i + 1;
  while (b[j] === SPACE) j++;
  if (!digit(b[j])) return false;
  while (digit(b[j]) || b[j] === 46) j++;
  for (const stop = Math.min(to, j + 28); j < stop && b[j] !== 93; ) j++;
  if (b[j] !== 93) return false;
  head.shape = 'monotonic';
  return hostAndTag(b, j + 1, to, head) && head.tagTo > head.tagFrom;
}

/** `1680419200.061777 host tag: …` (journalctl -o short-unix). */
function unixLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  let j = i;
  while (digit(b[j])) j++;
  if (j - i !== 10 || b[j] !== 46) return false;
  for (j++; digit(b[j]); ) j++;
  head.shape = 'unix';
  return hostAndTag(b, j, to, head);
}

/** Reads the head of `bytes[from,to)` into `head`; false (shape `none`, the message is all) when the line has no log's head. */
export function readHead(b: Uint8Array, from: number, to: number, head: Head): boolean {
  let i = from;
  if (b[i] === 60 && digit(b[i + 1])) {
    let j = i + 1;
    while (digit(b[j])) j++;
    if (b[j] === 62 && j - i <= 4) i = j + 1;
  }
  const first = b[i] ?? 0;
  if (first >= 65 && first <= 90) {
    const word = (first << 16) | ((b[i + 1] ?? 0) << 8) | (b[i + 2] ?? 0);
    if (MONTHS.has(word) && syslogLine(b, i, to, head)) return true;
    if (WEEKDAYS.has(word) && fullLine(b, i, to, head)) return true;
    if (klogMessage(b, i, to) >= 0) return bare(head, 'klog', i);
  } else if (first === 91) {
    if (monotonicLine(b, i, to, head)) return true;
  } else if (digit(first)) {
    if (isoLine(b, i, to, head) || rfc5424Line(b, i, to, head) || unixLine(b, i, to, head)) return true;
  }
  bare(head, 'none', from);
  return false;
}
