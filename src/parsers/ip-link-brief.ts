import type { LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { LINK_FLAGS, LINK_KEYS } from './ip-link.js';
import { iproute2Command, selection, shown } from './text/iproute2.js';
import { isLinkAddress } from './text/iproute2-json.js';
import { briefHead, isBriefHead } from './text/link/brief.js';
import { gap, readRows } from './text/rows.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP>
 * flannel.1        UNKNOWN        1a:67:b5:21:7c:3d <BROADCAST,MULTICAST,UP,LOWER_UP>
 *
 * iproute2 ip/ipaddress.c print_linkinfo_brief. A device without hardware address has the flags only.
 */
const FLAGS = /^<[A-Z0-9_,-]*>$/;

const isRow = (words: readonly string[]): boolean =>
  isBriefHead(words) && words.length <= 4 && FLAGS.test(words.at(-1) ?? '');

/** `ip -br link`. */
export const ipLinkBrief = defineParser<LinkFact>({
  command: 'ip-link-brief',
  emits: ['link'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      const words = command?.object === 'link' && command.brief ? shown(command.args) : undefined;
      return words && { scope: selection(words, 'dev', LINK_FLAGS, LINK_KEYS) };
    },
    file: /(?:^|-)ip-(?:\w+-)*br(?:ief)?-(?:\w-)*l(?:ink)?(?:-|$)/,
    sniff: (head) => (share(head, (line) => isRow(wordsOf(line.slice(0, 1000)))) > 0.8 ? 3 : 0),
  },
  parse(text, out) {
    readRows(text, out, (line, i) => {
      const words = wordsOf(line);
      const link = isRow(words) ? briefHead(words) : undefined;
      if (!link) return gap('not a line of ip -br link');
      const lladdr = words.length === 4 ? words[2] : undefined;
      const masked = lladdr !== undefined && !isLinkAddress(lladdr);
      const flags = (words.at(-1) ?? '').slice(1, -1).split(',');
      out.fact(i, {
        kind: 'link',
        ...link,
        flags: flags.filter((flag) => flag !== ''),
        ...(lladdr !== undefined && !masked && { lladdr: lladdr.toLowerCase() }),
      });
      return masked ? gap('the link-layer address is masked or unreadable') : 'row';
    });
  },
});
