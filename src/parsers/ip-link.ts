import type { BridgePortFact, LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { iproute2Command, selection, shown } from './text/iproute2.js';
import { parseLinks } from './text/link/blocks.js';
import { sniffLink } from './text/link/sniff.js';

/*
 * 3: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default
 *     link/ether 1a:67:b5:21:7c:3d brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535
 *     vxlan id 1 local 192.168.50.11 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300
 */
export const LINK_FLAGS: ReadonlySet<string> = new Set(['up', 'novf', 'nomaster']);
export const LINK_KEYS: ReadonlySet<string> = new Set(['dev', 'group', 'master', 'type', 'vrf']);

/** `ip link` in all its forms but `-br` and `-j`: devices. */
export const ipLink = defineParser<LinkFact | BridgePortFact>({
  command: 'ip-link',
  emits: ['link', 'bridge-port'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      const words =
        command?.object === 'link' && argv.at(0) !== 'bridge' && command.plain ? shown(command.args) : undefined;
      return words && { scope: selection(words, 'dev', LINK_FLAGS, LINK_KEYS) };
    },
    file: /(?:^|-)ip(?:-(?:s|d|o|stats|details))*-(?:l|link)(?:-|$)|^ip-?link(?:show)?$|^ip-interface-stats$|^link$/,
    sniff: sniffLink,
  },
  parse(text, out, context) {
    if (!parseLinks(text, out, context)) out.only(['link']);
  },
});
