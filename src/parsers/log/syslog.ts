import { COLON, clockEnd, code, dateClockEnd, digit, SPACE, startsAt } from './bytes.js';

/**
 * Where the head of a log line ends and its message begins, told from the bytes: nothing is decoded for a line that no
 * signature is interested in.
 *
 * `stamped`: a stamp of container runtime or kubectl, then the program's own text. `own`: the program's own head, which belongs to
 * the message. `weak`: a date of its own and no more.
 */
export type Shape =
  | 'none'
  | 'syslog'
  | 'iso'
  | 'full'
  | 'ctime'
  | 'monotonic'
  | 'unix'
  | 'rfc5424'
  | 'cri'
  | 'stamped'
  | 'klog'
  | 'own'
  | 'weak'
  | 'json';

/** Scratch that one scan reuses for all its lines; offsets into the bytes. */
export interface Head {
  shape: Shape;
  hostFrom: number;
  hostTo: number;
  /** Syslog tag without its `[pid]`, or the container of `kubectl logs --prefix`; empty when the line has none. */
  tagFrom: number;
  tagTo: number;
  /** Was there a `[pid]` behind the tag? */
  pid: boolean;
  /** Where the stamp begins, and where the text behind it. */
  stamp: number;
  rest: number;
  message: number;
  /** A CRI line that the next one continues (`stdout P …`). */
  partial: boolean;
}

export const newHead = (): Head => ({
  shape: 'none',
  hostFrom: 0,
  hostTo: 0,
  tagFrom: 0,
  tagTo: 0,
  pid: false,
  stamp: 0,
  rest: 0,
  message: 0,
  partial: false,
});

export const MONTHS = new Set(
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map(code),
);
export const WEEKDAYS = new Set(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map(code));
export function clear(head: Head, from: number): void {
  head.shape = 'none';
  head.hostFrom = head.hostTo = head.tagFrom = head.tagTo = 0;
  head.pid = head.partial = false;
  head.stamp = head.rest = head.message = from;
}

export function bare(head: Head, shape: Shape, message: number): boolean {
  head.shape = shape;
  head.hostFrom = head.hostTo = 0;
  head.message = message;
  return true;
}

/** `TAG[pid]: message` from `i`, whose colon ends the word or stands behind the pid. */
function tag(b: Uint8Array, i: number, to: number, head: Head): boolean {
  head.tagFrom = i;
  while (i < to && b[i] !== COLON && b[i] !== SPACE && b[i] !== 91) i++;
  head.tagTo = i;
  head.pid = b[i] === 91;
  if (head.pid) {
    while (i < to && b[i] !== 93 && b[i] !== SPACE) i++;
    if (b[i] === 93) i++;
  }
  if (i < to && b[i] === COLON && head.tagTo > head.tagFrom) {
    head.message = b[i + 1] === SPACE ? i + 2 : i + 1;
    return true;
  }
  head.pid = false;
  head.message = head.tagFrom;
  head.tagTo = head.tagFrom;
  return false;
}

/** ` HOST TAG[pid]: message` from the blank at `i`; without a host where journalctl was asked for none. */
export function hostAndTag(b: Uint8Array, i: number, to: number, head: Head): boolean {
  if (b[i] !== SPACE) return false;
  while (b[i] === SPACE) i++;
  head.rest = i;
  head.hostFrom = head.hostTo = i;
  let end = i;
  while (end < to && b[end] !== SPACE) end++;
  if (end === i) return false;
  const colon = b[end - 1] === COLON && !repeated(b, end + 1);
  if (end >= to && !colon) return false;
  if (colon && tag(b, i, to, head)) return true;
  head.hostTo = end;
  tag(b, end + 1, to, head);
  return true;
}

/** `Mar  8 15:18:40 avas: last message repeated 11 times`: old syslogd speaks for itself, as its host. */
const repeated = (b: Uint8Array, i: number): boolean => startsAt(b, i, 'last message repeated');

/** `<165>1 2003-08-24T05:14:15Z host app procid msgid [data] message`: five words and the structured data (RFC 5424 §6). */
export function rfc5424Line(b: Uint8Array, i: number, to: number, head: Head): boolean {
  if (b[i] !== 49 || b[i + 1] !== SPACE || dateClockEnd(b, i + 2, 84) < 0) return false;
  const starts: number[] = [];
  for (let j = i + 2; j < to && starts.length < 6; j++) if (b[j] === SPACE) starts.push(j + 1);
  const [host, app, proc, , data] = starts;
  if (host === undefined || app === undefined || proc === undefined || data === undefined) return false;
  head.shape = 'rfc5424';
  head.stamp = i + 2;
  head.hostFrom = host;
  head.hostTo = app - 1;
  head.tagFrom = app;
  head.tagTo = proc - 1;
  head.message = behindData(b, data, to);
  return true;
}

