import type { NetworkCounterFact } from '../facts/index.js';
import { type CaptureContext, defineParser } from '../kit/index.js';
import { statName } from './conntrack/stats.js';
import { collectFailures } from './text/failure.js';
import { filesRead, readsFile } from './text/reads-file.js';
import { wordsOf } from './text/words.js';

/*
 * entries  allocs   destroys hash_grows lookups  hits     res_failed … unresolved_discards table_fulls
 * 0000000d 00000005 00000000 00000001   00000015 0000000a 00000000   … 00000000            00000002
 *
 * net/core/neighbour.c neigh_stat_seq_show: a row a CPU, and in each the same count of entries. `table_fulls` is the kernel's "neighbour
 * table overflow".
 *
 * entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new …
 * 0000000e  00000000 00000000 00000000 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000002  00000000 …
 *
 * net/netfilter/nf_conntrack_standalone.c ct_cpu_seq_show; before 5.10 `searched` stands in place of `clashres`.
 */
const NEIGHBOURS = /^entries +allocs +destroys +hash_grows\b/;
const CONNTRACK = /^entries +(?:searched|clashres) +found +new +invalid\b/;
const isHeader = (line: string): boolean => NEIGHBOURS.test(line) || CONNTRACK.test(line);
const NAMES = /(arp_cache|ndisc_cache|clip_arp_cache)/;

function cacheOf({ argv, fileName }: CaptureContext): string {
  const named = argv.length > 0 ? filesRead(argv).join(' ') : fileName.replaceAll('-', '_');
  return NAMES.exec(named)?.[1] ?? 'neighbour_cache';
}

/** `/proc/net/stat/arp_cache`, `ndisc_cache` and `nf_conntrack`: what the neighbour tables and the connection tracker went through. */
export const procNetStat = defineParser<NetworkCounterFact>({
  command: 'proc-net-stat',
  emits: ['network-counter'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, /\/stat\/(?:(?:arp|ndisc)_cache|(?:nf|ip)_conntrack)$/),
    file: /(?:^|-)(?:arp|ndisc)-cache$|^(?:proc-net-)?stat-(?:nf|ip)-conntrack$/,
    sniff: (head) => (head.slice(0, 5).some(isHeader) ? 3 : 0),
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const cache = cacheOf(context);
    let names: readonly string[] = [];
    let tracker = false;
    let at = -1;
    const sums = new Map<string, number>();
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = line.length < 1000 ? wordsOf(line) : [];
      if (isHeader(line)) {
        if (names.length > 0) out.gap(i, 'a second table');
        else out.part(i);
        names = words;
        tracker = CONNTRACK.test(line);
        at = at === -1 ? i : at;
      } else if (names.length > 0 && words.length === names.length && words.every((w) => /^[\da-f]{8,16}$/.test(w))) {
        out.part(i);
        for (const [n, name] of names.entries()) {
          const value = Number.parseInt(words[n] ?? '', 16);
          sums.set(name, name === 'entries' ? value : (sums.get(name) ?? 0) + value);
        }
      } else if (line.trim() !== '' && !failures.take(i, line)) out.gap(i, 'not a row of these statistics');
    }
    for (const [name, value] of sums)
      out.fact(at, { kind: 'network-counter', name: tracker ? statName(name) : `${cache}.${name}`, value });
    failures.close(sums.size > 0);
  },
});
