import type { AddressFact, LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { ipAddr } from './ip-addr.js';
import { claimJson, parseObjects, startsWith } from './text/iproute2-json.js';
import { readAddresses, readLink } from './text/link/json.js';
import { textAt } from './text/located.js';

/*
 * [{"ifindex":4,"ifname":"cni0","flags":["BROADCAST","UP"],"mtu":1450,"operstate":"UP","link_type":"ether",
 *   "address":"56:0e:e2:8e:81:ef","addr_info":[{"family":"inet","local":"10.244.0.1","prefixlen":24,"scope":"global"}]}]
 */

/** `ip -j addr`: devices and their addresses. */
export const ipAddrJson = defineParser<LinkFact | AddressFact>({
  command: 'ip-addr-json',
  emits: ['link', 'address'],
  scope: 'stack',
  claims: {
    command: claimJson(ipAddr),
    sniff: (head) => startsWith(head, ['ifindex', 'ifname', 'addr_info']),
  },
  parse(text, out, context) {
    let devices = 0;
    let layers = 0;
    parseObjects(text, out, context, (object, sink) => {
      readLink(object, sink);
      const dev = textAt(object, 'ifname');
      if (dev === undefined) return;
      devices++;
      if (textAt(object, 'link_type') !== undefined) layers++;
      readAddresses(object, dev, sink);
    });
    // As in the plain form: `-4` and `-6` leave the link layer out.
    if (devices > 0 && layers === 0 && context.scope['family'] === undefined)
      out.incomplete('filtered', 'no link-layer addresses: one address family only');
  },
});
