import type { RouteFact } from '../facts/index.js';
import { canonicalPrefix, type Draft, defineParser } from '../kit/index.js';
import { hexAddress, hexMask, isHex, type Order } from './proc/hex.js';
import { type FlaggedRoute, flaggedRoute, HIDDEN_GATEWAY, hidesGateway } from './route/flags.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
 * cni0	0000F40A	00000000	0001	0	0	0	00FFFFFF	0	0	0
 *
 * net/ipv4/fib_trie.c fib_route_seq_show: the main table. A route of several next hops has a line of its first alone. Flags of
 * include/uapi/linux/route.h.
 */
const HEADER = /^Iface\s+Destination\s+Gateway\s+Flags\s+RefCnt\b/;
const GATEWAY = 0x2;
const LETTERS: readonly (readonly [number, string])[] = [
  [0x1, 'U'],
  [GATEWAY, 'G'],
  [0x4, 'H'],
  [0x10, 'D'],
  [0x20, 'M'],
  [0x200, '!'],
];

/** Flags of the kernel as `route -n` prints them. */
export const lettersOf = (flags: number): string =>
  LETTERS.filter(([bit]) => (flags & bit) !== 0)
    .map(([, letter]) => letter)
    .join('');

const isRow = (w: readonly string[]): boolean =>
  w.length >= 8 && isHex(w[1] ?? '', 8) && isHex(w[2] ?? '', 8) && isHex(w[3] ?? '', 4) && isHex(w[7] ?? '', 8);

/** A row that nothing else looks like, where the header was cut off. */
const isWhole = (w: readonly string[]): boolean =>
  isRow(w) && w.length === 11 && [4, 5, 6, 8, 9, 10].every((i) => /^\d{1,10}$/.test(w[i] ?? ''));

const rowOf = (w: readonly string[], order: Order): Draft<RouteFact> | string | undefined => {
  const flags = Number.parseInt(w[3] ?? '', 16);
  const length = hexMask(w[7] ?? '', order);
  const prefix = length === undefined ? undefined : canonicalPrefix(`${hexAddress(w[1] ?? '', order)}/${length}`);
  if (prefix === undefined) return 'a mask with holes';
  const route: FlaggedRoute = {
    family: 4,
    prefix,
    ...((flags & GATEWAY) !== 0 && { via: hexAddress(w[2] ?? '', order) }),
    dev: w[0] ?? '',
    flags: lettersOf(flags),
    ...(/^\d{1,10}$/.test(w[6] ?? '') && { metric: Number(w[6]) }),
  };
  return hidesGateway(route) ? HIDDEN_GATEWAY : flaggedRoute(route);
};

/** `/proc/net/route`. */
export const procNetRoute = defineParser<RouteFact>({
  command: 'proc-net-route',
  emits: ['route'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/net/route']),
    file: /^(?:proc-)?net-route$|^proc-net-route$/,
    sniff(head) {
      if (head.slice(0, 20).some((line) => HEADER.test(line.trim()))) return 3;
      return share(head, (line) => line.length < 1000 && isWhole(wordsOf(line))) === 1 ? 2 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const rows: { readonly i: number; readonly words: readonly string[] }[] = [];
    let seen = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = line.length < 1000 ? wordsOf(line) : [];
      if (HEADER.test(line.trim())) {
        seen = true;
        out.noise(i);
      } else if (isRow(words)) rows.push({ i, words });
      else if (line.trim() !== '' && !failures.take(i, line)) out.gap(i, 'not a row of /proc/net/route');
    }
    // Masks without holes tell the byte order.
    const little = rows.every(({ words }) => hexMask(words[7] ?? '', 'little') !== undefined);
    for (const { i, words } of rows) {
      const route = rowOf(words, little ? 'little' : 'big');
      if (typeof route === 'object') out.fact(i, route);
      else if (route !== undefined) out.gap(i, route);
      if (route === HIDDEN_GATEWAY) out.incomplete('filtered', HIDDEN_GATEWAY);
    }
    failures.close(seen || rows.length > 0);
  },
});
