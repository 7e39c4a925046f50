import type { NetworkCounterFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { netstatMode } from './netstat/command.js';
import { nameOf, sentenceOf } from './netstat/sentences.js';
import { collectFailures } from './text/failure.js';
import { ICMP_HISTOGRAMS } from './text/net-tools.js';

/*
 * Tcp:
 *     89 active connection openings
 * TcpExt:
 *     3 times the listen queue of a socket overflowed
 *     TCPLossProbes: 12
 *
 * net-tools statistics.c: a sentence for what it has one for, the kernel's own name for the rest. Most are printed only when they are
 * not zero.
 */
const SECTION = /^([A-Z][A-Za-z]{1,10}6?):$/;
/** Settings and constants between the counters. */
const SETTINGS = /^(?:Forwarding(?:: \d+| is (?:enabled|disabled))|Default TTL is \d+|RTO algorithm is \S*)$/;

/** `netstat -s`: counters under the names that nstat gives them. */
export const netstatS = defineParser<NetworkCounterFact>({
  command: 'netstat-s',
  emits: ['network-counter'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] !== 'netstat') return undefined;
      const { what, letters } = netstatMode(argv);
      if (what !== 'statistics') return undefined;
      const some = /[tuwS6]/.exec(letters)?.[0];
      return some === undefined ? {} : { scope: { protocol: some } };
    },
    file: /(?:^|-)netstat(?:-[a-z]*s[a-z]*|-statistics)$/,
    sniff(head) {
      const sections = head.filter((line) => SECTION.test(line.trim())).length;
      const known = head.filter((line) => sentenceOf(line.trim()) !== undefined).length;
      // One or two, as grep leaves them: `19 SYNs to LISTEN sockets dropped` is nobody else's sentence.
      const lines = head.map((line) => line.trim()).filter((line) => line !== '');
      if (known === lines.length && lines.some((line) => line.length > 25)) return 2;
      // A few protocols that counted little: titles, and counters below them.
      const named = lines.filter((line) => ICMP_HISTOGRAMS.has(line) || /^[A-Za-z][A-Za-z ]{3,40}: \d+$/.test(line));
      if (sections > 0 && known > 0 && sections + known + named.length === lines.length) return known > 1 ? 2 : 1;
      if (known < 3) return 0;
      return sections > 0 ? 3 : 2;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let section = '';
    let direction: 'In' | 'Out' | '' = '';
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const head = SECTION.exec(line)?.[1];
      const histogram = ICMP_HISTOGRAMS.get(line);
      if (line === '' || SETTINGS.test(line) || /^unknown \w+$/.test(line)) out.noise(i);
      else if (head !== undefined) {
        section = head;
        direction = '';
        out.noise(i);
      } else if (histogram) {
        direction = histogram;
        out.noise(i);
      } else {
        const counter = nameOf(line, section, direction);
        if (counter) {
          some = true;
          // Sentences stand in both directions; the histogram ends where one of another kind begins.
          out.fact(i, { kind: 'network-counter', ...counter });
        } else if (!failures.take(i, line))
          out.gap(i, section === '' ? 'a counter of no known protocol' : 'not a counter of netstat -s');
      }
    }
    failures.close(some);
  },
});
