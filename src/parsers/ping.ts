/**
 * ping of iputils, busybox and the BSDs; several runs in one capture are several facts.
 *
 *     PING 10.244.19.3 (10.244.19.3) 56(84) bytes of data.
 *     From 10.244.1.1 icmp_seq=1 Destination Net Unreachable
 *     1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
 */
import type { PingFact } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';

const HEADER = /^PING\s*(\S*?)\s*\((?:([^()]*)|[^()]*\(([^()]*)\))\)/;
const HEADER6_BSD = /^PING6\((\d+)=[^)]*\) \S+ --> (\S+)/;
const SIZE = /(\d+)(?:\(\d+\))? (?:data )?bytes/;
const STAMP = /^\[\d+\.\d+\] /;
const REPLY = /^\d+ bytes from .*\b(?:icmp_)?[rs]eq=\d+/;
const TTL = /\b(?:ttl|hlim)=(\d+)/;
const ICMP_ERROR = /^From (\S+)(?: \(([^)]*)\))?:? icmp_seq=\d+ (.+)$/;
const BSD_ERROR = /^\d+ bytes from \S*?(?: ?\(?([\da-fA-F.:]+)\)?): (.+)$/;
const OWN_ERROR = /^(?:ping6?: )?(?:local error|send(?:msg|to)|connect|sendmsg error|From .*): (.+)$/i;
const STATISTICS = /^-{2,3} (.*) ping6? statistics -{2,3}$/;
const COUNTS = /^(\d+) packets transmitted, (\d+) (?:packets )?received/;
/** Lines that belong to a run and tell nothing of their own. */
const REST =
  /^(?:rtt |round-trip |pipe \d|\^C$|PATTERN: |WARNING: |Warning: |no answer yet for|Request timeout for|Vr HL TOS|wrong data byte|\.{3,}$|\d+ bytes from|-- )|^\s*\d+ +\d+ +[\da-f]{2} [\da-f]{4}/;
const FAILED = /^(?:ping6?: .*|.*ping6?: (?:command )?not found|connect: .*|.*: not found)$/;

/** A long run against a dead target repeats its error for hours. */
const MOST_ERRORS = 1000;

interface Run {
  readonly line: number;
  target: string;
  address: string | undefined;
  family: 4 | 6 | undefined;
  size: number | undefined;
  ttl: number | undefined;
  transmitted: number | undefined;
  received: number | undefined;
  replies: number;
  readonly errors: { from?: string; what: string; line: number }[];
}

const newRun = (line: number, target: string): Run => ({
  line,
  target,
  address: undefined,
  family: undefined,
  size: undefined,
  ttl: undefined,
  transmitted: undefined,
  received: undefined,
  replies: 0,
  errors: [],
});

function headerOf(line: string, i: number): Run | undefined {
  const bsd = HEADER6_BSD.exec(line);
  const m = bsd ?? HEADER.exec(line);
  if (!m) return undefined;
  const inner = (bsd ? bsd[2] : (m[3] ?? m[2])) ?? '';
  const size = bsd ? bsd[1] : SIZE.exec(line.slice(m[0].length))?.[1];
  const run = newRun(i, (bsd ? bsd[2] : m[1]) || inner);
  run.address = canonicalAddress(inner);
  run.family = bsd || inner.includes(':') ? 6 : 4;
  if (size !== undefined) run.size = Number(size);
  return run;
}

/** The last word that is no option: what the command line pinged. */
function targetIn(argv: readonly string[]): string | undefined {
  const takesValue = /^-[cisIWwtTmMQSpelGBFN]$/;
  let target: string | undefined;
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (takesValue.test(word)) i++;
    else if (!word.startsWith('-') && word !== 'ping' && word !== 'ping6') target = word;
  }
  return target;
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

function close(run: Run | undefined, out: Sink<PingFact>): void {
  if (!run) return;
  const { address, size, ttl, transmitted } = run;
  out.fact(run.line, {
    kind: 'ping',
    target: run.target,
    family: run.family ?? (run.target.includes(':') ? 6 : 4),
    received: run.received ?? run.replies,
    complete: run.received !== undefined,
    errors: run.errors,
    ...(address !== undefined && { address }),
    ...(transmitted !== undefined && { transmitted }),
    ...(size !== undefined && { size }),
    ...(ttl !== undefined && { ttl }),
  });
}

function parse(text: Text, out: Sink<PingFact>, argv: readonly string[]): void {
  let run: Run | undefined;
  const asked = targetIn(argv);
  /** The run that a line belongs to; output without its header still has the command line or its statistics. */
  const current = (line: number, target = asked): Run | undefined => {
    if (!run && target !== undefined) run = newRun(line, target);
    return run;
  };
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).trim().replace(STAMP, '');
    if (line === '') continue;
    const header = headerOf(line, i);
    if (header) {
      close(run, out);
      run = header;
    } else {
      const statistics = STATISTICS.exec(line);
      if (statistics) {
        if (run?.received !== undefined) {
          close(run, out);
          run = undefined;
        }
        const open = current(i, statistics[1] || asked);
        if (open && statistics[1]) open.target = statistics[1];
        if (open) out.part(i);
      } else runLine(line, i, text, out, current);
    }
  }
  close(run, out);
}

function runLine(
  line: string,
  i: number,
  text: Text,
  out: Sink<PingFact>,
  current: (line: number) => Run | undefined,
): void {
  const counts = COUNTS.exec(line);
  if (counts || REPLY.test(line)) {
    const run = current(i);
    if (!run) out.gap(i, 'replies without a header that names the target');
    else if (counts) {
      run.transmitted = Number(counts[1]);
      run.received = Number(counts[2]);
      out.part(i);
    } else {
      if (!line.includes('(DUP!)')) run.replies++;
      const ttl = TTL.exec(line)?.[1];
      if (ttl !== undefined) run.ttl ??= Number(ttl);
      out.part(i);
    }
    return;
  }
  const error = errorOf(line);
  if (error) {
    const run = current(i);
    if (run) {
      if (run.errors.length < MOST_ERRORS) run.errors.push({ ...error, line: text.firstLine + i });
      out.part(i);
      return;
    }
  }
  if (FAILED.test(line))
    out.failed(i, /permitted|denied/.test(line) ? 'permission-denied' : 'command-failed', line.slice(0, 200));
  else if (REST.test(line)) out.noise(i);
  else out.gap(i, 'not a line of ping');
}

export const ping = defineParser<PingFact>({
  command: 'ping',
  emits: ['ping'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      argv[0] === 'ping' || argv[0] === 'ping6' || (argv[0] === 'busybox' && /^ping6?$/.test(argv[1] ?? ''))
        ? {}
        : undefined,
    file: /^ping6?(?:-|$)/,
    sniff(head) {
      if (head.some((l) => /^\s*PING6?\b/.test(l) && /\bbytes\b/.test(l) && headerOf(l.trim(), 0))) return 3;
      const telling = head.filter(
        (l) => COUNTS.test(l.trim()) || STATISTICS.test(l.trim()) || REPLY.test(l.trim()),
      ).length;
      return telling > 0 && telling * 2 >= head.filter((l) => l.trim() !== '').length ? 2 : 0;
    },
  },
  parse: (text, out, context) => parse(text, out, context.argv),
});
