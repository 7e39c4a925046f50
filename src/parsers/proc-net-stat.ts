import type { NetworkCounterFact } from '../facts/index.js';
import { type CaptureContext, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { filesRead, readsFile } from './text/reads-file.js';
import { wordsOf } from './text/words.js';

/*
 * entries  allocs   destroys hash_grows lookups  hits     res_failed … unresolved_discards table_fulls
 * 0000000d 00000005 00000000 00000001   00000015 0000000a 00000000   … 00000000            00000002
 *
 * net/core/neighbour.c neigh_stat_seq_show: a row a CPU, and in each the same count of entries. `table_fulls` is the kernel's "neighbour
 * table overflow".
 */
const HEADER = /^entries +allocs +destroys +hash_grows\b/;
const NAMES = /(arp_cache|ndisc_cache|clip_arp_cache)/;

function cacheOf({ argv, fileName }: CaptureContext): string {
  const named = argv.length > 0 ? filesRead(argv).join(' ') : fileName.replaceAll('-', '_');
  return NAMES.exec(named)?.[1] ?? 'neighbour_cache';
}

/** `/proc/net/stat/arp_cache` and `ndisc_cache`: what the neighbour tables went through. */
export const procNetStat = defineParser<NetworkCounterFact>({
  command: 'proc-net-stat',
  emits: ['network-counter'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, /\/stat\/(?:arp|ndisc)_cache$/),
    file: /(?:^|-)(?:arp|ndisc)-cache$/,
    sniff: (head) => (head.slice(0, 5).some((line) => HEADER.test(line)) ? 3 : 0),
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const cache = cacheOf(context);
    let names: readonly string[] = [];
    let at = -1;
    const sums = new Map<string, number>();
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = line.length < 1000 ? wordsOf(line) : [];
      if (HEADER.test(line)) {
        if (names.length > 0) out.gap(i, 'a second table');
        else out.part(i);
        names = words;
        at = at === -1 ? i : at;
      } else if (names.length > 0 && words.length === names.length && words.every((w) => /^[\da-f]{8,16}$/.test(w))) {
        out.part(i);
        for (const [n, name] of names.entries()) {
          const value = Number.parseInt(words[n] ?? '', 16);
          sums.set(name, name === 'entries' ? value : (sums.get(name) ?? 0) + value);
        }
      } else if (line.trim() !== '' && !failures.take(i, line)) out.gap(i, 'not a row of neighbour statistics');
    }
    for (const [name, value] of sums) out.fact(at, { kind: 'network-counter', name: `${cache}.${name}`, value });
    failures.close(sums.size > 0);
  },
});
