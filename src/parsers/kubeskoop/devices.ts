import type { AddressFact, FdbFact, LinkFact, NeighbourFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import { itemsAt, type Located, numberAt, textAt } from '../text/located.js';
import { addressAt, bitsOf, lladdrOf, netOf } from './values.js';

/*
 * {"n":"flannel.1","i":4,"m":1450,"d":"vxlan","a":[{"IP":"10.244.1.0","Mask":"/////w=="}],"st":1,"s":{…},
 *  "ne":[{"Family":2,"LinkIndex":4,"State":128,"Type":1,"Flags":0,"IP":"10.244.2.0","HardwareAddr":"Hkd+CxU8"}],
 *  "f":[{"Family":7,…,"State":128,"Flags":2,"IP":"192.168.50.12","HardwareAddr":"Hkd+CxU8"}],"p":0,"mi":0}
 *
 * One device (pkg/skoop/netstack/link.go). `s` repeats what the namespace's own sysctls say.
 */
export type DeviceFact = AddressFact | FdbFact | LinkFact | NeighbourFact;

/** The facts of one device, or a gap. */
export interface DeviceOut {
  fact(line: number, fact: Draft<DeviceFact>): void;
  gap(line: number, reason: string): void;
}

/** linux/neighbour.h NUD_*. */
const STATES: readonly (readonly [number, string])[] = [
  [0x80, 'PERMANENT'],
  [0x40, 'NOARP'],
  [0x20, 'FAILED'],
  [0x10, 'PROBE'],
  [0x08, 'DELAY'],
  [0x04, 'STALE'],
  [0x02, 'REACHABLE'],
  [0x01, 'INCOMPLETE'],
];
/** linux/neighbour.h NTF_*, as `ip neigh` and `bridge fdb` print them. */
const NEIGH_FLAGS: readonly (readonly [number, string])[] = [
  [0x80, 'router'],
  [0x08, 'proxy'],
  [0x10, 'extern_learn'],
  [0x20, 'offload'],
];
const FDB_FLAGS: readonly (readonly [number, string])[] = [
  [0x02, 'self'],
  [0x20, 'offload'],
  [0x10, 'extern_learn'],
  [0x40, 'sticky'],
  [0x80, 'router'],
];

/** bridge/fdb.c state_n2a. */
const fdbState = (state: number): readonly string[] =>
  (state & 0x80) !== 0 ? ['permanent'] : (state & 0x40) !== 0 ? ['static'] : (state & 0x04) !== 0 ? ['stale'] : [];

/** What `st` tells for sure: 2 is operstate DOWN, 1 also stands for a device that is set up and has no carrier. */
const DOWN = 2;

function linkOf(device: Located, name: string, nameOf: (index: number) => string | undefined): Draft<LinkFact> {
  const [index, mtu, peer] = [numberAt(device, 'i'), numberAt(device, 'm'), numberAt(device, 'p')];
  const kind = textAt(device, 'd');
  const master = nameOf(numberAt(device, 'mi') ?? 0);
  return {
    kind: 'link',
    name,
    ...(index !== undefined && { index }),
    ...(peer !== undefined && peer !== 0 && { peerIndex: peer }),
    ...(mtu !== undefined && { mtu }),
    ...(numberAt(device, 'st') === DOWN && { state: 'DOWN' }),
    ...(master !== undefined && { master }),
    // netlink's name for what has no driver of its own (netlink/link.go Device).
    ...(kind !== undefined && kind !== '' && kind !== 'device' && { info: { kind, attributes: {} } }),
  };
}

function neighbour(entry: Located, dev: string): Draft<NeighbourFact> | string {
  const address = addressAt(entry, 'IP');
  const lladdr = lladdrOf(textAt(entry, 'HardwareAddr') ?? '');
  if (address === undefined || lladdr === undefined) return 'the address is masked or unreadable';
  const [state] = bitsOf(numberAt(entry, 'State') ?? 0, STATES);
  return {
    kind: 'neigh',
    family: address.includes(':') ? 6 : 4,
    address,
    dev,
    ...(lladdr !== '' && { lladdr }),
    ...(state !== undefined && { state }),
    flags: bitsOf(numberAt(entry, 'Flags') ?? 0, NEIGH_FLAGS),
  };
}

function forwarding(entry: Located, dev: string): Draft<FdbFact> | string {
  const lladdr = lladdrOf(textAt(entry, 'HardwareAddr') ?? '');
  if (lladdr === undefined || lladdr === '') return 'the link-layer address is masked or unreadable';
  const dst = addressAt(entry, 'IP');
  if (dst === undefined && (textAt(entry, 'IP') ?? '') !== '') return 'the destination is masked or unreadable';
  const flags = [...bitsOf(numberAt(entry, 'Flags') ?? 0, FDB_FLAGS), ...fdbState(numberAt(entry, 'State') ?? 0)];
  return { kind: 'fdb', lladdr, dev, ...(dst !== undefined && { dst }), flags };
}

/** All devices of a namespace, with their addresses, IPv4 neighbours and forwarding entries. */
export function readDevices(devices: readonly Located[], out: DeviceOut): void {
  const names = new Map(devices.map((d) => [numberAt(d, 'i') ?? 0, textAt(d, 'n')] as const));
  for (const device of devices) {
    const dev = textAt(device, 'n');
    if (dev === undefined || dev === '') {
      out.gap(device.line, 'a device without its name');
      continue;
    }
    out.fact(
      device.line,
      linkOf(device, dev, (index) => names.get(index)),
    );
    const take = (line: number, fact: Draft<DeviceFact> | string) =>
      typeof fact === 'string' ? out.gap(line, fact) : out.fact(line, fact);
    for (const item of itemsAt(device, 'a')) {
      const net = netOf(item);
      const { address = '', family = 4, length = 0 } = net ?? {};
      take(
        item.line,
        net
          ? { kind: 'address', dev, family, address, prefixLength: length, flags: [] }
          : 'the address is masked or unreadable',
      );
    }
    for (const item of itemsAt(device, 'ne')) take(item.line, neighbour(item, dev));
    for (const item of itemsAt(device, 'f')) take(item.line, forwarding(item, dev));
  }
}
