import type { BridgeVniFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { bridgeVni } from './bridge-vni.js';
import { claimJson, lineOfKey, parseObjects, type ReadObject, startsWith } from './text/iproute2-json.js';
import { itemsAt, numberAt, textAt } from './text/located.js';

/*
 * [{"ifname":"vxlan0","vnis":[{"vni":10,"remote":"192.0.2.7"},{"vni":20,"vniEnd":29}]}]
 *
 * iproute2 bridge/vni.c print_vni.
 */
const readDevice: ReadObject<BridgeVniFact> = (object, out) => {
  const dev = textAt(object, 'ifname');
  for (const item of itemsAt(object, 'vnis')) {
    const vni = numberAt(item, 'vni');
    const end = numberAt(item, 'vniEnd');
    const [remote, group] = (['remote', 'group'] as const).map((key) => {
      const text = textAt(item, key);
      return text === undefined ? undefined : (canonicalAddress(text) ?? null);
    });
    if (dev === undefined || vni === undefined) out.gap(item.line, 'a VNI without its number or device');
    else if (remote === null || group === null) out.gap(item.line, 'the destination is masked or unreadable');
    else
      out.fact(lineOfKey(item, 'vni'), {
        kind: 'bridge-vni',
        dev,
        vni,
        ...(end !== undefined && { end }),
        ...(remote !== undefined && { remote }),
        ...(group !== undefined && { group }),
      });
  }
};

/** `bridge -j vni`. */
export const bridgeVniJson = defineParser<BridgeVniFact>({
  command: 'bridge-vni-json',
  emits: ['bridge-vni'],
  scope: 'stack',
  claims: { command: claimJson(bridgeVni), sniff: (head) => startsWith(head, ['ifname', 'vnis']) },
  parse: (text, out, context) => parseObjects(text, out, context, readDevice),
});
