import type { SocketUsageFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * sockets: used 270
 * TCP: inuse 27 orphan 0 tw 8 alloc 30 mem 3
 * TCP6: inuse 4
 *
 * net/ipv4/proc.c sockstat_seq_show and net/ipv6/proc.c: `inuse` is of one family, the rest of a line of both.
 */
const ROW = /^(sockets|TCP|UDP|UDPLITE|RAW|FRAG|MPTCP)(6?):((?: [a-z]+ \d{1,15})+) ?$/;
const OF_FAMILY: ReadonlySet<string> = new Set(['inuse', 'memory']);

/** `/proc/net/sockstat` and `sockstat6`. */
export const procNetSockstat = defineParser<SocketUsageFact>({
  command: 'proc-net-sockstat',
  emits: ['socket-usage'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/net/sockstat', '/proc/net/sockstat6']),
    file: /(?:^|-)sockstat6?$/,
    sniff: (head) => (share(head, (line) => line.length < 300 && ROW.test(line)) > 0.8 ? 3 : 0),
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const row = line.length < 300 ? ROW.exec(line) : null;
      if (row) {
        some = true;
        const [, protocol = '', six = '', rest = ''] = row;
        const own: Record<string, number> = {};
        const both: Record<string, number> = {};
        const words = wordsOf(rest);
        for (let w = 0; w + 1 < words.length; w += 2) {
          const name = words[w] ?? '';
          (OF_FAMILY.has(name) && protocol !== 'sockets' ? own : both)[name] = Number(words[w + 1]);
        }
        if (Object.keys(own).length > 0)
          out.fact(i, { kind: 'socket-usage', protocol, family: six === '6' ? 6 : 4, counts: own });
        if (Object.keys(both).length > 0) out.fact(i, { kind: 'socket-usage', protocol, counts: both });
      } else if (line.trim() !== '' && !failures.take(i, line)) out.gap(i, 'not a row of sockstat');
    }
    failures.close(some);
  },
});