/** Offset of the message behind `-` or `[id name="value"]…`, and behind the byte order mark that may introduce it. */
function behindData(b: Uint8Array, i: number, to: number): number {
  if (b[i] === 45) i++;
  else
    for (; b[i] === 91; ) {
      let quoted = false;
      for (i++; i < to && (quoted || b[i] !== 93); i++) {
        if (b[i] === 92) i++;
        else if (b[i] === 34) quoted = !quoted;
      }
      i++;
    }
  if (b[i] === SPACE) i++;
  return Math.min(to, b[i] === 0xef && b[i + 1] === 0xbb && b[i + 2] === 0xbf ? i + 3 : i);
}

/**
 * `Jan 23 16:55:06 host tag: …`, day padded with a blank in RFC 3164 and with a zero in journald; `Jan 23 2020 16:55:06 …`. journald names
 * months as its locale does (`3月 31`, `Mär 31`, `янв 23`): such a line must have a tag.
 */
export function syslogLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  let j = i;
  for (const stop = Math.min(to, i + 20); j < stop && b[j] !== SPACE; ) j++;
  return dayLine(b, j, to, head) && head.tagTo > head.tagFrom;
}

/** The same from the blank behind the month. */
export function dayLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  if (b[i] !== SPACE) return false;
  let j = i + 1;
  if (b[j] === SPACE) j++;
  if (!digit(b[j])) return false;
  j += digit(b[j + 1]) ? 2 : 1;
  if (b[j] !== SPACE) return false;
  let end = clockEnd(b, j + 1);
  if (end < 0 && b[j + 5] === SPACE) end = clockEnd(b, j + 6);
  if (end < 0) return false;
  head.shape = 'syslog';
  return hostAndTag(b, end, to, head);
}

/** `Sun 2023-04-02 07:06:40 UTC host tag: …` (journalctl -o short-full). */
export function fullLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  let j = b[i + 3] === SPACE ? dateClockEnd(b, i + 4, SPACE) : -1;
  if (j < 0 || b[j] !== SPACE) return false;
  for (j++; j < to && b[j] !== SPACE; ) j++;
  head.shape = 'full';
  return hostAndTag(b, j, to, head);
}

/** `Fri Sep 17 16:07:21 2021: (VI_1) Entering MASTER STATE` (keepalived, OpenVPN): ctime's words, and the message behind them. */
export function ctimeLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  const month = ((b[i + 4] ?? 0) << 16) | ((b[i + 5] ?? 0) << 8) | (b[i + 6] ?? 0);
  if (b[i + 3] !== SPACE || !MONTHS.has(month) || b[i + 7] !== SPACE || b[i + 10] !== SPACE || !digit(b[i + 9]))
    return false;
  let j = clockEnd(b, i + 11);
  if (j < 0 || b[j] !== SPACE) return false;
  for (const stop = j + 5; ++j < stop; ) if (!digit(b[j])) return false;
  if (b[j] === COLON) j++;
  // The date alone is what `date` of some languages prints.
  if (b[j] !== SPACE || j + 1 >= to) return false;
  head.rest = j + 1;
  return bare(head, 'ctime', j + 1);
}

/** `[87806.215444] host tag[1]: …` and `[87806.215444 <    0.000 >] host …`: dmesg has the bracket but no tag with a pid. */
export function monotonicLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
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
export function unixLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  let j = i;
  while (digit(b[j])) j++;
  if (j - i !== 10 || b[j] !== 46) return false;
  for (j++; digit(b[j]); ) j++;
  head.shape = 'unix';
  return hostAndTag(b, j, to, head) && head.tagTo > head.tagFrom;
}

/** `2021-03-04 10:20:30 host tag[7]: …` (syslog-ng, appliances): a tag with its pid must prove it. */
export function spacedLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  const j = dateClockEnd(b, i, SPACE);
  if (j < 0 || !hostAndTag(b, j, to, head) || !head.pid || head.hostTo === head.hostFrom) return false;
  head.shape = 'iso';
  return true;
}

/** `2016-03-30_19:46:40.88700 bird: …`: runit's svlogd, which Calico's node runs its daemons under; always UTC. */
export function runitLine(b: Uint8Array, i: number, head: Head): boolean {
  const j = dateClockEnd(b, i, 95);
  if (j < 0 || b[j] !== SPACE) return false;
  head.rest = j + 1;
  return bare(head, 'stamped', j + 1);
}
