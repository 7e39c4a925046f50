import type { BridgeVlanFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { bridgeVlan } from './bridge-vlan.js';
import {
  claimJson,
  lineOfKey,
  type ObjectOut,
  parseObjects,
  type ReadObject,
  startsWith,
} from './text/iproute2-json.js';
import { itemsAt, type Located, numberAt, textAt, textsAt } from './text/located.js';

/*
 * [{"ifname":"eth0","vlans":[{"vlan":1,"flags":["PVID","Egress Untagged"]},{"vlan":10,"vlanEnd":20}]}]
 *
 * iproute2 bridge/vlan.c. With `-s` the number is called `vid`, `tunnelshow` lists `tunnels`; before 5.0 the port was a key:
 * {"eth0":[{"vlan":1}]}.
 */
function readVlans(dev: string, items: readonly Located[], out: ObjectOut<BridgeVlanFact>): void {
  for (const item of items) {
    const vid = numberAt(item, 'vlan') ?? numberAt(item, 'vid');
    const end = numberAt(item, 'vlanEnd');
    const tunnelId = numberAt(item, 'tunid');
    const flags = textsAt(item, 'flags');
    const state = textAt(item, 'state');
    if (vid === undefined) out.gap(item.line, 'a VLAN without its number');
    else
      out.fact(lineOfKey(item, numberAt(item, 'vlan') === undefined ? 'vid' : 'vlan'), {
        kind: 'bridge-vlan',
        dev,
        vid,
        ...(end !== undefined && end !== vid && { end }),
        pvid: flags.includes('PVID'),
        untagged: flags.includes('Egress Untagged'),
        ...(tunnelId !== undefined && { tunnelId }),
        ...(state !== undefined && { state }),
      });
  }
}

const readPort: ReadObject<BridgeVlanFact> = (object, out) => {
  const dev = textAt(object, 'ifname');
  if (dev !== undefined) {
    readVlans(dev, [...itemsAt(object, 'vlans'), ...itemsAt(object, 'tunnels')], out);
  } else if (object.kind === 'map') for (const key of object.entries.keys()) readVlans(key, itemsAt(object, key), out);
};

/** `bridge -j vlan`. */
export const bridgeVlanJson = defineParser<BridgeVlanFact>({
  command: 'bridge-vlan-json',
  emits: ['bridge-vlan'],
  scope: 'stack',
  claims: {
    command: claimJson(bridgeVlan),
    sniff: (head) =>
      startsWith(head, ['ifname', 'vlans']) || startsWith(head, ['ifname', 'tunnels', 'tunid']) ? 3 : 0,
  },
  parse: (text, out, context) => parseObjects(text, out, context, readPort),
});
