/**
 * The kernel's ring buffer: `dmesg` with any options, `/var/log/dmesg`, Talos' `talosctl dmesg`.
 *
 *     [11464077.355400] neighbour: arp_cache: neighbor table overflow!
 *     <4>[  212.046721] IPv4: martian source 10.244.1.3 from 10.0.2.15, on dev flannel.1
 *     kern  :warn  : [Thu Jan 23 16:55:10 2020] nf_conntrack: nf_conntrack: table full, dropping packet
 */
import type { KernelLogFact, LogSpanFact } from '../facts/index.js';
import { type CaptureContext, decode, defineParser, type Sink, type Text } from '../kit/index.js';
import { findNeedles } from './log/needles.js';
import { hasRingHead, type RingHead, readRingHead } from './log/ring.js';
import { spanOf } from './log/span.js';
import { kernelNeedles, type Reader, reader } from './log/tables.js';
import { unwrap } from './log/unwrap.js';

type DmesgFact = KernelLogFact | LogSpanFact;

const FAILURE = /^(?:dmesg: .*(?:not permitted|denied|failed)|.*dmesg: (?:command )?not found)/;
const MOST_OF_LINE = 8192;
/** Frame of `dmesg --json`, and its members but the message. */
const JSON_FRAME = /^(?:\s*"dmesg" *: *\[|\s*[{}\][],?|\s*\},? ?\{)\s*$/;
const JSON_MEMBER = /^\s*"(fac|pri|time|caller)" *: *(.*?),?\s*$/;
const JSON_MESSAGE = /^\s*"msg" *: *("(?:[^"\\]|\\.)*")/;

interface Scan {
  readonly text: Text;
  readonly out: Sink<DmesgFact>;
  readonly reader: Reader;
  readonly hits: Set<number>;
  /** No stamps were asked for: any line is a message. */
  readonly bare: boolean;
  first: { readonly line: number; readonly when: RingHead['when'] } | undefined;
  last: RingHead['when'];
  lines: number;
  told: boolean;
  /** Time of the entry in JSON whose message comes next, and its lines so far. */
  json: { readonly from: number; readonly when: RingHead['when'] } | undefined;
}

/** Reads a message that holds needles; `head` is what stands before it in its bytes. */
function telling(scan: Scan, line: number, bytes: Uint8Array, from: number, to: number, head: RingHead): void {
  const body = decode(bytes, from + head.length, Math.max(to, from + head.length));
  scan.told = scan.reader.read(line, unwrap(body, { ...head.when, unit: 'kernel' }, 'kernel'), scan.hits) === 'fact';
  scan.hits.clear();
}

const NO_HEAD: RingHead = { length: 0, when: {} };

/** A line whose needles were looked for, and found unless it is the first line. */
function headedLine(scan: Scan, i: number, start: number, end: number, stop: number): void {
  const { bytes } = scan.text;
  const head = readRingHead(decode(bytes, start, Math.min(end, start + 160))) ?? NO_HEAD;
  scan.first ??= { line: i, when: head.when };
  if (scan.hits.size > 0) telling(scan, i, bytes, start, stop, head);
  else scan.out.noise(i);
}

function jsonLine(scan: Scan, i: number, line: string): boolean {
  const { out } = scan;
  if (JSON_FRAME.test(line)) {
    out.noise(i);
    scan.json = { from: i, when: {} };
    return true;
  }
  const member = JSON_MEMBER.exec(line.slice(0, 200));
  if (member) {
    const value = member[2] ?? '';
    // With -T and the like the value is no JSON: `"time": [Thu Jan 23 16:55:10 2020] ,`.
    const stamp = /^\d+\.\d+$/.test(value) ? `[${value}]` : value;
    const time = member[1] === 'time' ? readRingHead(`${stamp} `)?.when : undefined;
    scan.json = { from: scan.json?.from ?? i, when: time ?? scan.json?.when ?? {} };
    out.noise(i);
    return true;
  }
  const said = JSON_MESSAGE.exec(line)?.[1];
  if (said === undefined) return false;
  let text: unknown;
  try {
    text = JSON.parse(said);
  } catch {
    return false;
  }
  const bytes = new TextEncoder().encode(String(text).split('\n', 1)[0] ?? '');
  const when = scan.json?.when ?? {};
  findNeedles(kernelNeedles(), bytes, 0, Math.min(bytes.length, MOST_OF_LINE), scan.hits);
  scan.lines++;
  scan.told = false;
  scan.first ??= { line: i, when };
  scan.last = when;
  if (scan.hits.size > 0) telling(scan, i, bytes, 0, Math.min(bytes.length, MOST_OF_LINE), { length: 0, when });
  else out.noise(i);
  if (scan.told) for (let k = (scan.json?.from ?? i) + 1; k < i; k++) out.part(k);
  return true;
}

