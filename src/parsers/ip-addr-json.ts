import type { AddressFact, BridgePortFact, LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { ipAddr } from './ip-addr.js';
import { ipAddrBrief } from './ip-addr-brief.js';
import { claimJson, parseObjects, startsBrief, startsWith } from './text/iproute2-json.js';
import { portsOf, readAddresses, readLink } from './text/link/json.js';
import { textAt } from './text/located.js';

/*
 * [{"ifindex":4,"ifname":"cni0","flags":["BROADCAST","UP"],"mtu":1450,"operstate":"UP","link_type":"ether",
 *   "address":"56:0e:e2:8e:81:ef","addr_info":[{"family":"inet","local":"10.244.0.1","prefixlen":24,"scope":"global"}]}]
 */

/** `ip -j addr`: devices and their addresses. */
export const ipAddrJson = defineParser<LinkFact | AddressFact | BridgePortFact>({
  command: 'ip-addr-json',
  emits: ['link', 'address', 'bridge-port'],
  scope: 'stack',
  claims: {
    command: claimJson(ipAddr, ipAddrBrief),
    sniff: (head) => startsWith(head, ['ifindex', 'ifname', 'addr_info']) || startsBrief(head, 'addr_info'),
  },
  parse(text, out, context) {
    let devices = 0;
    let layers = 0;
    const ports = portsOf();
    parseObjects(text, out, context, (object, sink) => {
      readLink(object, sink);
      ports.see(object);
      const dev = textAt(object, 'ifname');
      if (dev === undefined) return;
      devices++;
      // `-br` prints neither index nor link layer.
      if (textAt(object, 'link_type') !== undefined || textAt(object, 'ifindex') === undefined) layers++;
      readAddresses(object, dev, sink);
    });
    if (!ports.told()) out.only(['link', 'address']);
    // As in the plain form: `-4` and `-6` leave the link layer out.
    if (devices > 0 && layers === 0 && context.scope['family'] === undefined)
      out.incomplete('filtered', 'no link-layer addresses: one address family only');
  },
});
