import type { AddressFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { hexAddress, isHex } from './proc/hex.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * fd000010000100000000000000000011 02 40 00 82     eth0
 *
 * net/ipv6/addrconf.c if6_seq_show: address, ifindex, prefix length, scope and flags in hexadecimal. The lower eight flags only.
 */
const SCOPES: Readonly<Record<string, string>> = { '00': 'global', '10': 'host', '20': 'link', '40': 'site' };
/** ip's words (include/uapi/linux/if_addr.h). */
const FLAGS: readonly (readonly [number, string])[] = [
  [0x01, 'temporary'],
  [0x02, 'nodad'],
  [0x04, 'optimistic'],
  [0x08, 'dadfailed'],
  [0x10, 'home'],
  [0x20, 'deprecated'],
  [0x40, 'tentative'],
];
const PERMANENT = 0x80;

const isRow = (w: readonly string[]): boolean =>
  w.length === 6 && isHex(w[0] ?? '', 32) && [1, 2, 3, 4].every((i) => /^[\da-f]{2,8}$/.test(w[i] ?? ''));

/** `/proc/net/if_inet6`. */
export const procNetIfInet6 = defineParser<AddressFact>({
  command: 'proc-net-if-inet6',
  emits: ['address'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/net/if_inet6']) && { scope: { family: '6' } },
    file: /(?:^|-)if-inet6$/,
    sniff: (head) => (share(head.slice(0, 20), (line) => line.length < 300 && isRow(wordsOf(line))) > 0.8 ? 3 : 0),
  },
  parse(text, out, { argv }) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = line.length < 300 ? wordsOf(line) : [];
      if (isRow(words)) {
        some = true;
        const [hex = '', , length = '', scope = '', flagText = '', dev = ''] = words;
        const flags = Number.parseInt(flagText, 16);
        out.fact(i, {
          kind: 'address',
          dev,
          family: 6,
          address: hexAddress(hex, 'big'),
          prefixLength: Number.parseInt(length, 16),
          ...(Object.hasOwn(SCOPES, scope) && { scope: SCOPES[scope] ?? '' }),
          flags: [
            ...FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name),
            ...((flags & PERMANENT) === 0 ? ['dynamic'] : []),
          ],
        });
      } else if (line.trim() !== '' && !failures.take(i, line)) out.gap(i, 'not a row of /proc/net/if_inet6');
    }
    failures.close(some);
    if (argv.length === 0) out.incomplete('filtered', 'addresses of IPv6 only');
  },
});
