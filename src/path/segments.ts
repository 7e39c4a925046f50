import { contains, type Prefix, parsePrefix } from '../kit/index.js';
import type { Device, DeviceAddress } from './device.js';
import type { Ip } from './types.js';

/** One layer 2 network outside the nodes, by its prefix. */
export interface Segment {
  readonly prefix: Prefix;
  readonly members: readonly Device[];
  /** Every member has the same address: each machine has such a network of its own (VirtualBox NAT). */
  readonly apart: boolean;
}

/** Whoever is on the networks that a device is attached to, but for those that each machine has of its own. */
export interface Members {
  readonly list: readonly Device[];
  readonly byLladdr: ReadonlyMap<string, readonly Device[]>;
}

const LAN: ReadonlySet<string> = new Set(['nic', 'bond', 'vlan', 'macvlan', 'ipvlan']);

/** Macvlan and ipvlan devices on top of a card: what they have is on its network. */
const uppersOf = ({ machine, name }: Device): readonly Device[] =>
  [...machine.devices.values()].filter(
    (d) => (d.kind === 'macvlan' || d.kind === 'ipvlan') && d.link?.peerName === name,
  );

/** Of a card without addresses (routing on the host): those of `lo` on networks that routes say are on its link. */
function borrowed({ machine, name, kind }: Device): readonly DeviceAddress[] {
  const own = kind === 'loopback' ? [] : (machine.devices.get('lo')?.addresses ?? []).filter((a) => a.scope !== 'host');
  if (own.length === 0) return [];
  return machine.facts('route').flatMap((r): readonly DeviceAddress[] => {
    const isOnLink = r.type === 'unicast' && r.nexthops.some((n) => n.dev === name && n.via === undefined);
    const prefix = isOnLink ? parsePrefix(r.prefix) : undefined;
    if (!prefix || isLong(prefix) || prefix.length === 0) return [];
    return own.filter((a) => contains(prefix, a.ip)).map((a) => ({ ...a, prefix }));
  });
}

/**
 * Addresses by which a device is attached to a network outside: its own, or those of the bridge it is a port of, of what is on top of it, or of `lo`.
 */
function outerAddresses(device: Device): readonly DeviceAddress[] {
  if (device.addresses.some((a) => !isOfLink(a))) return device.addresses;
  const master = device.master === undefined ? undefined : device.machine.devices.get(device.master);
  if (master) return master.addresses;
  const uppers = uppersOf(device).flatMap((d) => d.addresses);
  return uppers.length > 0 ? uppers : borrowed(device);
}

/**
 * A veth of a node whose other end nobody captured is the node's network card (kind, containers as nodes) when it has a subnet of its own, or
 * an address and a gateway behind it.
 */
export function isCard(device: Device, peer: Device | undefined, hasPods: boolean): boolean {
  if (LAN.has(device.kind)) return true;
  const { machine, name } = device;
  if (device.kind !== 'veth' || peer || machine.netns !== '') return false;
  const uppers = uppersOf(device);
  const own = [device, ...uppers].flatMap((d) => d.addresses).filter((a) => !isOfLink(a));
  const isNamed = (dev: string | undefined): boolean => dev === name || uppers.some((d) => d.name === dev);
  // The card of a bridge that has the node's address in its place: the gateway is behind it.
  const master = own.length === 0 ? device.master : undefined;
  // A machine without pods has bridges for its networks.
  if (master !== undefined && !hasPods && machine.devices.get(master)?.addresses.some((a) => !isOfLink(a))) return true;
  if (master !== undefined)
    return machine
      .facts('route')
      .some(
        (r) =>
          /^(?:0\.0\.0\.0|::)\/0$/.test(r.prefix) && r.nexthops.some((n) => n.dev === master && n.via !== undefined),
      );
  return (
    (own.length === 0 && borrowed(device).length > 0) ||
    own.some((a) => !isLong(a.prefix)) ||
    (own.length > 0 &&
      machine.facts('route').some((r) => r.nexthops.some((n) => isNamed(n.dev) && n.via !== undefined)))
  );
}

