import { canonicalAddress } from '../../kit/index.js';
import { addAnswerer, addError, newRun, type Run } from './run.js';

/*
 * Printed by iputils ping.c and ping_common.c (`bytes of data.`), busybox networking/ping.c (`: 56 data bytes`, `seq=0`), and the ping.c
 * and ping6.c of the BSDs and macOS (`PING6(56=40+8+8 bytes) A --> B`).
 */
const HEADER = /^PING\s*(\S*?)\s*\((?:([^()]*)|[^()]*\(([^()]*)\))\)/;
const HEADER6_BSD = /^PING6\((\d+)=[^)]*\) (\S+) --> (\S+)/;
const FROM = /^ from (\S+?)(?: ([\w.@-]+))? ?: /;
const SIZE = /(\d+)(?:\(\d+\) | (?:data )?bytes)/;
const REPLY = /^\d+ bytes from (.*?)[:,]? ?\b(?:icmp_)?[rs]eq=(\d+)/;
/** iputils has been translated since 2020: `64 Bytes von 10.0.0.1: icmp_seq=1 ttl=64 Zeit=0.045 ms`. Numbers stand in the same order in all. */
const REPLY_TRANSLATED = /^\d+ \D{2,40}?([\w.:%-]+(?: \([^()]{1,60}\))?): icmp_seq=(\d+) ttl=\d+ /;
const COUNTS_TRANSLATED =
  /^\D{0,30}?(\d+) \D{1,40}?(\d+)(?! ?%)[^\d%+]{1,40}(?:\+(\d+) (?:duplicates|\D{1,30}))?(?:\+\d+ \D{1,30})?\d+(?:\.\d+)?% ?\D{2,40}\d+ ?(?:ms|毫秒|мс)$/;
const TTL = /\b(?:ttl|hlim|TTL)=(\d+)/;
const ICMP_ERROR = /^(?:From|Von|De|Da|От|来自) (\S+)(?: \(([^)]*)\))?:? (?:icmp_)?seq=\d+ (.+)$/;
const BSD_ERROR = /^\d+ bytes from \S*?(?: ?\(?([\da-fA-F.:]+)\)?): (.+)$/;
const OWN_ERROR =
  /^(?:ping6?: )?(?:local error|send(?:msg|to)|sendmsg error|recv(?:msg|from)|connect|wr?ote|warning: got ICMP \d+|From .*)[:;]? (.+)$/i;