function otherLine(scan: Scan, i: number): void {
  const { text, out } = scan;
  const line = text.line(i).slice(0, 100_000);
  const inside = scan.lines > 0;
  if (!inside && FAILURE.test(line)) {
    out.failed(i, /permitted|denied/i.test(line) ? 'permission-denied' : 'command-failed', line.slice(0, 200));
  } else if (/^\s*(?:\.{3,}|…)\s*$/.test(line)) {
    out.noise(i);
    out.incomplete('filtered', '...');
  } else if (/^\s*[{}"[\]]/.test(line) && jsonLine(scan, i, line)) return;
  else if (inside && /^(?:\s|$)/.test(line)) {
    if (scan.told) out.part(i);
    else out.noise(i);
  } else out.gap(i, 'not a line of the ring buffer');
}

/** Reads all lines; returns the last one that has a stamp in front, -1 when none has. */
function ringLines(scan: Scan): number {
  const { text, out, hits } = scan;
  const { bytes } = text;
  const table = kernelNeedles();
  let last = -1;
  for (let i = 0; i < text.count; i++) {
    const start = text.start(i);
    const next = text.start(i + 1);
    const end = next > start && bytes[next - 1] === 10 ? next - 1 : next;
    if (start === end) out.noise(i);
    else if (hasRingHead(bytes, start, end) || (scan.bare && !FAILURE.test(text.line(i).slice(0, 200)))) {
      const stop = Math.min(end, start + MOST_OF_LINE);
      findNeedles(table, bytes, start, stop, hits);
      scan.lines++;
      scan.told = false;
      last = i;
      if (hits.size === 0 && scan.first) out.noise(i);
      else headedLine(scan, i, start, end, stop);
    } else otherLine(scan, i);
  }
  return last;
}

const BANNER = /^Linux version \d+\.\d+\S* \(/;
/** What only the kernel puts in front of its messages. */
const SUBSYSTEM =
  /^(?:(?:Kernel c|C)ommand line|BIOS-provided|ACPI|IPv[46]|NET|TCP|UDP|IPVS|nf_conntrack|Bridge firewalling|BIOS-e820|smpboot)\b/;

/** `dmesg -t` from the kernel's start on: the banner, which /proc/version has too, and behind it subsystems that speak. */
function isBareRing(lines: readonly string[]): boolean {
  const [first = '', ...rest] = lines;
  return BANNER.test(first) && rest.filter((l) => SUBSYSTEM.test(l)).length >= 2;
}

/** Kernels that were told not to stamp (printk.time=0, the default of old), once the command says whose lines they are. */
function isUnstamped(lines: readonly string[]): boolean {
  const said = lines.filter((l) => l.trim() !== '' && !/^\s*(?:[{}"[\]]|\.{3}|<\d)/.test(l) && !FAILURE.test(l));
  return said.length > 2 && said.length * 4 > lines.filter((l) => l.trim() !== '').length * 3;
}

const BARE_HEAD = 40;

function firstLines(text: Text): string[] {
  const lines: string[] = [];
  for (let i = 0; i < Math.min(BARE_HEAD, text.count); i++) lines.push(text.line(i).slice(0, 160));
  return lines;
}

function parse(text: Text, out: Sink<DmesgFact>, context: CaptureContext): void {
  const { argv } = context;
  const scan: Scan = {
    text,
    out,
    // Every signature looked for here is the kernel's; leases and components cannot come out of it.
    reader: reader({ ...out, fact: (line, fact) => (fact.kind === 'kernel-log' ? out.fact(line, fact) : undefined) }),
    hits: new Set(),
    bare:
      (argv[0] === 'dmesg' && argv.some((a) => /^-[a-zA-Z]*t$|^--notime$|notime/.test(a))) ||
      (argv[0] === 'dmesg' && isUnstamped(firstLines(text))) ||
      (argv.length === 0 && isBareRing(firstLines(text))),
    first: undefined,
    last: {},
    lines: 0,
    told: false,
    json: undefined,
  };
  const last = ringLines(scan);
  scan.reader.close();
  if (!scan.first) return;
  const to = last < 0 ? scan.last : (readRingHead(text.line(last).slice(0, 160))?.when ?? {});
  const span = spanOf(scan.first.when, to, scan.lines, context, undefined);
  out.fact(scan.first.line, { ...span, unit: 'kernel' });
}

/** `[ts] host kernel: …` is journalctl's, `[epoch] …` ping's and conntrack's. */
/** Journals with a Unix time, syslog behind a stamp, nettrace's steps of a packet (`[9868408.922853] [ip_output ] TCP: …`). */
const NOT_MINE = /^\[\d{10}\.|^\[ *\d+\.\d+\] \[\w+ *\] |^\[[^\]]*\] \S+ (?:\S+\[\d+\]|kernel):/;

export const dmesg = defineParser<DmesgFact>({
  command: 'dmesg',
  emits: ['kernel-log', 'log-span'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] === 'dmesg' || (argv[0] === 'talosctl' && argv.includes('dmesg'))) {
        if (argv.some((a) => /^(?:-C|--clear|-D|-E|-n|--console-level|--console-o)/.test(a))) return undefined;
        const level = argv.findIndex((a) => /^(?:-[a-zA-Z]*l|--level|-f|--facility|--since|--until|-u)(?:=|$)/.test(a));
        return level === -1 ? {} : { scope: { selection: argv.slice(level, level + 2).join(' ') } };
      }
      return argv[0] === 'cat' && argv.length === 2 && /\/dmesg(?:\.\d+)?$/.test(argv[1] ?? '') ? {} : undefined;
    },
    file: /^(?:.*-)?dmesg(?:-.*)?$/,
    sniff(head) {
      const lines = head.filter((l) => l.trim() !== '' && !/^\s/.test(l));
      if (lines[0] === '{' && head.slice(0, 4).some((l) => /^\s*"dmesg" *:/.test(l))) return 3;
      if (isBareRing(lines.slice(0, BARE_HEAD))) return 2;
      const matching = lines.filter((l) => readRingHead(l.slice(0, 160)) && !NOT_MINE.test(l.slice(0, 400))).length;
      if (matching * 10 >= lines.length * 9) return matching >= 3 ? 3 : matching > 0 ? 2 : 0;
      return matching * 2 >= lines.length && matching > 0 ? 2 : 0;
    },
  },
  parse,
});
