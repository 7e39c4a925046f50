import type { BridgePortFact, LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { ipLink } from './ip-link.js';
import { ipLinkBrief } from './ip-link-brief.js';
import { claimJson, parseObjects, startsBrief, startsWith } from './text/iproute2-json.js';
import { portsOf, readLink } from './text/link/json.js';

/*
 * [{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"qdisc":"noqueue","operstate":"UNKNOWN",
 *   "linkmode":"DEFAULT","group":"default","txqlen":1000,"link_type":"loopback","address":"00:00:00:00:00:00"}]
 */

/** `ip -j [-d] [-s] link`. */
export const ipLinkJson = defineParser<LinkFact | BridgePortFact>({
  command: 'ip-link-json',
  emits: ['link', 'bridge-port'],
  scope: 'stack',
  claims: {
    command: claimJson(ipLink, ipLinkBrief),
    sniff: (head) => startsWith(head, ['ifindex', 'ifname', 'link_type'], 'addr_info') || startsBrief(head, 'flags'),
  },
  parse(text, out, context) {
    const ports = portsOf();
    parseObjects(text, out, context, (object, sink) => {
      readLink(object, sink);
      ports.see(object);
    });
    if (!ports.told()) out.only(['link']);
  },
});
