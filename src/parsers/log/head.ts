import { decode } from '../../kit/index.js';
import { COLON, dateClockEnd, digit, klogMessage, letter, SPACE, startsAt } from './bytes.js';
import { mayBeOwn, ownHead } from './own.js';
import {
  bare,
  clear,
  ctimeLine,
  dayLine,
  fullLine,
  type Head,
  hostAndTag,
  MONTHS,
  monotonicLine,
  rfc5424Line,
  runitLine,
  spacedLine,
  syslogLine,
  unixLine,
  WEEKDAYS,
} from './syslog.js';

export { type Head, newHead, type Shape } from './syslog.js';

/** Host names, addresses, and what people call their machines (`client_machine`). */
const hostByte = (c: number): boolean => letter(c) || digit(c) || c === 45 || c === 46 || c === COLON || c === 95;

const LEVELS = /^(?:trace|debug|info|notice|warn|warning|error|err|crit|critical|fatal|panic)$/i;

/** `stderr F ` behind a CRI stamp (kubelet's logs.go; `P` until the line is complete). */
function criLine(b: Uint8Array, i: number, head: Head): boolean {
  if (!startsAt(b, i, 'std') || b[i + 6] !== SPACE || (b[i + 7] !== 70 && b[i + 7] !== 80)) return false;
  head.partial = b[i + 7] === 80;
  return bare(head, 'cri', b[i + 8] === SPACE ? i + 9 : i + 8);
}

function isoLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  const clock = dateClockEnd(b, i, 84);
  if (clock < 0) return false;
  let j = clock;
  const zulu = b[j] === 90;
  if (zulu) j++;
  else if (b[j] === 43 || b[j] === 45) for (j++; digit(b[j]) || b[j] === COLON; ) j++;
  if (b[j] !== SPACE)
    return b[j] === 9 || b[j] === 124 ? ownLine(b, i, to, head) : j === to && bare(head, 'stamped', j);
  head.rest = j + 1;
  if (criLine(b, j + 1, head)) return true;
  if (klogMessage(b, j + 1, to) >= 0) return bare(head, 'klog', j + 1);
  // Seven digits and more are Go's: docker and kubelet stamp in nanoseconds, syslog and journald in microseconds.
  if (clock - i > 26 || !hostAndTag(b, j, to, head) || !isHosted(b, head, zulu)) {
    head.tagFrom = head.tagTo = 0;
    return bare(head, 'stamped', j + 1);
  }
  head.shape = 'iso';
  return true;
}

/** Is what stands behind an ISO stamp a host and a tag? `INFO main:` is a level; without a host a tag must show that it is one. */
function isHosted(b: Uint8Array, head: Head, zulu: boolean): boolean {
  if (head.tagTo === head.tagFrom) return false;
  if (head.hostTo === head.hostFrom) return head.pid || !zulu;
  let letters = head.hostTo - head.hostFrom <= 8;
  for (let k = head.hostFrom; k < head.hostTo; k++) {
    const c = b[k] as number;
    if (!hostByte(c)) return false;
    letters &&= letter(c);
  }
  return !letters || !LEVELS.test(decode(b, head.hostFrom, head.hostTo));
}

const levelFirst = (b: Uint8Array, i: number, to: number): boolean =>
  /^\[(?:INFO|WARNING|ERROR|FATAL|PANIC|DEBUG)\] plugin\//.test(decode(b, i, Math.min(to, i + 30)));

function ownLine(b: Uint8Array, i: number, to: number, head: Head): boolean {
  const kind = ownHead(decode(b, i, Math.min(to, i + 150)));
  if (kind === 'none') return false;
  head.rest = i;
  return bare(head, kind === 'strong' ? 'own' : 'weak', i);
}

/** `[pod/coredns-x/coredns] ` of `kubectl logs --prefix`: offset behind it, with the container as tag; `i` when there is none. */
function behindPrefix(b: Uint8Array, i: number, to: number, head: Head): number {
  if (!startsAt(b, i, '[pod/')) return i;
  let slash = i + 4;
  let j = i + 5;
  for (const stop = Math.min(to, i + 600); j < stop && b[j] !== 93; j++) {
    if (b[j] === SPACE) return i;
    if (b[j] === 47) slash = j;
  }
  if (b[j] !== 93) return i;
  head.tagFrom = slash + 1;
  head.tagTo = j;
  return b[j + 1] === SPACE ? j + 2 : j + 1;
}

/** `kube-flannel-ds-4x7kz kube-flannel ` (stern), `[kube-proxy-x7k2p] ` (kubetail): pods are named so, and a container's line follows. */
const POD =
  /^(?:\[((?=[a-z0-9.]*-)[a-z0-9][a-z0-9.-]{2,80})(?: ([a-z0-9][a-z0-9-]{0,62}))?\] |((?=[a-z0-9.]*-)[a-z0-9][a-z0-9.-]{2,80}) ([a-z0-9][a-z0-9-]{0,62}) )/;

