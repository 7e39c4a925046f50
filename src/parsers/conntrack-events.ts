/**
 * conntrack -E
 *
 *         [NEW] tcp      6 120 SYN_SENT src=10.71.1.2 dst=10.96.0.10 sport=55182 dport=8080 [UNREPLIED] src=10.71.2.2 dst=10.71.1.2 sport=8080 dport=55182
 *      [UPDATE] tcp      6 60 SYN_RECV src=10.71.1.2 dst=10.96.0.10 sport=55182 dport=8080 src=10.71.2.2 dst=10.71.1.2 sport=8080 dport=55182
 */
import type { ConntrackEventFact, ConntrackTuple } from '../facts/index.js';
import { canonicalAddress, type Draft, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

/* libnetfilter_conntrack's snprintf_default.c; `-o timestamp` puts a stamp in front, `-o extended` the network's name and number. */
const EVENT = /^(?:\[(\d+\.\d+)\])?\s*\[(NEW|UPDATE|DESTROY)\]\s+(\S.*)$/;
const SUMMARY = /^conntrack v\S+ \(conntrack-tools\): \d+ flow events have been shown/;

type Tuple = { -readonly [K in keyof ConntrackTuple]?: ConntrackTuple[K] };

function take(tuple: Tuple, key: string, value: string, protocol: string): void {
  const number = /^\d+$/.test(value) ? Number(value) : undefined;
  const address = canonicalAddress(value);
  if (key === 'src' && address !== undefined) tuple.source = address;
  else if (key === 'dst' && address !== undefined) tuple.destination = address;
  else if (number === undefined) return;
  else if (key === 'sport') tuple.sourcePort = number;
  else if (key === 'dport') tuple.destinationPort = number;
  // `-o id` ends any line with the entry's own id.
  else if (key === 'id' && protocol.startsWith('icmp')) tuple.icmpId ??= number;
}

const whole = (tuple: Tuple): ConntrackTuple | undefined => {
  const { source, destination } = tuple;
  return source === undefined || destination === undefined ? undefined : { ...tuple, source, destination };
};

function eventOf(line: string): Draft<ConntrackEventFact> | string {
  const m = EVENT.exec(line);
  if (!m) return 'not an event of conntrack';
  const words = wordsOf(m[3] ?? '');
  const at = /^ipv[46]$/.test(words[0] ?? '') ? 2 : 0;
  const tuples: Tuple[] = [];
  let state: string | undefined;
  let zone: number | undefined;
  let mark: number | undefined;
  for (const word of words.slice(at + 2)) {
    const [key = '', value] = word.split('=');
    if (value === undefined) {
      if (/^[A-Z][A-Z_]+2?$/.test(word) && tuples.length === 0) state = word;
    } else if (key === 'zone') zone = Number(value);
    else if (key === 'mark') mark = Number(value);
    else {
      if (key === 'src') tuples.push({});
      const tuple = tuples.at(-1);
      if (tuple && tuples.length < 3) take(tuple, key, value, words[at] ?? '');
    }
  }
  const [original, reply] = tuples.map(whole);
  if (!original || !reply) return 'an event whose addresses are masked or missing';
  return {
    kind: 'conntrack-event',
    event: m[2] === 'NEW' ? 'new' : m[2] === 'UPDATE' ? 'update' : 'destroy',
    protocol: (words[at] ?? '').toLowerCase(),
    ...(state !== undefined && { state }),
    original,
    reply,
    unreplied: words.includes('[UNREPLIED]'),
    assured: words.includes('[ASSURED]'),
    ...(zone !== undefined && Number.isFinite(zone) && { zone }),
    ...(mark !== undefined && mark > 0 && { mark }),
    ...(m[1] !== undefined && { time: Number(m[1]) }),
  };
}

export const conntrackEvents = defineParser<ConntrackEventFact>({
  command: 'conntrack-events',
  emits: ['conntrack-event'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      argv[0] === 'conntrack' && argv.some((w) => /^-[a-zA-Z]*E|^--event$/.test(w)) && !argv.includes('xml')
        ? {}
        : undefined,
    file: /^conntrack-e(?:-|$)|^conntrack-events?/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 500).trimEnd()).filter((l) => l !== '');
      const events = lines.filter((l) => EVENT.test(l) && / src=\S+ dst=\S+ /.test(l)).length;
      return events > 0 && events * 2 >= lines.length ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 2000).trimEnd();
      if (line === '') continue;
      const event = eventOf(line);
      if (typeof event !== 'string') {
        out.fact(i, event);
        some = true;
      } else if (SUMMARY.test(line) || line === '^C') {
        out.noise(i);
        some = true;
      } else if (!failures.take(i, line)) out.gap(i, event);
    }
    failures.close(some);
  },
});
