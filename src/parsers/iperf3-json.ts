/**
 * iperf3 -J
 *
 *     { "start": { "connected": [{ "local_host": "10.71.1.2", "remote_host": "10.71.2.2", "remote_port": 5201 }],
 *       "connecting_to": { "host": "10.71.2.2", "port": 5201 } },
 *       "end": { "sum_received": { "bits_per_second": 7.6e9 } }, "error": "unable to connect to server: Connection refused" }
 */
import type { TcpAttemptFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { attemptFact, newAttempt, outcomeOf, setTarget } from './tcp/attempt.js';
import { parseObjects } from './text/iproute2-json.js';
import { itemsAt, type Located, numberAt, textAt } from './text/located.js';

const rate = (object: Located, key: string): number | undefined => {
  const value = Number(textAt(object, 'end', key, 'bits_per_second') ?? Number.NaN);
  return Number.isFinite(value) ? Math.round(value) : undefined;
};

export const iperf3Json = defineParser<TcpAttemptFact>({
  command: 'iperf3-json',
  emits: ['tcp-attempt'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'iperf3' && argv.some((w) => w === '-J' || w === '--json') ? {} : undefined),
    file: /^iperf3?-.*json/,
    sniff(head) {
      const dense = head
        .slice(0, 30)
        .map((l) => l.slice(0, 500))
        .join('')
        .replace(/\s+/g, '');
      return /^\{"start":\{"connected":\[/.test(dense) ? 3 : 0;
    },
  },
  parse(text, out, context) {
    const at = context.argv.indexOf('-c');
    const asked = at > 0 ? context.argv[at + 1] : undefined;
    const port = context.argv[context.argv.indexOf('-p') + 1];
    parseObjects(text, out, context, (object, sink) => {
      const attempt = newAttempt(object.line);
      const [first] = itemsAt(object, 'start', 'connected');
      const error = textAt(object, 'error');
      const host = textAt(object, 'start', 'connecting_to', 'host') ?? textAt(first, 'remote_host') ?? asked;
      if (host !== undefined)
        setTarget(
          attempt,
          host,
          numberAt(object, 'start', 'connecting_to', 'port') ?? (context.argv.includes('-p') ? port : 5201),
        );
      const local = canonicalAddress(textAt(first, 'local_host') ?? '');
      if (local !== undefined) attempt.localAddress = local;
      const localPort = numberAt(first, 'local_port');
      if (localPort !== undefined) attempt.localPort = localPort;
      if (textAt(object, 'start', 'test_start', 'protocol') === 'UDP') attempt.protocol = 'udp';
      const bitsPerSecond = rate(object, 'sum_received') ?? rate(object, 'sum');
      const retransmits = numberAt(object, 'end', 'sum_sent', 'retransmits');
      if (first) attempt.outcome = bitsPerSecond === 0 ? 'stalled' : 'connected';
      if (bitsPerSecond !== undefined)
        attempt.transfer = { bitsPerSecond, ...(retransmits !== undefined && { retransmits }) };
      if (error !== undefined) {
        attempt.what = error;
        if (!first) attempt.outcome = outcomeOf(error);
      }
      const fact = attemptFact(attempt);
      if (fact) sink.fact(object.line, fact);
      else sink.gap(object.line, 'a run without its target or its end');
    });
  },
});
