import type { BridgeVniFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { isMulticast } from './bridge/multicast.js';
import { iproute2Command, selection, shown } from './text/iproute2.js';
import { gap, readRows } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * dev               vni              group/remote
 * vxlan0             10             192.0.2.7
 *                    20-29
 *
 * iproute2 bridge/vni.c print_vni; with `-s` two lines of counters below.
 */
const HEADER = /^\s*dev\s+vni\s+group\/remote\s*$/;
const RANGE = /^(\d{1,8})(?:-(\d{1,8}))?$/;
const COUNTERS = /^\s+[RT]X: (?:bytes|pkts) \d/;

/** `bridge vni`: VNIs that a VXLAN device with `vnifilter` takes. */
export const bridgeVni = defineParser<BridgeVniFact>({
  command: 'bridge-vni',
  emits: ['bridge-vni'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      const words = command?.object === 'vni' && command.plain ? shown(command.args) : undefined;
      return words && { scope: selection(words, 'dev', new Set(), new Set(['dev'])) };
    },
    file: /(?:^|-)bridge-(?:\w-)*vni(?:-show)?$/,
    sniff: (head) => (head.some((line) => HEADER.test(line.slice(0, 200))) ? 3 : 0),
  },
  parse(text, out) {
    let dev: string | undefined;
    readRows(text, out, (line, i) => {
      if (HEADER.test(line)) return 'noise';
      if (COUNTERS.test(line) && dev !== undefined) return 'row';
      const words = wordsOf(line);
      if (/^\S/.test(line)) dev = words.shift();
      const range = RANGE.exec(words[0] ?? '');
      if (!range || dev === undefined || words.length > 2) return gap('not a line of bridge vni');
      const address = words[1] === undefined ? undefined : canonicalAddress(words[1]);
      if (words[1] !== undefined && address === undefined) return gap('the destination is masked or unreadable');
      out.fact(i, {
        kind: 'bridge-vni',
        dev,
        vni: Number(range[1]),
        ...(range[2] !== undefined && { end: Number(range[2]) }),
        ...(address !== undefined && (isMulticast(address) ? { group: address } : { remote: address })),
      });
      return 'row';
    });
  },
});
