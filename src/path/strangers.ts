import type { NeighbourFact } from '../facts/index.js';
import { contains } from '../kit/index.js';
import { cardOf } from './behind.js';
import type { Walk } from './context.js';
import { carrierOf, type Device } from './device.js';
import { entriesFor, gatewaysOf } from './hearsay.js';
import type { Machine } from './machine.js';
import type { Ip } from './types.js';

/** Where a frame is known to go without looking at its address: out of what was captured. */
export type Towards = 'outside' | undefined;

/** Is the next hop somebody whom nobody captured, on a network outside of the nodes? */
export function leadsOutside(w: Walk, device: Device, nexthop: Ip): boolean {
  return (
    // An address of the asking stack itself, which lost its entry in the table `local`: nobody else has it.
    !carrierOf(device.machine.devices.values(), nexthop) &&
    w.world.segments(cardOf(w, device)).length > 0 &&
    w.world.owners(nexthop).every((m) => !onSegment(w, device, m))
  );
}

const onSegment = (w: Walk, device: Device, other: Machine): boolean =>
  w.world.segments(cardOf(w, device)).some((s) => !s.apart && s.members.some((m) => m.machine === other));

/**
 * Does a captured node have the next hop, on other networks than the device is on? `apart`: a captured router has a card on both, so they are two;
 * else two prefixes may share a wire.
 */
export function elsewhere(w: Walk, device: Device, nexthop: Ip): 'apart' | 'unknown' | undefined {
  const holders = w.world.owners(nexthop).filter((m) => m.netns === '');
  if (holders.length === 0 || holders.some((m) => m === device.machine || onSegment(w, device, m))) return undefined;
  const membersOf = (d: Device): readonly Device[] =>
    w.world.segments(d).flatMap((s) => (s.apart ? [] : [...s.members]));
  const here = membersOf(cardOf(w, device));
  const there = holders.flatMap((m) => [...m.devices.values()]).flatMap(membersOf);
  const isRouter = (d: Device): boolean => there.some((t) => t.machine === d.machine && !here.includes(t));
  return here.some((d) => !holders.includes(d.machine) && isRouter(d)) ? 'apart' : 'unknown';
}

/** A frame to an lladdr of nobody captured, for an address of nobody captured. A cloud answers for all its machines with one lladdr. */
export function towardsOutside(w: Walk, device: Device, nexthop: Ip, lladdr: string): Towards {
  const card = cardOf(w, device);
  if (w.world.segments(card).length === 0) return undefined;
  const { list, byLladdr } = w.world.members(card);
  if (byLladdr.get(lladdr)?.some((m) => m !== device) || otherCard(w, nexthop, lladdr)) return undefined;
  if (list.some((m) => m.lladdr === undefined && m.machine.local.has(nexthop.text))) return undefined;
  if (leadsOutside(w, device, nexthop)) return 'outside';
  const shared = device.machine
    .facts('neigh')
    .filter((n) => n.dev === device.name && n.lladdr?.toLowerCase() === lladdr);
  return new Set(shared.map((n) => n.address)).size > 1 ? 'outside' : undefined;
}

/**
 * Another card of the machine that has the address: two cards on one network answer for each other's addresses (arp_ignore 0), so the
 * entry shows that the networks of both are one.
 */
export const otherCard = (w: Walk, ip: Ip, lladdr: string): Device | undefined =>
  w.world
    .owners(ip)
    .flatMap((m) => [...m.devices.values()])
    .find((d) => d.lladdr === lladdr && d.up !== false && w.world.segments(d).length > 0);

const LEARNT = /^(?:REACHABLE|STALE|DELAY|PROBE)$/;

/** An entry of another node that contradicts one here. */
interface Contradiction {
  readonly entry: NeighbourFact;
  /** All are on one network, as their addresses show, or several others that know the address by one lladdr; else both may be right. */
  readonly shared: boolean;
}

/**
 * Another node that has learnt a different lladdr for an address outside, where none knows anybody by `lladdr`: an entry that
 * nothing renews keeps naming who was there once. `known`: somebody is known by it; undefined: nobody knows either.
 */