/** `kube-flannel I0123 …`, `etcd-0 {"level":…`: k9s and `stern --template` name the container alone; only these heads behind it are unmistakable. */
const CONTAINER = /^([a-z][a-z0-9-]{1,62}) (?=[IWEF]\d{4} |\{"\w)/;

/** What `stern --timestamps` and `kubectl logs --prefix --timestamps` put before the line, always in nanoseconds. */
const NANOSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d) /;

/** A container's line behind the name of its pod; the container, or else the pod, as tag. */
function podLine(b: Uint8Array, from: number, to: number, head: Head): boolean {
  const begin = decode(b, from, Math.min(to, from + 160));
  const [prefix, pod, container, stern] = POD.exec(begin) ?? [];
  if (prefix === undefined)
    return containerLine(b, from, to, head, CONTAINER.exec(begin)?.[1]) || talosLine(b, from, to, head, begin);
  const i = from + prefix.length;
  let rest = i;
  if (NANOSECONDS.test(decode(b, i, Math.min(to, i + 37))) && isoLine(b, i, to, head)) rest = head.rest;
  else if (klogMessage(b, i, to) >= 0) bare(head, 'klog', i);
  else if (ownHead(decode(b, i, Math.min(to, i + 150))) === 'strong') bare(head, 'own', i);
  else return false;
  head.stamp = i;
  head.rest = rest;
  head.tagTo = i - (stern === undefined ? 2 : 1);
  head.tagFrom = stern === undefined && container === undefined ? from + 1 : head.tagTo - (container ?? '').length;
  if (stern !== undefined) head.tagFrom = from + stern.length + 1;
  return pod !== undefined || stern !== undefined;
}

function containerLine(b: Uint8Array, from: number, to: number, head: Head, name: string | undefined): boolean {
  const i = from + (name ?? '').length + 1;
  if (name === undefined) return false;
  const json = b[i] === 123;
  if (!json && klogMessage(b, i, to) < 0) return false;
  bare(head, json ? 'json' : 'klog', i);
  head.stamp = head.rest = i;
  head.tagFrom = from;
  head.tagTo = i - 1;
  return true;
}

/** `10.0.0.101: I0123 …`: `talosctl logs` puts the node in front (siderolabs/talos cmd/talosctl/cmd/talos/logs.go). */
const TALOS = /^(?:\d{1,3}\.){3}\d{1,3}: (?=[IWEF]\d{4} |\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|\{"|time=")/;

function talosLine(b: Uint8Array, from: number, to: number, head: Head, begin: string): boolean {
  const prefix = TALOS.exec(begin)?.[0];
  if (prefix === undefined) return false;
  const i = from + prefix.length;
  clear(head, i);
  return headAt(b, i, to, head);
}

/** Reads the head at `i`, where the line may already have lost a prefix. */
function headAt(b: Uint8Array, i: number, to: number, head: Head): boolean {
  const first = b[i] ?? 0;
  if (first >= 65 && first <= 90) {
    const word = (first << 16) | ((b[i + 1] ?? 0) << 8) | (b[i + 2] ?? 0);
    if (MONTHS.has(word) && dayLine(b, i + 3, to, head)) return true;
    if (WEEKDAYS.has(word) && (fullLine(b, i, to, head) || ctimeLine(b, i, to, head))) return true;
    if (klogMessage(b, i, to) >= 0) return bare(head, 'klog', i);
  } else if (first === 91) {
    if (monotonicLine(b, i, to, head)) return true;
  } else if (digit(first)) {
    if (isoLine(b, i, to, head) || rfc5424Line(b, i, to, head) || unixLine(b, i, to, head)) return true;
    if (spacedLine(b, i, to, head) || runitLine(b, i, head)) return true;
  } else if (first === 123) return bare(head, 'json', i);
  if (mayBeOwn(first)) {
    head.tagFrom = head.tagTo = 0;
    if (ownLine(b, i, to, head)) return true;
  }
  return (letter(first) || digit(first) || first > 127) && syslogLine(b, i, to, head);
}

/** Reads the head of `bytes[from,to)` into `head`; false (shape `none`, the message is all) when the line has no log's head. */
export function readHead(b: Uint8Array, from: number, to: number, head: Head): boolean {
  clear(head, from);
  const first = b[from];
  if (first === 91) {
    if (bracketed(b, from, to, head)) return true;
    clear(head, from);
    return podLine(b, from, to, head);
  }
  // CoreDNS 1.2 left a blank where its stamp was: ` [ERROR] plugin/errors: …`.
  if (first === SPACE && b[from + 1] === 91 && levelFirst(b, from + 1, to)) {
    head.stamp = head.rest = from + 1;
    return bare(head, 'own', from + 1);
  }
  if (first === 60 && digit(b[from + 1])) {
    let j = from + 1;
    while (digit(b[j])) j++;
    if (b[j] === 62 && j - from <= 5) head.stamp = head.rest = j + 1;
  }
  if (headAt(b, head.stamp, to, head)) return true;
  clear(head, from);
  if (podLine(b, from, to, head)) return true;
  clear(head, from);
  return false;
}

/** A line that begins with a bracket may have kubectl's prefix in it; what follows is a container's line. */
function bracketed(b: Uint8Array, from: number, to: number, head: Head): boolean {
  const i = behindPrefix(b, from, to, head);
  const { tagFrom, tagTo } = head;
  head.stamp = head.rest = i;
  const known = headAt(b, i, to, head);
  if (tagTo === tagFrom) {
    if (!known) clear(head, from);
    return known;
  }
  // A host and a tag in it are words of the message.
  if (!known || head.hostTo > head.hostFrom || head.shape === 'iso') {
    const { rest } = head;
    clear(head, i);
    bare(head, 'stamped', known ? rest : i);
  }
  head.tagFrom = tagFrom;
  head.tagTo = tagTo;
  return true;
}