const COUNTS = /^(\d+) packets transmitted, (\d+) (?:packets )?received(?:, \+(\d+) duplicates)?/;
const DUPLICATES = /\+(\d+) duplicates/;
/** A run against silence at more verbose settings, signatures of its options, and endings. */
const REST =
  /^(?:rtt |round-trip |pipe \d|PATTERN: |WARNING: |no answer yet for|Request timeout for|Vr HL TOS|wrong data byte|#\d+\s|\.{3,}$|\d+ bytes from|-- |RR:|TS:|NOP$|LSRR:|SSRR:|Unrecorded hops|\(same route\)|ai->ai_family|\d+\/\d+ packets, \d+% loss|\d+\/\d+ packets, |Record Route|unknown option |cp[: ]|dp[: ])|(?:^|ping6?: )(?:Warning: |warning: |sock4\.fd: |sock6\.fd: )|^\s*\d+ +\d+ +[\da-f]{2} [\da-f]{4}|^[.E\b ]+$|^\^C|^(?:\^C|\^Z)?\[\d+\]/;
const HOP_OF_ROUTE =
  /^\s+(?:\S+ \([\da-fA-F.:]+\)|[\d.]+)(?:\s+-?\d+(?: absolute)?)?$|^\s+\(same route\)$|^\s*-?\d+ absolute(?: not-standard)?$/;

/** Does the line begin a run? */
export function headerOf(line: string, i: number): Run | undefined {
  if (line.length > 2000) return undefined;
  const bsd = HEADER6_BSD.exec(line);
  const m = bsd ?? HEADER.exec(line);
  if (!m) return undefined;
  const inner = (bsd ? bsd[3] : (m[3] ?? m[2])) ?? '';
  const rest = line.slice(m[0].length);
  const from = bsd ? undefined : FROM.exec(rest);
  const size = bsd ? bsd[1] : SIZE.exec(from ? rest.slice(from[0].length) : rest)?.[1];
  const run = newRun(i, (bsd ? bsd[3] : m[1]) || inner);
  const address = canonicalAddress(inner);
  const source = canonicalAddress((bsd ? bsd[2] : from?.[1]) ?? '');
  if (address !== undefined) run.address = address;
  if (source !== undefined) run.source = source;
  if (from?.[2] !== undefined) run.dev = from[2];
  run.family = bsd || inner.includes(':') ? 6 : 4;
  if (size !== undefined) run.size = Number(size);
  return run;
}

const countsOf = (line: string): RegExpExecArray | null => COUNTS.exec(line) ?? COUNTS_TRANSLATED.exec(line);
const replyOf = (line: string): RegExpExecArray | null => REPLY.exec(line) ?? REPLY_TRANSLATED.exec(line);
export const isCounts = (line: string): boolean => countsOf(line.slice(0, 300)) !== null;
export const isReply = (line: string): boolean => replyOf(line.slice(0, 300)) !== null;

/** `gw.example (10.0.0.1)`, `10.0.0.1`, `fe80::1%eth0`. */
function answererOf(text: string): string | undefined {
  const inside = /\(([^()]+)\)$/.exec(text);
  return canonicalAddress(inside?.[1] ?? text);
}

function errorOf(line: string): { from?: string; what: string } | undefined {
  const icmp = ICMP_ERROR.exec(line);
  if (icmp) {
    const from = canonicalAddress(icmp[2] ?? (icmp[1] ?? '').replace(/:$/, ''));
    return { ...(from && { from }), what: icmp[3] ?? '' };
  }
  const bsd = BSD_ERROR.exec(line);
  if (bsd && !/[rs]eq=/.test(bsd[2] ?? '')) {
    const from = canonicalAddress(bsd[1] ?? '');
    return { ...(from && { from }), what: bsd[2] ?? '' };
  }
  const own = OWN_ERROR.exec(line);
  return own ? { what: own[1] ?? '' } : undefined;
}

/** What a line of the inside of a run is to it. */
export type InRun = 'part' | 'rest' | 'homeless' | undefined;

/**
 * Reads one line into the run that it belongs to. `current` makes a run where output without its header still has a command line;
 * `homeless` is a line of ping without any.
 */
export function readLine(line: string, at: number, current: () => Run | undefined): InRun {
  if (line.length > 2000) return undefined;
  const counts = countsOf(line.slice(0, 300));
  const reply = counts ? null : replyOf(line.slice(0, 300));
  if (counts || reply) {
    const run = current();
    if (!run) return 'homeless';
    if (counts) {
      const duplicates = DUPLICATES.exec(line)?.[1];
      run.transmitted = Number(counts[1]);
      run.received = Number(counts[2]);
      if (duplicates !== undefined) run.duplicates = Number(duplicates);
    } else if (reply) {
      if (!line.includes('(DUP!)')) run.replies++;
      const ttl = TTL.exec(line)?.[1];
      if (ttl !== undefined) run.ttl ??= Number(ttl);
      run.firstReply ??= Number(reply[2]);
      addAnswerer(run, answererOf((reply[1] ?? '').trim()));
    }
    return 'part';
  }
  const error = errorOf(line);
  const run = error && current();
  if (error && run) {
    addError(run, error.what, at, error.from);
    return 'part';
  }
  return REST.test(line) || HOP_OF_ROUTE.test(line) ? 'rest' : undefined;
}
