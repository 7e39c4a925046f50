import type { AddressFact, LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { ADDRESS_FLAGS, ADDRESS_KEYS } from './ip-addr.js';
import { iproute2Command, selection, shown } from './text/iproute2.js';
import { briefHead, isBriefHead } from './text/link/brief.js';
import { addressOf } from './text/link/inet.js';
import { gap, readRows } from './text/rows.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * lo               UNKNOWN        127.0.0.1/8 ::1/128
 * eth0@if5         UP             192.168.50.11/24 metric 100 fe80::b423:44ff:fed9:527e/64
 *
 * iproute2 ip/ipaddress.c print_linkinfo_brief and print_addrinfo.
 */

/** The words of each address: `10.0.0.1/24`, `10.0.0.1 peer 10.0.0.2/32`, with `metric 100` behind. */
function splitAddresses(words: readonly string[]): string[][] {
  const addresses: string[][] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const last = addresses.at(-1);
    if (last && (word === 'peer' || word === 'metric')) last.push(word, words[++i] ?? '');
    else addresses.push([word.includes(':') ? 'inet6' : 'inet', word]);
  }
  return addresses;
}

const isAddress = (word: string): boolean =>
  word === 'peer' || word === 'metric' || /^[\da-fA-F.:xX*]+(?:\/\d+)?$/.test(word);

/** `ip -br addr`. */
export const ipAddrBrief = defineParser<LinkFact | AddressFact>({
  command: 'ip-addr-brief',
  emits: ['link', 'address'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      const words = command?.object === 'address' && command.brief ? shown(command.args) : undefined;
      if (!command || !words) return undefined;
      return {
        scope: {
          ...(command.family && { family: command.family }),
          ...selection(words, 'dev', ADDRESS_FLAGS, ADDRESS_KEYS),
        },
      };
    },
    file: /(?:^|-)ip-(?:\w+-)*br(?:ief)?-(?:\w-)*a(?:ddr(?:ess)?)?(?:-|$)/,
    sniff(head) {
      const fit = share(head, (line) => {
        const words = wordsOf(line.slice(0, 1000));
        return isBriefHead(words) && words.slice(2).every(isAddress);
      });
      if (fit < 1) return 0;
      return head.some((line) => wordsOf(line.slice(0, 1000)).length > 2) ? 3 : 1;
    },
  },
  parse(text, out, context) {
    const families = new Set<4 | 6>();
    readRows(text, out, (line, i) => {
      const words = wordsOf(line);
      const link = briefHead(words);
      if (!link) return gap('not a line of ip -br addr');
      const read = splitAddresses(words.slice(2)).map(addressOf);
      const bad = read.find((address) => typeof address === 'string');
      out.fact(i, { kind: 'link', ...link });
      for (const address of read) {
        if (typeof address === 'string') continue;
        families.add(address.family);
        out.fact(i, { kind: 'address', dev: link.name, ...address });
      }
      return bad === undefined ? 'row' : gap(bad);
    });
    // `-4` and `-6` look the same but for the addresses, and lo nearly always has one of each.
    if (context.argv.length === 0 && families.size === 1) out.incomplete('filtered', 'one address family only');
  },
});
