/**
 * tcpdump's text, one fact per packet; with -v a packet takes two lines, and the inner packet of VXLAN has lines of its own.
 *
 *     tcpdump: listening on cni0, link-type EN10MB (Ethernet), capture size 262144 bytes
 *     02:20:55.105370 IP (tos 0x0, ttl 63, id 39191, offset 0, flags [DF], proto ICMP (1), length 84)
 *         10.244.6.0 > 10.244.19.28: ICMP echo request, id 11493, seq 1, length 64
 */
import type { PacketCaptureFact, PacketFact } from '../facts/index.js';
import { defineParser, type Sink, type Text } from '../kit/index.js';
import { argumentsOf } from './tcpdump/command.js';
import { type Front, frontOf, type Since } from './tcpdump/front.js';
import { awaitsInner, goesOn, type Open, openPacket, packetOf } from './tcpdump/open.js';
import { isAsciiHeader, sniffPackets } from './tcpdump/sniff.js';

const LISTENING = /^(?:tcpdump: )?listening on (\S+?),? link-type|^reading from (?:file|PCAP-NG file) (\S+?),? /;
const COUNT = /^(?:\^C)?\s*(\d+) packets? (captured|received by filter|dropped by kernel|dropped by interface)/;
const CHATTER =
  /^(?:tcpdump: (?:verbose output|data link type|WARNING|warning|Warning|snapshot|listening|can't get)|dropped privs|Warning: interface names|\^C$|\(Promiscuous|\(BIOCPROMISC|Got \d+|Clearing|NOTE: |Maximum file limit reached)/;
const FAILED = /^(?:tcpdump: |\(socket: |\(No such device|.*tcpdump: (?:command )?not found|sudo: )/;
/** The second line of a packet, whose first was not copied. */
const INSIDE = /^\s*\S{1,200} > \S{1,200}: /;
const ELLIPSIS = /^\s*(?:\.{3,}|…|\[\.\.\.\]|\[snip\])\s*$/i;

/** With -A and -X payload comes along; addresses and flags stand in front of it. */
const MOST_OF_LINE = 4096;

interface Run {
  line: number;
  dev: string | undefined;
  captured: number | undefined;
  received: number | undefined;
  dropped: number | undefined;
  droppedByInterface: number | undefined;
  lossLine: number | undefined;
  first: number | undefined;
  last: number | undefined;
  told: boolean;
}

const newRun = (dev: string | undefined): Run => ({
  line: -1,
  dev,
  captured: undefined,
  received: undefined,
  dropped: undefined,
  droppedByInterface: undefined,
  lossLine: undefined,
  first: undefined,
  last: undefined,
  told: false,
});

type Out = Sink<PacketCaptureFact | PacketFact>;

interface Reading {
  readonly out: Out;
  readonly firstLine: number;
  readonly filter: string | undefined;
  readonly asked: string | undefined;
  readonly since: Since;
  run: Run;
  open: Open | undefined;
  /** `-A` prints payload at the line's start: whatever is no packet is payload. */
  ascii: boolean;
  /** Has any packet had a stamp? Without `-t` all have. */
  stamped: boolean;
  some: boolean;
  readonly failures: { readonly line: number; readonly text: string }[];
}

function endPacket(r: Reading): void {
  const { open, run } = r;
  r.open = undefined;
  if (!open) return;
  const packet = packetOf(open, run.dev);
  if (typeof packet === 'string') {
    r.out.gap(open.line, packet);
    return;
  }
  r.some = true;
  const when = packet.clock ?? packet.time;
  run.first ??= when;
  if (when !== undefined) run.last = when;
  r.out.fact(open.line, packet);
}

function endRun(r: Reading): void {
  const { line, dev, captured, received, dropped, droppedByInterface, lossLine, first, last, told } = r.run;
  if (told)
    r.out.fact(line, {
      kind: 'packet-capture',
      ...(dev !== undefined && { dev }),
      ...(r.filter !== undefined && { filter: r.filter }),
      ...(captured !== undefined && { captured }),
      ...(received !== undefined && { receivedByFilter: received }),
      ...(dropped !== undefined && { droppedByKernel: dropped }),
      ...(droppedByInterface !== undefined && { droppedByInterface }),
      ...(lossLine !== undefined && { lossLine }),
      ...(first !== undefined && { first }),
      ...(last !== undefined && { last }),
    });
  r.run = newRun(r.asked);
}

/** With -t packets have no stamp; the inner packet of a tunnel never has one. */
function beginsPacket(r: Reading, line: string): Front | undefined {
  const inside = awaitsInner(r.open);
  const stamped = frontOf(line, 'always', r.since);
  if (stamped) {
    r.stamped = true;
    return stamped;
  }
  return r.stamped || inside || /^\s/.test(line) ? undefined : frontOf(line, 'any');
}

/** Closing counts of a run; `at` is the line's number in its file. */
function counted(line: string, run: Run, at: number): boolean {
  const count = COUNT.exec(line);
  if (!count) return false;
  const number = Number(count[1]);
  if (count[2] === 'captured') run.captured = number;
  else if (count[2] === 'received by filter') run.received = number;
  else if (count[2] === 'dropped by kernel') run.dropped = number;
  else run.droppedByInterface = number;
  if (/^dropped/.test(count[2] ?? '') && number > 0) run.lossLine ??= at;
  return true;
}

/** A line that belongs to no packet. */
function otherLine(r: Reading, line: string, i: number): void {
  const listening = LISTENING.exec(line);
  // Standard error often comes first, and all the packets of the run behind its last counts.
  if (listening && r.run.told) endRun(r);
  if (listening) r.run.dev = listening[1] ?? r.run.dev;
  if (listening || counted(line, r.run, r.firstLine + i)) {
    r.run.told = true;
    if (r.run.line < 0) r.run.line = i;
    r.out.part(i);
  } else if (ELLIPSIS.test(line)) {
    r.out.noise(i);
    r.out.incomplete('filtered', '...');
  } else if (line === '--') {
    r.out.noise(i);
    r.out.incomplete('filtered', 'grep left lines out between its matches');
  } else if (!r.some && !r.stamped && INSIDE.test(line)) {
    r.out.noise(i);
    r.out.incomplete('truncated', 'begins within a packet');
  } else if (CHATTER.test(line)) r.out.noise(i);
  else if (FAILED.test(line)) r.failures.push({ line: i, text: line });
  else r.out.gap(i, 'not a line of tcpdump');
}

/** Payload of `-A`: an IP header in letters first (`E..T.@.@`), then whatever was sent. */
function isPayload(r: Reading, line: string): boolean {
  if (!r.open || LISTENING.test(line) || COUNT.test(line) || FAILED.test(line)) return false;
  // Remarks without tcpdump's name in front could be what was sent.
  if (/^(?:\^C|dropped privs)/.test(line) || (!r.ascii && CHATTER.test(line))) return false;
  if (!r.ascii && isAsciiHeader(line)) r.ascii = true;
  return r.ascii;
}

function parse(text: Text, out: Out, argv: readonly string[]): void {
  const { dev, filter, since, ascii } = argumentsOf(argv);
  const r: Reading = {
    out,
    firstLine: text.firstLine,
    filter,
    asked: dev,
    since,
    run: newRun(dev),
    open: undefined,
    ascii: ascii === true,
    stamped: false,
    some: false,
    failures: [],
  };
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).slice(0, MOST_OF_LINE).trimEnd();
    if (line.trim() === '') continue;
    const front = beginsPacket(r, line);
    if (front) {
      endPacket(r);
      r.open = openPacket(i, front);
      out.part(i);
    } else if (r.open && (goesOn(r.open, line, i) || isPayload(r, line))) out.part(i);
    else {
      endPacket(r);
      otherLine(r, line, i);
    }
  }
  endPacket(r);
  const { told, captured } = r.run;
  endRun(r);
  if (!r.some && captured !== undefined && captured > 0) out.only(['packet-capture']);
  for (const { line, text: message } of r.failures) {
    if (r.some || told) {
      // `pcap_loop: The interface disappeared`: what was seen before was seen.
      out.noise(line);
      out.incomplete('truncated', message.slice(0, 200));
    } else
      out.failed(
        line,
        /permission|not permitted/i.test(message) ? 'permission-denied' : 'command-failed',
        message.slice(0, 200),
      );
  }
}

export const tcpdump = defineParser<PacketCaptureFact | PacketFact>({
  command: 'tcpdump',
  emits: ['packet', 'packet-capture'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] !== 'tcpdump' || argv.some((a) => /^(?:-D|-h|--version|--help|--list-interfaces)$/.test(a)))
        return undefined;
      const saved = argv.some((a) => /^-[a-zA-Z]*w$/.test(a)) && !argv.includes('--print');
      const { dev, filter } = argumentsOf(argv);
      const scope = { ...(dev !== undefined && { dev }), ...(filter !== undefined && { filter }) };
      // With -w the packets went to a file: that none stands here says nothing of them.
      return saved ? { scope, kinds: ['packet-capture'] } : { scope };
    },
    file: /^tcpdump/,
    sniff(head) {
      if (
        head.some((l) => /^(?:tcpdump: )?listening on \S+?,? link-type \S+|^reading from file \S+, link-type/.test(l))
      )
        return 3;
      return sniffPackets(head);
    },
  },
  parse: (text, out, context) => parse(text, out, context.argv),
});
