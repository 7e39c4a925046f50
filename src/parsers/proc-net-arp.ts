import type { NeighbourFact } from '../facts/index.js';
import { canonicalAddress, defineParser, isLladdr } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { wordsOf } from './text/words.js';

/*
 * IP address       HW type     Flags       HW address            Mask     Device
 * 10.0.2.2         0x1         0x2         52:54:00:12:35:02     *        eth0
 *
 * net/ipv4/arp.c arp_format_neigh_entry. Entries in state NOARP are left out; flags of include/uapi/linux/if_arp.h.
 */
const HEADER = /^IP address +HW type +Flags +HW address +Mask +Device$/;
const COMPLETE = 0x2;
const PERMANENT = 0x4;
const PUBLISHED = 0x8;

/** `/proc/net/arp`. */
export const procNetArp = defineParser<NeighbourFact>({
  command: 'proc-net-arp',
  emits: ['neigh'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/net/arp']) && { scope: { family: '4' } },
    file: /^proc-net-arp$/,
    sniff: (head) => (head.slice(0, 20).some((line) => HEADER.test(line.trim())) ? 3 : 0),
  },
  parse(text, out, { argv }) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const words = line.length < 300 ? wordsOf(line) : [];
      const [ip = '', type = '', flagText = '', hardware = '', , dev = ''] = words;
      if (line === '' || HEADER.test(line)) {
        some ||= line !== '';
        out.noise(i);
      } else if (words.length === 6 && /^0x[\da-f]+$/.test(type) && /^0x[\da-f]+$/.test(flagText)) {
        some = true;
        const address = canonicalAddress(ip);
        const flags = Number(flagText);
        const complete = (flags & COMPLETE) !== 0;
        const readable = isLladdr(hardware) || /^[\da-f]{2}(?::[\da-f]{2}){0,31}$|^\*$/.test(hardware);
        if (address === undefined || !readable) out.gap(i, 'the address is masked or unreadable');
        else
          out.fact(i, {
            kind: 'neigh',
            family: 4,
            address,
            dev,
            ...(complete && hardware !== '*' && { lladdr: hardware.toLowerCase() }),
            // FAILED looks the same here: no valid address is known.
            ...((flags & PERMANENT) !== 0
              ? { state: 'PERMANENT' }
              : !complete && (flags & PUBLISHED) === 0 && { state: 'INCOMPLETE' }),
            flags: (flags & PUBLISHED) !== 0 ? ['proxy'] : [],
          });
      } else if (!failures.take(i, line)) out.gap(i, 'not a row of /proc/net/arp');
    }
    failures.close(some);
    if (argv.length === 0) out.incomplete('filtered', 'entries of IPv4 that ARP found only');
  },
});
