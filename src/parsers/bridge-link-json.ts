import type { BridgePortFact, LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { bridgePort } from './bridge/port.js';
import { bridgeLink } from './bridge-link.js';
import { claimJson, lineOfKey, parseObjects, type ReadObject, startsWith } from './text/iproute2-json.js';
import { readLink } from './text/link/json.js';
import { flagAt, textAt } from './text/located.js';

/*
 * [{"ifindex":4,"link":"eth0","ifname":"veth8a3f","flags":["BROADCAST","UP"],"mtu":1450,"master":"cni0","state":"forwarding",
 *   "priority":32,"cost":2,"hairpin":true,"isolated":false}]
 *
 * iproute2 bridge/link.c print_linkinfo.
 */
const readPort: ReadObject<BridgePortFact | LinkFact> = (object, out) => {
  const dev = textAt(object, 'ifname');
  readLink(object, { fact: (line, fact) => out.fact(line, fact), gap: out.gap });
  const bridge = textAt(object, 'master');
  // A network card with a switch of its own is listed too, and is nobody's port.
  if (dev === undefined || bridge === undefined || object.kind !== 'map') return;
  const pairs: [string, string][] = [];
  for (const key of object.entries.keys()) {
    const flag = flagAt(object, key);
    const value = flag === undefined ? textAt(object, key) : flag ? 'on' : 'off';
    if (value !== undefined) pairs.push([key, value]);
  }
  out.fact(lineOfKey(object, 'state'), bridgePort(dev, bridge, Object.fromEntries(pairs)));
};

/** `bridge -j link`. */
export const bridgeLinkJson = defineParser<BridgePortFact | LinkFact>({
  command: 'bridge-link-json',
  emits: ['bridge-port', 'link'],
  scope: 'stack',
  claims: {
    command: claimJson(bridgeLink),
    sniff(head) {
      const port = startsWith(head, ['ifindex', 'ifname', 'flags', 'state'], 'link_type');
      return port === 3 && startsWith(head, ['ifindex', 'mtu'], 'operstate') === 3 ? 3 : 0;
    },
  },
  parse(text, out, context) {
    out.only(['bridge-port']);
    parseObjects(text, out, context, readPort);
  },
});
