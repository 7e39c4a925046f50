/**
 * arping of iputils, busybox, and that of Thomas Habets.
 *
 *     ARPING 10.71.1.1 from 10.71.1.2 eth0
 *     Unicast reply from 10.71.1.1 [F6:32:87:AF:D4:5A]  0.541ms
 *     Sent 2 probes (1 broadcast(s))
 *     Received 2 response(s)
 */
import type { ArpProbeFact } from '../facts/index.js';
import { canonicalAddress, defineParser, isLladdr, type Sink, type Text } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

const HEADER = /^ARPING (\S+)(?: from (\S+) (\S+))?$/;
const REPLY =
  /^(?:Unicast|Broadcast) (?:reply|request) from (\S+) \[([\da-fA-F:]+)\](?: for \S+)?(?: \[[\da-fA-F:]+\])?/;
const HABETS = /^\d+ bytes from (\S+) \(([^)]+)\): (?:index|icmp_seq)=\d+/;
const SENT = /^Sent (\d+) probe/;
const RECEIVED = /^Received (\d+) (?:response|repl)/;
const COUNTS = /^(\d+) packets transmitted, (\d+) packets received/;
const REST = /^(?:Timeout|--- \S+ statistics ---|rtt min\/avg\/max|\^C)/;

const OWN_FAILURE = /^(?:arping2?: |Interface "\S+" (?:is not ARPable|is down))/;

interface Run {
  readonly line: number;
  target: string;
  source?: string;
  dev?: string;
  transmitted?: number;
  received?: number;
  replies: number;
  readonly answers: Map<string, { lladdr: string; address?: string; line: number }>;
}

/** A network can't have more owners of one address than this and still work. */
const MOST_ANSWERS = 64;

const newRun = (line: number, target: string): Run => ({ line, target, replies: 0, answers: new Map() });

/** `-I eth0 10.0.0.1`: the output of -q and a broken start are without their header. */
function asked(argv: readonly string[]): { target?: string; dev?: string } {
  const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
  const at = words.findIndex((w) => w === '-I' || w === '-i');
  const target = words.findLast(
    (w, i) => i > 0 && canonicalAddress(w) !== undefined && !/^-[sSI]$/.test(words[i - 1] ?? ''),
  );
  return { ...(target !== undefined && { target }), ...(at > 0 && { dev: words[at + 1] ?? '' }) };
}

function answer(run: Run, lladdr: string, address: string, line: number): void {
  run.replies++;
  const key = lladdr.toLowerCase();
  const from = canonicalAddress(address);
  if (isLladdr(key) && !run.answers.has(key) && run.answers.size < MOST_ANSWERS)
    run.answers.set(key, { lladdr: key, ...(from !== undefined && { address: from }), line });
}

function read(run: Run, line: string, at: number): boolean {
  const reply = REPLY.exec(line);
  const habets = reply ? null : HABETS.exec(line);
  if (reply) answer(run, reply[2] ?? '', reply[1] ?? '', at);
  else if (habets) {
    const [first = '', second = ''] = habets.slice(1);
    if (isLladdr(first.toLowerCase())) answer(run, first, second, at);
    else answer(run, second, first, at);
  } else {
    const counts = COUNTS.exec(line);
    const sent = counts ?? SENT.exec(line);
    const received = counts?.[2] ?? RECEIVED.exec(line)?.[1];
    if (sent) run.transmitted = Number(sent[1]);
    if (received !== undefined) run.received = Number(received);
    return sent !== null || received !== undefined;
  }
  return true;
}

function close(run: Run | undefined, out: Sink<ArpProbeFact>): void {
  if (!run) return;
  const { target, source, dev, transmitted } = run;
  out.fact(run.line, {
    kind: 'arp-probe',
    target: canonicalAddress(target) ?? target,
    ...(source !== undefined && { source }),
    ...(dev !== undefined && { dev }),
    ...(transmitted !== undefined && { transmitted }),
    received: run.received ?? run.replies,
    complete: run.received !== undefined,
    answers: [...run.answers.values()],
  });
}

function parse(text: Text, out: Sink<ArpProbeFact>, argv: readonly string[]): void {
  const failures = collectFailures(out);
  const { target, dev } = asked(argv);
  let run: Run | undefined;
  let some = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).slice(0, 1000).trim();
    if (line === '') continue;
    const header = HEADER.exec(line);
    if (header) {
      close(run, out);
      run = newRun(i, header[1] ?? '');
      const source = canonicalAddress(header[2] ?? '');
      if (source !== undefined) run.source = source;
      const device = header[3] ?? dev;
      if (device !== undefined) run.dev = device;
      some = true;
    } else if (REST.test(line)) out.noise(i);
    else if (run && read(run, line, text.firstLine + i)) out.part(i);
    else {
      const late = target === undefined ? undefined : newRun(i, target);
      if (!run && late && read(late, line, text.firstLine + i)) {
        run = late;
        if (dev !== undefined) run.dev = dev;
        some = true;
      } else if (!failures.take(i, line)) {
        if (OWN_FAILURE.test(line)) out.failed(i, 'command-failed', line.slice(0, 200));
        else out.gap(i, 'not a line of arping');
      }
    }
  }
  close(run, out);
  failures.close(some);
}

export const arping = defineParser<ArpProbeFact>({
  command: 'arping',
  emits: ['arp-probe'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      /^arping2?$/.test(argv[0] ?? '') || (argv[0] === 'busybox' && argv[1] === 'arping') ? {} : undefined,
    file: /^arping/,
    sniff: (head) => (head.some((l) => HEADER.test(l.slice(0, 1000).trim())) ? 3 : 0),
  },
  parse: (text, out, context) => parse(text, out, context.argv),
});
