import type { LinkFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { bitsOf, lladdrOf } from './kubeskoop/values.js';
import { parseObjects, startsWith } from './text/iproute2-json.js';
import { lineAt, numberAt, textAt } from './text/located.js';

/*
 * [{"Index":2,"MTU":1500,"Name":"eth0","HardwareAddr":"UlQAEjRW","Flags":51}]
 *
 * Go's net.Interface as JSON (troubleshoot.sh, host-collectors/system/ipv4Interfaces.json): the octets of the lladdr in base64, and no address.
 * Those that are down, have no address of IPv4, or are the loopback were left out.
 */

/** net.Flags of Go, by bit. */
const FLAGS = [
  [1, 'UP'],
  [2, 'BROADCAST'],
  [4, 'LOOPBACK'],
  [8, 'POINTOPOINT'],
  [16, 'MULTICAST'],
] as const;
/** FlagRunning came with Go 1.20: a program that is older says it of no device. */
const RUNNING = 32;

/** Devices with an address, as Go's net package lists them. */
export const netInterfacesJson = defineParser<LinkFact>({
  command: 'net-interfaces-json',
  emits: ['link'],
  scope: 'stack',
  claims: {
    file: /(?:^|-)ipv4interfaces-json$/,
    sniff: (head) => startsWith(head, ['Index', 'MTU', 'Name', 'HardwareAddr', 'Flags']),
  },
  parse(text, out, context) {
    const devices: { readonly line: number; readonly bits: number; readonly link: Draft<LinkFact> }[] = [];
    parseObjects<LinkFact>(text, out, context, (object, sink) => {
      const line = lineAt(object) ?? 0;
      const name = textAt(object, 'Name');
      if (!name) return sink.gap(line, 'a device without its name');
      const [index, mtu, bits = 0] = [numberAt(object, 'Index'), numberAt(object, 'MTU'), numberAt(object, 'Flags')];
      const lladdr = lladdrOf(textAt(object, 'HardwareAddr') ?? '');
      const link = {
        kind: 'link' as const,
        name,
        ...(index !== undefined && { index }),
        ...(mtu !== undefined && { mtu }),
        ...(lladdr && { lladdr }),
      };
      devices.push({ line, bits, link });
    });
    const tellsCarrier = devices.some(({ bits }) => (bits & RUNNING) !== 0);
    for (const { line, bits, link } of devices) {
      const carrier = tellsCarrier ? [(bits & RUNNING) !== 0 ? 'LOWER_UP' : 'NO-CARRIER'] : [];
      out.fact(line, { ...link, flags: [...bitsOf(bits, FLAGS), ...carrier] });
    }
    out.incomplete('filtered', 'devices without an address of IPv4 are left out');
  },
});
