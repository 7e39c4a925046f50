/**
 * The kernel's ring buffer: `dmesg`, `dmesg --raw|-T|-x|-H`, `/var/log/dmesg`.
 *
 *     [11464077.355400] neighbour: arp_cache: neighbor table overflow!
 *     <4>[  212.046721] IPv4: martian source 10.244.1.3 from 10.0.2.15, on dev flannel.1
 *     [Thu Jan 23 16:55:10 2020] nf_conntrack: nf_conntrack: table full, dropping packet
 */
import type { KernelLogFact, LogSpanFact, LogStamp } from '../facts/index.js';
import { decode, defineParser, type Sink, type Text } from '../kit/index.js';
import { findNeedles } from './log/needles.js';
import type { LogDraft } from './log/signature.js';
import { clockOf, ctimeWhen } from './log/stamp.js';
import { kernelNeedles, reader } from './log/tables.js';
import { unwrap } from './log/unwrap.js';

type DmesgFact = KernelLogFact | LogSpanFact;

/** Priority, caller id (CONFIG_PRINTK_CALLER) and the stamp in front of a message. */
const HEAD =
  /^(?:<\d{1,3}>|\w+ *:\w+ *: )?\[(?: *(\d+\.\d+)| *(\+\d+\.\d+)|(\w{3} \w{3} +\d{1,2} [\d:]{8} \d{4})|(\w{3} ?\d{1,2} \d\d:\d\d))\](?: ?\[ *[TC]\d+\])? ?/;
const FAILURE = /^(?:dmesg: .*(?:not permitted|denied|failed)|.*dmesg: (?:command )?not found)/;
const MOST_OF_LINE = 8192;

type When = Pick<LogStamp, 'clock' | 'dated' | 'uptime'>;

function whenOf(m: RegExpExecArray): When {
  if (m[1] !== undefined) return { uptime: Number(m[1]) };
  if (m[3] !== undefined) return ctimeWhen(m[3]);
  const clock = m[4] === undefined ? undefined : clockOf(`${m[4].slice(-5)}:00`);
  return clock === undefined ? {} : { clock };
}

/** Does the line begin as the ring buffer prints it? A look at the bytes: `[`, `<6>[` or `kern  :info  : [`. */
function hasHead(bytes: Uint8Array, from: number, to: number): boolean {
  if (bytes[from] === 91) {
    let i = from + 1;
    while (bytes[i] === 32) i++;
    const c = bytes[i] ?? 0;
    if (c >= 48 && c <= 57) {
      while (i < to && bytes[i] !== 93) i++;
      return i < to;
    }
  }
  return HEAD.test(decode(bytes, from, Math.min(to, from + 96)));
}

function parse(text: Text, out: Sink<DmesgFact>): void {
  const { bytes } = text;
  const hits = new Set<number>();
  const read = reader({
    ...out,
    // Every signature looked for here is the kernel's; leases and components cannot come out of it.
    fact: (line, fact: LogDraft) => (fact.kind === 'kernel-log' ? out.fact(line, fact) : undefined),
  });
  let first = -1;
  let last = -1;
  let lines = 0;
  for (let i = 0; i < text.count; i++) {
    const start = text.start(i);
    const next = text.start(i + 1);
    const end = next > start && bytes[next - 1] === 10 ? next - 1 : next;
    if (start === end) out.noise(i);
    else if (hasHead(bytes, start, end)) {
      lines++;
      if (first < 0) first = i;
      last = i;
      findNeedles(kernelNeedles(), bytes, start, Math.min(end, start + MOST_OF_LINE), hits);
      if (hits.size === 0) out.noise(i);
      else {
        const line = decode(bytes, start, Math.min(end, start + MOST_OF_LINE));
        const m = HEAD.exec(line);
        read(i, unwrap(line.slice(m?.[0].length ?? 0), { ...(m && whenOf(m)), unit: 'kernel' }, 'kernel'), hits);
        hits.clear();
      }
    } else otherLine(text, out, i, lines > 0);
  }
  if (lines > 0) span(text, out, first, last, lines);
}

function otherLine(text: Text, out: Sink<DmesgFact>, i: number, inside: boolean): void {
  const line = text.line(i);
  if (!inside && FAILURE.test(line)) {
    out.failed(i, /permitted|denied/i.test(line) ? 'permission-denied' : 'command-failed', line.slice(0, 200));
  } else if (/^\s*(?:\.{3,}|…)\s*$/.test(line)) {
    out.noise(i);
    out.incomplete('filtered', '...');
  } else if (inside && /^(?:\s|$)/.test(line)) out.noise(i);
  else out.gap(i, 'not a line of the ring buffer');
}

function span(text: Text, out: Sink<DmesgFact>, first: number, last: number, lines: number): void {
  const at = (i: number): When => {
    const m = HEAD.exec(text.line(i).slice(0, 96));
    return m ? whenOf(m) : {};
  };
  const [from, to] = [at(first), at(last)];
  const reversed = from.uptime !== undefined && to.uptime !== undefined && to.uptime < from.uptime;
  out.fact(first, { kind: 'log-span', lines, reversed, unit: 'kernel', ...(reversed ? to : from) });
}

export const dmesg = defineParser<DmesgFact>({
  command: 'dmesg',
  emits: ['kernel-log', 'log-span'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] === 'dmesg')
        return argv.some((a) => /^(?:-C|--clear|-D|-E|-n|--console-level)/.test(a)) ? undefined : {};
      return argv[0] === 'cat' && argv.length === 2 && /\/dmesg(?:\.\d+)?$/.test(argv[1] ?? '') ? {} : undefined;
    },
    file: /^(?:.*-)?dmesg(?:-.*)?$/,
    sniff(head) {
      // Ten digits in the bracket are an epoch (`ping -D`), not an uptime.
      const lines = head.filter((l) => l.trim() !== '' && !/^\s/.test(l));
      const matching = lines.filter((l) => HEAD.test(l) && !/^\[\d{10}\.|^\[[^\]]*\] \S+ \S+\[\d+\]:/.test(l)).length;
      if (matching * 10 >= lines.length * 9) return matching >= 3 ? 3 : matching > 0 ? 2 : 0;
      return matching * 2 >= lines.length && matching > 0 ? 2 : 0;
    },
  },
  parse,
});
