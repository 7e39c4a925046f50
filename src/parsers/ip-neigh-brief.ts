import type { NeighbourFact } from '../facts/index.js';
import { defineParser, formatAddress, parseAddress } from '../kit/index.js';
import { neighbourScope } from './ip-neigh.js';
import { iproute2Command } from './text/iproute2.js';
import { isLinkAddress } from './text/iproute2-json.js';
import { gap, readRows } from './text/rows.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * 10.0.2.2                                eth0             52:54:00:12:35:02
 * 10.0.2.9                                eth0
 *
 * iproute2 ip/ipneigh.c print_neigh_brief: no states, and nothing where there is no link-layer address.
 */
const PADDED = /^[\da-fA-FxX*.:]{3,39} {2,}\S+(?: +[\da-fA-FxX*.:]+)? *$/;

/** `ip -br neigh`. */
export const ipNeighBrief = defineParser<NeighbourFact>({
  command: 'ip-neigh-brief',
  emits: ['neigh'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      return command?.brief ? neighbourScope(command) : undefined;
    },
    file: /(?:^|-)ip-(?:\w+-)*br(?:ief)?-(?:\w-)*n(?:eigh(?:bou?r)?)?(?:-|$)/,
    sniff(head) {
      const padded = share(head, (line) => line.length < 200 && PADDED.test(line));
      if (padded < 1) return 0;
      // Without a link-layer address it may be any list of addresses and names.
      const whole = (line: string): boolean =>
        parseAddress(wordsOf(line)[0] ?? '') !== undefined && isLinkAddress(wordsOf(line)[2] ?? '');
      return head.some(whole) ? 2 : 0;
    },
  },
  parse(text, out, { scope }) {
    readRows(text, out, (line, i) => {
      const words = wordsOf(line);
      const asked = scope['dev'];
      const [address = '', dev, lladdr] = asked === undefined ? words : [words[0], asked, words[1]];
      const parsed = parseAddress(address);
      if (!parsed) return gap('the address is masked or unreadable');
      if (dev === undefined || words.length > 3) return gap('not an entry of ip -br neigh');
      if (lladdr !== undefined && !isLinkAddress(lladdr)) return gap('the link-layer address is masked or unreadable');
      out.fact(i, {
        kind: 'neigh',
        family: parsed.family,
        address: formatAddress(parsed),
        dev,
        flags: [],
        ...(lladdr !== undefined && { lladdr: lladdr.toLowerCase() }),
      });
      return 'row';
    });
  },
});