/** 169.254.0.0/16 and fe80::/10: each network has these, whatever it is. An address that was only given the scope of a link is on its network. */
const isOfLink = ({ ip, scope }: DeviceAddress): boolean =>
  scope === 'link' && (ip.family === 6 || (ip.words[0] ?? 0) >>> 16 === 0xa9fe);

const isLong = ({ family, length }: Prefix): boolean => length >= (family === 4 ? 31 : 127);

/** Cards with one subnet. */
interface Group {
  readonly prefix: Prefix;
  readonly members: Device[];
  readonly addresses: Map<string, Ip>;
}

/** Is the one subnet within the other, with machines of both that have each other on the link, and none on both? Then a mask is wrong, and the network one. */
const isWrongMask = (narrow: Group, wide: Group): boolean =>
  narrow.prefix.length > wide.prefix.length &&
  contains(wide.prefix, narrow.prefix) &&
  [...wide.addresses.values()].some((ip) => contains(narrow.prefix, ip)) &&
  !narrow.members.some((m) => wide.members.some((o) => o.machine === m.machine));

/** The networks of each card. */
export function findSegments(cards: readonly Device[]): (device: Device) => readonly Segment[] {
  const groups = new Map<string, Group>();
  const join = (device: Device, { ip }: DeviceAddress, prefix: Prefix): void => {
    const id = `${prefix.words.join('.')}/${prefix.length}`;
    const group = groups.get(id) ?? { prefix, members: [], addresses: new Map<string, Ip>() };
    if (!group.members.includes(device)) group.members.push(device);
    group.addresses.set(ip.text, ip);
    groups.set(id, group);
  };
  const addresses = cards.flatMap((device) =>
    outerAddresses(device).flatMap((a) => (isOfLink(a) ? [] : [{ device, a }])),
  );
  for (const { device, a } of addresses) if (!isLong(a.prefix)) join(device, a, a.prefix);
  for (const [id, group] of [...groups]) {
    const wide = [...groups.values()].find((other) => isWrongMask(group, other));
    if (!wide) continue;
    groups.delete(id);
    wide.members.push(...group.members);
    for (const [text, ip] of group.addresses) wide.addresses.set(text, ip);
  }
  // An address without a subnet (a cloud's, a node's whose prefix is wrong) is on the network that holds it, or on one that nobody else shows.
  const shown = [...groups.values()].map((g) => g.prefix);
  for (const { device, a } of addresses)
    if (isLong(a.prefix)) join(device, a, shown.find((p) => contains(p, a.ip)) ?? a.prefix);
  const byDevice = new Map<Device, Segment[]>();
  for (const { prefix, members, addresses } of groups.values()) {
    const machines = new Set(members.map((m) => m.machine)).size;
    const segment: Segment = { prefix, members, apart: machines > 1 && addresses.size === 1 };
    for (const device of members) {
      const list = byDevice.get(device);
      if (list) list.push(segment);
      else byDevice.set(device, [segment]);
    }
  }
  return (device) => byDevice.get(device) ?? [];
}

/** By which a card takes frames for its stack: its own, and that of the bridge that it is a port of. */
function lladdrsOf({ lladdr, master, machine }: Device): ReadonlySet<string> {
  const upper = master === undefined ? undefined : machine.devices.get(master);
  return new Set([lladdr, upper?.kind === 'bridge' ? upper.lladdr : undefined].filter((l) => l !== undefined));
}

export function membersOf(segments: (device: Device) => readonly Segment[]): (device: Device) => Members {
  const known = new Map<Device, Members>();
  return (device) => {
    const made = known.get(device);
    if (made) return made;
    // Whoever has no carrier hears nothing.
    const list = segments(device).flatMap((s) => (s.apart ? [] : s.members.filter((m) => m.carrier !== false)));
    const byLladdr = new Map<string, Device[]>();
    for (const member of list)
      for (const lladdr of lladdrsOf(member)) {
        const same = byLladdr.get(lladdr);
        if (same) same.push(member);
        else byLladdr.set(lladdr, [member]);
      }
    const members = { list, byLladdr };
    known.set(device, members);
    return members;
  };
}
