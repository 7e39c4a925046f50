import type { RouteFact } from '../facts/index.js';
import { canonicalPrefix, defineParser } from '../kit/index.js';
import { hexAddress, isHex } from './proc/hex.js';
import { lettersOf } from './proc-net-route.js';
import { flaggedRoute } from './route/flags.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
 *
 * net/ipv6/ip6_fib.c ipv6_route_native_seq_show: destination, source, gateway, metric, references, use, flags, device; of all tables, and
 * which one is not told.
 */
const REJECT = 0x200;
const CACHE = 0x01000000;
const ANYCAST = 0x00100000;
const LOCAL = 0x80000000;

const isRow = (w: readonly string[]): boolean =>
  w.length === 10 &&
  [0, 2, 4].every((i) => isHex(w[i] ?? '', 32)) &&
  [1, 3].every((i) => isHex(w[i] ?? '', 2)) &&
  [5, 6, 7, 8].every((i) => isHex(w[i] ?? '', 8));

const hex = (text: string | undefined): number => Number.parseInt(text ?? '', 16);

function rowOf(w: readonly string[]) {
  const flags = hex(w[8]);
  const prefix = canonicalPrefix(`${hexAddress(w[0] ?? '', 'big')}/${hex(w[1])}`);
  if (prefix === undefined) return undefined;
  const via = hexAddress(w[4] ?? '', 'big');
  const local = (flags & LOCAL) !== 0;
  const route = flaggedRoute({
    family: 6,
    prefix,
    ...(via !== '::' && { via }),
    dev: w[9] ?? '',
    // As net-tools' lib/inet6_gr.c prints them.
    flags: (flags & REJECT) !== 0 && !local ? '!' : local ? 'Un' : lettersOf(flags),
    metric: hex(w[5]),
  });
  if (!route) return undefined;
  const length = hex(w[3]);
  const from = length > 0 ? canonicalPrefix(`${hexAddress(w[2] ?? '', 'big')}/${length}`) : undefined;
  return {
    ...route,
    ...((flags & ANYCAST) !== 0 && { type: 'anycast' as const, table: 'local' }),
    ...(from !== undefined && { from }),
  };
}

/** `/proc/net/ipv6_route`. */
export const procNetIpv6Route = defineParser<RouteFact>({
  command: 'proc-net-ipv6-route',
  emits: ['route'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/net/ipv6_route']) && { scope: { family: '6' } },
    file: /(?:^|-)ipv6-route$/,
    sniff: (head) => (share(head.slice(0, 20), (line) => line.length < 500 && isRow(wordsOf(line))) > 0.8 ? 3 : 0),
  },
  parse(text, out, { argv }) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = line.length < 500 ? wordsOf(line) : [];
      if (isRow(words)) {
        some = true;
        const route = (hex(words[8]) & CACHE) !== 0 ? undefined : rowOf(words);
        if (route) out.fact(i, route);
        else out.noise(i);
      } else if (line.trim() !== '' && !failures.take(i, line)) out.gap(i, 'not a row of /proc/net/ipv6_route');
    }
    failures.close(some);
    if (argv.length === 0) out.incomplete('filtered', 'routes of IPv6 only');
  },
});
