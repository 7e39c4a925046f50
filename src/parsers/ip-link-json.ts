import type { LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { ipLink } from './ip-link.js';
import { claimJson, parseObjects, startsWith } from './text/iproute2-json.js';
import { readLink } from './text/link/json.js';

/*
 * [{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"qdisc":"noqueue","operstate":"UNKNOWN",
 *   "linkmode":"DEFAULT","group":"default","txqlen":1000,"link_type":"loopback","address":"00:00:00:00:00:00"}]
 */

/** `ip -j [-d] [-s] link`. */
export const ipLinkJson = defineParser<LinkFact>({
  command: 'ip-link-json',
  emits: ['link'],
  scope: 'stack',
  claims: {
    command: claimJson(ipLink),
    sniff: (head) => startsWith(head, ['ifindex', 'ifname', 'link_type'], 'addr_info'),
  },
  parse: (text, out, context) => parseObjects(text, out, context, readLink),
});