export function knownOtherwise(w: Walk, device: Device, ip: Ip, lladdr: string): Contradiction | 'known' | undefined {
  const others = w.world.machines.filter((m) => m.netns === '' && m !== device.machine);
  const entries = others.flatMap((m) => m.facts('neigh'));
  const isSame = (n: NeighbourFact): boolean => n.lladdr?.toLowerCase() === lladdr;
  if (entries.some(isSame) || device.machine.facts('neigh').some((n) => isSame(n) && n.address !== ip.text))
    return 'known';
  const learnt = (n: NeighbourFact): boolean =>
    n.address === ip.text && n.lladdr !== undefined && LEARNT.test(n.state ?? '');
  const members = new Set(w.world.members(cardOf(w, device)).list.map((m) => m.machine));
  const near = others.flatMap((m) => (members.has(m) ? m.facts('neigh') : [])).find(learnt);
  if (near) return { entry: near, shared: true };
  const known = entries.filter(learnt);
  const [entry] = known;
  const agree = known.length > 1 && new Set(known.map((n) => n.lladdr?.toLowerCase())).size === 1;
  return entry && { entry, shared: agree };
}

/**
 * Whoever else has an address of a captured machine, though nobody captured it: more than one stack has learnt one lladdr for the address that none
 * of the captured machines has. One alone may be wrong.
 */
export function strangerWith(w: Walk, device: Device, ip: Ip): NeighbourFact | undefined {
  const { list, byLladdr } = w.world.members(cardOf(w, device));
  const isUnknown = (n: NeighbourFact): boolean => {
    const lladdr = n.lladdr?.toLowerCase() ?? '';
    return !byLladdr.has(lladdr) && !otherCard(w, ip, lladdr);
  };
  const entries = entriesFor(w.world, ip.text);
  if (entries.length < 2) return undefined;
  const machines = new Set(list.map((m) => m.machine));
  const learnt = entries.flatMap(({ machine, entry }) =>
    machines.has(machine) && LEARNT.test(entry.state ?? '') && isUnknown(entry) ? [entry] : [],
  );
  return learnt.find((n) => learnt.some((o) => o !== n && o.lladdr?.toLowerCase() === n.lladdr?.toLowerCase()));
}

/** The entry by which the stack has learnt that somebody has the lladdr. */
export const learntFrom = ({ machine }: Device, lladdr: string): NeighbourFact | undefined =>
  machine.facts('neigh').find((n) => n.lladdr?.toLowerCase() === lladdr && LEARNT.test(n.state ?? ''));

/**
 * May nobody be there? A gateway that no stack has learnt of and no other node uses, where the stack knows another one of its family on that device; or a
 * network on the device that no other node beside it has. Undefined: nothing speaks against the one that was not captured.
 */
export function mayLack(w: Walk, device: Device, nexthop: Ip, dst: Ip): string | undefined {
  if (nexthop.text === dst.text) {
    const segments = w.world.segments(cardOf(w, device));
    const hasOthers = ({ members }: { readonly members: readonly Device[] }): boolean =>
      members.some((m) => m.machine !== device.machine);
    const own = segments.filter((s) => contains(s.prefix, nexthop));
    return own.length > 0 && !own.some(hasOthers) && segments.some(hasOthers)
      ? `whether anybody is ${nexthop.text} on ${device.name}, on a network that no other node has there`
      : undefined;
  }
  const isKnown = (n: NeighbourFact): boolean => n.lladdr !== undefined && LEARNT.test(n.state ?? 'STALE');
  const gateways = gatewaysOf(w.world);
  const isUsed = [...(gateways.get(nexthop.text) ?? [])].some((m) => m.netns === '' && m !== device.machine);
  if (isUsed) return undefined;
  const isOther = (n: NeighbourFact): boolean =>
    n.address !== nexthop.text && n.address.includes(':') === (nexthop.family === 6) && gateways.has(n.address);
  const other = device.machine.facts('neigh').find((n) => n.dev === device.name && isKnown(n) && isOther(n));
  const isHeard = entriesFor(w.world, nexthop.text).some(({ entry }) => isKnown(entry));
  return other && !isHeard
    ? `whether anybody is ${nexthop.text} on ${device.name}: nobody has learnt who, and ${other.address} is known`
    : undefined;
}
