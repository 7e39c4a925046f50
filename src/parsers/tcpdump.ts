/**
 * tcpdump's text, one fact per packet; with -v a packet takes two lines, and the inner packet of VXLAN has lines of its own.
 *
 *     tcpdump: listening on cni0, link-type EN10MB (Ethernet), capture size 262144 bytes
 *     02:20:55.105370 IP (tos 0x0, ttl 63, id 39191, offset 0, flags [DF], proto ICMP (1), length 84)
 *         10.244.6.0 > 10.244.19.28: ICMP echo request, id 11493, seq 1, length 64
 */
import type { PacketCaptureFact, PacketFact } from '../facts/index.js';
import { defineParser, type Sink, type Text } from '../kit/index.js';
import { arpOf, bodyOf, type Front, frontOf, headerOf, innerOf, type Network } from './tcpdump/packet.js';

const LISTENING = /^(?:tcpdump: )?listening on (\S+), link-type|^reading from (?:file|PCAP-NG file) (\S+?),? /;
const COUNT = /^(?:\^C)?(\d+) packets? (captured|received by filter|dropped by kernel|dropped by interface)/;
const CHATTER =
  /^(?:tcpdump: (?:verbose output|data link type|WARNING|warning|Warning|snapshot|listening)|dropped privs|Warning: interface names|\^C$|\(Promiscuous|Got \d+|Clearing)/;
const FAILED = /^(?:tcpdump: |\(socket: |.*tcpdump: (?:command )?not found|sudo: )/;
const ELLIPSIS = /^\s*(?:\.{3,}|…|\[\.\.\.\]|\[snip\])\s*$/i;

/** With -A and -X payload comes along; addresses and flags stand in front of it. */
const MOST_OF_LINE = 4096;

/** The packet whose lines are being read. */
interface Open {
  /** Line that shows the addresses: with -v the second one. */
  line: number;
  readonly front: Front;
  network: Network | undefined;
  /** Header of the body that is still to come. */
  header: string | undefined;
  /** The line that began an inner packet, its header alone. */
  innerHeader: string | undefined;
}

interface Run {
  line: number;
  dev: string | undefined;
  captured: number | undefined;
  received: number | undefined;
  dropped: number | undefined;
  told: boolean;
}

const newRun = (dev: string | undefined): Run => ({
  line: -1,
  dev,
  captured: undefined,
  received: undefined,
  dropped: undefined,
  told: false,
});

/** Options of tcpdump that take a value; what is left over is the filter. */
const TAKES_VALUE = /^-[a-zA-Z#]*[BcCDEFGijmMrsTVwWyzQ]$/;

function argumentsOf(argv: readonly string[]): { dev?: string; filter?: string } {
  const filter: string[] = [];
  let dev: string | undefined;
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word.startsWith('--interface=')) dev = word.slice(12);
    else if (word === '--interface' || /^-[a-zA-Z#]*i$/.test(word)) dev = argv[++i];
    else if (/^-i./.test(word)) dev = word.slice(2);
    else if (TAKES_VALUE.test(word)) i++;
    else if (!word.startsWith('-')) filter.push(word);
  }
  return {
    ...(dev !== undefined && { dev }),
    ...(filter.length > 0 && { filter: filter.join(' ').replace(/^['"]|['"]$/g, '') }),
  };
}

function startPacket(line: number, front: Front): Open {
  if (front.network === 'arp')
    return { line, front, network: arpOf(front.rest), header: undefined, innerHeader: undefined };
  const header = headerOf(front.rest);
  const network = bodyOf(header);
  const waits = !network && front.rest.startsWith('(');
  return { line, front, network, header: waits ? front.rest : undefined, innerHeader: undefined };
}

const tunnel = (n: Network | undefined): boolean => n?.protocol === 'vxlan' || n?.protocol === 'ipip';
const withInner = (outer: Network, inner: Network): Network => ({ ...outer, inner: innerOf(inner, outer.inner?.vni) });

/** A line without a stamp: does it go on with the open packet? */
function goesOn(open: Open, line: string): boolean {
  const indented = line.startsWith(' ') || line.startsWith('\t');
  if (!indented) {
    const front = tunnel(open.network) ? frontOf(line, false) : undefined;
    if (!front || !open.network || open.network.inner?.source !== undefined) return false;
    const inner = front.network === 'arp' ? arpOf(front.rest) : bodyOf(headerOf(front.rest));
    if (inner) open.network = withInner(open.network, inner);
    else open.innerHeader = front.rest;
    return true;
  }
  if (line.startsWith('    ') && open.header !== undefined) {
    open.network = bodyOf({ ...headerOf(open.header), body: line.trimStart() });
    open.header = undefined;
    // IPIP with -v: the inner header ends this line, the inner body is the next one.
    if (open.network?.protocol === 'ipip' && !open.network.inner?.source)
      open.innerHeader = (open.network.info ?? '').replace(/^IP6? /, '');
    return true;
  }
  if (line.startsWith('    ') && open.innerHeader !== undefined && open.network) {
    const inner = bodyOf({ ...headerOf(open.innerHeader), body: line.trimStart() });
    if (inner) open.network = withInner(open.network, inner);
    open.innerHeader = undefined;
  }
  // Quoted headers of ICMP errors, options, DNS and HTTP text, hex: they belong to the packet.
  return true;
}

type Out = Sink<PacketCaptureFact | PacketFact>;

function endPacket(open: Open | undefined, dev: string | undefined, out: Out): void {
  if (!open) return;
  const { front, network } = open;
  const addressed = front.network === 'ip' || front.network === 'ip6';
  if (!network && addressed && open.header === undefined) out.gap(open.line, 'a packet without two addresses');
  else {
    const where = front.link.dev ?? (dev === 'any' ? undefined : dev);
    const fields = network ?? { protocol: front.network, info: front.rest.slice(0, 200) };
    out.fact(open.line, { kind: 'packet', ...front.link, ...(where !== undefined && { dev: where }), ...fields });
  }
}

function endRun(run: Run, filter: string | undefined, out: Out): void {
  if (!run.told) return;
  const { line, dev, captured, received, dropped } = run;
  out.fact(line, {
    kind: 'packet-capture',
    ...(dev !== undefined && { dev }),
    ...(filter !== undefined && { filter }),
    ...(captured !== undefined && { captured }),
    ...(received !== undefined && { receivedByFilter: received }),
    ...(dropped !== undefined && { droppedByKernel: dropped }),
  });
}

/** With -t packets have no stamp; the inner packet of a tunnel never has one. */
function beginsPacket(line: string, open: Open | undefined): Front | undefined {
  const awaitsInner = open !== undefined && tunnel(open.network) && open.network?.inner?.source === undefined;
  return frontOf(line, awaitsInner || !/^(?:IP6?|ARP,) /.test(line));
}

function parse(text: Text, out: Out, argv: readonly string[]): void {
  const asked = argumentsOf(argv);
  let run = newRun(asked.dev);
  let open: Open | undefined;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).slice(0, MOST_OF_LINE);
    if (line.trim() === '') continue;
    const front = beginsPacket(line, open);
    if (front) {
      endPacket(open, run.dev, out);
      open = startPacket(i, front);
      out.part(i);
      continue;
    }
    const waits = open?.header !== undefined;
    if (open && goesOn(open, line)) {
      if (waits && open.header === undefined && open.network) open.line = i;
      out.part(i);
      continue;
    }
    endPacket(open, run.dev, out);
    open = undefined;
    const listening = LISTENING.exec(line);
    if (listening && run.told) {
      endRun(run, asked.filter, out);
      run = newRun(asked.dev);
    }
    if (listening) run.dev = listening[1] ?? run.dev;
    if (listening || counted(line, run)) {
      run.told = true;
      if (run.line < 0) run.line = i;
      out.part(i);
    } else otherLine(line, i, out);
  }
  endPacket(open, run.dev, out);
  endRun(run, asked.filter, out);
}

/** Closing counts of a run. */
function counted(line: string, run: Run): boolean {
  const count = COUNT.exec(line);
  if (!count) return false;
  if (count[2] === 'captured') run.captured = Number(count[1]);
  else if (count[2] === 'received by filter') run.received = Number(count[1]);
  else if (count[2] === 'dropped by kernel') run.dropped = Number(count[1]);
  return true;
}

function otherLine(line: string, i: number, out: Out): void {
  if (ELLIPSIS.test(line)) {
    out.noise(i);
    out.incomplete('filtered', '...');
  } else if (CHATTER.test(line)) out.noise(i);
  else if (FAILED.test(line)) {
    out.failed(i, /permission|not permitted/i.test(line) ? 'permission-denied' : 'command-failed', line.slice(0, 200));
  } else out.gap(i, 'not a line of tcpdump');
}

export const tcpdump = defineParser<PacketCaptureFact | PacketFact>({
  command: 'tcpdump',
  emits: ['packet', 'packet-capture'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] !== 'tcpdump' || argv.some((a) => /^-[a-zA-Z]*w$/.test(a) || /^(?:-D|-h|--version|--help)$/.test(a)))
        return undefined;
      const { dev, filter } = argumentsOf(argv);
      return { scope: { ...(dev !== undefined && { dev }), ...(filter !== undefined && { filter }) } };
    },
    file: /^tcpdump/,
    sniff(head) {
      if (head.some((l) => /^(?:tcpdump: )?listening on \S+, link-type \S+/.test(l))) return 3;
      const lines = head.filter((l) => l.trim() !== '' && !/^\s/.test(l));
      const packets = lines.filter((l) => {
        const front = frontOf(l, true);
        return front && front.network !== 'other';
      }).length;
      return packets > 0 && packets * 2 >= lines.length ? 3 : packets > 1 ? 1 : 0;
    },
  },
  parse: (text, out, context) => parse(text, out, context.argv),
});
