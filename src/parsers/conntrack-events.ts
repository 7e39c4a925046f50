/**
 * conntrack -E
 *
 *         [NEW] tcp      6 120 SYN_SENT src=10.71.1.2 dst=10.96.0.10 sport=55182 dport=8080 [UNREPLIED] src=10.71.2.2 dst=10.71.1.2 sport=8080 dport=55182
 *      [UPDATE] tcp      6 60 SYN_RECV src=10.71.1.2 dst=10.96.0.10 sport=55182 dport=8080 src=10.71.2.2 dst=10.71.1.2 sport=8080 dport=55182
 */
import type { ConntrackEventFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { conntrackCommand } from './conntrack/command.js';
import { ASSURED, type Direction, type Flow, readFlow, tupleOf, UNREPLIED } from './conntrack/flow.js';
import { isSaved, readSaved, readXmlFlow } from './conntrack/forms.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

/* libnetfilter_conntrack's snprintf_default.c; `-o timestamp` puts a stamp in front, `-o extended` the network's name and number. */
const EVENT = /^(?:\[(\d+\.\d+) *\])?\s*\[(NEW|UPDATE|DESTROY)\]\s+(\S.*)$/;
const XML_EVENT = /^<flow type="(new|update|destroy)">/;
const SAVED_EVENT = /^-[AIUD] -t \d+ -u [A-Z_,]+ .*-s \S+ -d \S+ -[rg] /;
const SUMMARY = /^conntrack v\S+ \(conntrack-tools\): \d+ flow events have been shown/;
const FRAME = /^(?:<\?xml [^<>]*\?>|<\/?conntrack>|\^C)$/;
/** `-o save` prints an event as the option that does the same. */
const SAVED: Readonly<Record<string, ConntrackEventFact['event']>> = {
  '-A': 'new',
  '-I': 'new',
  '-U': 'update',
  '-D': 'destroy',
};

interface Event {
  readonly event: ConntrackEventFact['event'];
  readonly flow: Flow | string;
  readonly time?: number;
}

function read(line: string): Event | undefined {
  const xml = XML_EVENT.exec(line)?.[1];
  if (xml === 'new' || xml === 'update' || xml === 'destroy') return { event: xml, flow: readXmlFlow(line) };
  const m = EVENT.exec(line);
  const words = wordsOf(m ? (m[3] ?? '') : line);
  if (!m) {
    const event = isSaved(words) ? SAVED[words[0] ?? ''] : undefined;
    return event && { event, flow: readSaved(words) };
  }
  const event = m[2] === 'NEW' ? 'new' : m[2] === 'UPDATE' ? 'update' : 'destroy';
  return { event, flow: readFlow(words), ...(m[1] !== undefined && { time: Number(m[1]) }) };
}

function eventOf(line: string): Draft<ConntrackEventFact> | string {
  const found = read(line);
  if (!found) return 'not an event of conntrack';
  const { event, flow, time } = found;
  if (typeof flow === 'string') return flow;
  const [original, reply] = flow.directions as [Direction, Direction];
  const { protocol, state, flags, zone, mark } = flow;
  return {
    kind: 'conntrack-event',
    event,
    protocol,
    ...(state !== '' && { state }),
    original: tupleOf(protocol, original),
    reply: tupleOf(protocol, reply),
    unreplied: (flags & UNREPLIED) !== 0,
    assured: (flags & ASSURED) !== 0,
    ...(zone > 0 && { zone }),
    ...(mark > 0 && { mark }),
    ...(time !== undefined && { time }),
  };
}

export const conntrackEvents = defineParser<ConntrackEventFact>({
  command: 'conntrack-events',
  emits: ['conntrack-event'],
  scope: 'stack',
  claims: {
    command: (argv) => (conntrackCommand(argv)?.action === 'events' ? {} : undefined),
    file: /^conntrack-e(?:-|$)|^conntrack-events?/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 500).trimEnd()).filter((l) => l !== '');
      const events = lines.filter(
        (l) => XML_EVENT.test(l) || SAVED_EVENT.test(l) || (EVENT.test(l) && / src=\S+ dst=\S+ /.test(l)),
      ).length;
      if (!lines.some((l) => !SAVED_EVENT.test(l) || !/^-[AI]/.test(l))) return 0;
      return events > 0 && events * 2 >= lines.length ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 4000).trimEnd();
      if (line === '') continue;
      const event = eventOf(line);
      if (typeof event !== 'string') {
        out.fact(i, event);
        some = true;
      } else if (SUMMARY.test(line) || FRAME.test(line)) {
        out.noise(i);
        some = true;
      } else if (!failures.take(i, line)) out.gap(i, event);
    }
    failures.close(some);
  },
});
