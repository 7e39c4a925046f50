import type { NextHop, RouteFact } from '../facts/index.js';
import { contains } from '../kit/index.js';
import { isVirtualDevice } from '../model/lookups/devices.js';
import type { Missing } from '../model/types.js';
import { localPrefixes } from './any-ip.js';
import { heard } from './asking.js';
import { portForwards, portTakes } from './bridge-port.js';
import type { Walk } from './context.js';
import type { Device } from './device.js';
import type { Found } from './fib.js';
import { forwards, isOff6 } from './ip-input.js';
import { confMax, type Machine } from './machine.js';
import { hears } from './macvlan.js';
import { scopeOf, selectAddress } from './source.js';
import { refusedSource } from './source-check.js';
import { scopeOf6 } from './source6.js';
import type { Ip, Packet } from './types.js';
import { remotes, remotesMissing } from './vxlan.js';
import { doubtSetting } from './withheld.js';
import type { World } from './world.js';

/** A device that answers, with its address. */
export interface Answer {
  readonly device: Device;
  readonly lladdr: string;
}

/** A device with lladdrs that neither asks nor answers (IFF_NOARP). */
export const hasNoArp = (device: Device): boolean => device.link?.flags?.includes('NOARP') === true;

/** All devices of layer 3 that a broadcast on a device reaches. */
interface Reached {
  readonly all: readonly Device[];
  readonly byMachine: ReadonlyMap<Machine, readonly Device[]>;
  /** Those that may answer for addresses which are not theirs, and those whose addresses the world does not list. */
  readonly others: readonly Device[];
  /** What would tell to whom else: the remote ends of a tunnel on the way. */
  readonly blind: Missing | undefined;
}

/** A broadcast on its way: bridges that it passed, and tunnels of which nobody captured where they lead. */
interface Flood {
  readonly seen: Set<Device>;
  readonly blind: Missing[];
}

const known = new WeakMap<World, Map<Device, Reached>>();

function reachedBy(w: Walk, device: Device): Reached {
  const ofWorld = known.get(w.world) ?? new Map<Device, Reached>();
  known.set(w.world, ofWorld);
  const before = ofWorld.get(device);
  if (before) return before;
  const flood: Flood = { seen: new Set([device]), blind: [] };
  const all = findListeners(w, device, flood);
  const byMachine = new Map<Machine, Device[]>();
  for (const d of all) {
    const list = byMachine.get(d.machine);
    if (list) list.push(d);
    else byMachine.set(d.machine, [d]);
  }
  const isOther = ({ machine, name }: Device): boolean =>
    !machine.captured ||
    confMax(machine, 4, 'proxy_arp', name)?.value === 1 ||
    confMax(machine, 4, 'proxy_arp_pvlan', name)?.value === 1 ||
    machine.facts('neigh').some((n) => n.dev === name && n.flags.includes('proxy')) ||
    confMax(machine, 6, 'proxy_ndp', name)?.value === 1 ||
    // A network that is local as a whole, but for 127.0.0.0/8.
    localPrefixes(machine).some(({ prefix }) => prefix.family === 4 && (prefix.words[0] ?? 0) >>> 24 !== 127);
  const made = { all, byMachine, others: all.filter(isOther), blind: flood.blind[0] };
  ofWorld.set(device, made);
  return made;
}

export const listeners = (w: Walk, device: Device): readonly Device[] => reachedBy(w, device).all;

/** Why there may be more listeners than are known. */
export const moreListeners = (w: Walk, device: Device): Missing | undefined => reachedBy(w, device).blind;

const findListeners = (w: Walk, device: Device, flood: Flood): readonly Device[] =>
  device.kind === 'bridge'
    ? portsOf(device).flatMap((p) => beyond(w, p, device, flood))
    : beyond(w, device, device, flood);

const BROADCAST = 'ff:ff:ff:ff:ff:ff';

const portsOf = (bridge: Device): readonly Device[] =>
  [...bridge.machine.devices.values()].filter((d) => d.master === bridge.name && d.up !== false && portForwards(d));

/** What is on the other side of a device. */
function beyond(w: Walk, device: Device, from: Device, flood: Flood): readonly Device[] {
  if (device.up === false) return [];
  const peer = w.world.peer(device);
  if (peer) return peer.up === false ? [] : intoDevice(w, peer, from, flood);
  if (device.kind === 'vxlan') {
    const missing = remotesMissing(device);
    if (missing) flood.blind.push(missing);
    return remotes(w, device, BROADCAST).flatMap((end) => (end.up === false ? [] : intoDevice(w, end, from, flood)));
  }
  const segments = w.world.segments(device);
  // A card without addresses, as the port of a bridge has none: who else is on its network nothing tells.
  if (
    segments.length === 0 &&
    device.machine.netns === '' &&
    !isVirtualDevice(device.name) &&
    device.carrier !== false
  ) {
    const input = `who is on the network behind ${device.name}`;
    flood.blind.push({ node: device.machine.node, input, reason: 'not-captured' });
  }
  return segments
    .flatMap((s) => (s.apart ? [] : s.members.filter((m) => m.carrier !== false)))
    .filter((m) => m !== device && m.up !== false && hears(w.world, device, m))
    .flatMap((m) => intoDevice(w, m, from, flood));
}

/** A frame that comes into a device reaches its own stack, or the bridge that it is a port of and that bridge's other ports. */
function intoDevice(w: Walk, device: Device, from: Device, flood: Flood): readonly Device[] {
  const bridge = device.master === undefined ? undefined : device.machine.devices.get(device.master);
  if (bridge?.kind !== 'bridge') return [device];
  if (flood.seen.has(bridge) || !portTakes(device, from.lladdr)) return [];
  flood.seen.add(bridge);
  return [
    bridge,
    ...portsOf(bridge)
      .filter((p) => p !== device)
      .flatMap((p) => beyond(w, p, from, flood)),
  ];
}

/** Who would answer a question for `ip` on the device's segment (arp_process): captured stacks, and the presumed pod that has it. */
export function whoAnswers(w: Walk, device: Device, ip: Ip, packet: Packet): readonly Answer[] {
  const sender = senderOf(device, ip, packet);
  // Without an address of the link nothing is asked.
  if (ip.family === 6 && !sender && device.machine.captured) return [];
  const { byMachine, others } = reachedBy(w, device);
  const owners = w.world.owners(ip);
  const candidates = [
    ...owners.flatMap((m) => byMachine.get(m) ?? []),
    ...others.filter((d) => !owners.includes(d.machine)),
  ];
  const out: Answer[] = [];
  for (const other of candidates) {
    const lladdr = other.lladdr;
    if (
      lladdr !== undefined &&
      canSend(w, other) &&
      answersFor(w, other, ip, sender) &&
      heard(w, device, other, ip, sender ?? ip)
    )
      out.push({ device: other, lladdr });
  }
  const presumed = out.length === 0 ? w.world.unseenPod(ip) : undefined;
  if (presumed) {
    const eth0 = presumed.machine.devices.get('eth0');
    if (eth0?.lladdr !== undefined && behind(w, device, presumed.port)) {
      w.assumptions.add(`pod ${ip.text} on ${presumed.machine.node} is as pods are: its namespace was not captured`);
      out.push({ device: eth0, lladdr: eth0.lladdr });
    }
  }
  return out;
}

/** Does what a device sends get past the port of the bridge that it is plugged into? */
function canSend(w: Walk, device: Device): boolean {
  const port = w.world.peer(device);
  return port?.master === undefined || portTakes(port, device.lladdr);
}

/** Does a device answer a question for an address that comes from somebody outside, from `sender` if that is known? */
export const answersAsked = (w: Walk, device: Device, ip: Ip, sender?: Ip): boolean =>
  device.lladdr !== undefined && device.up !== false && canSend(w, device) && answersFor(w, device, ip, sender);

/** Is the port the device itself, or one of a bridge that gets to hear what the device asks? */
function behind(w: Walk, device: Device, port: Device): boolean {
  if (port.up === false || !portForwards(port)) return false;
  if (port === device) return true;
  const bridge = port.master === undefined ? undefined : port.machine.devices.get(port.master);
  return bridge !== undefined && (bridge === device || listeners(w, device).includes(bridge));
}

/**
 * The address that the question comes from (arp_solicit, arp_announce 0). IPv6 takes the packet's if the device has it, else one of the link
 * (ndisc_solicit).
 */
function senderOf(device: Device, ip: Ip, packet: Packet): Ip | undefined {
  const { machine, name } = device;
  if (ip.family === 4)
    return machine.local.has(packet.src.text) ? packet.src : selectAddress(machine, name, ip, 253)?.ip;
  const own = device.addresses.filter((a) => a.ip.family === 6 && !a.unusable);
  return (own.find((a) => a.ip.text === packet.src.text) ?? own.find((a) => scopeOf6(a.ip) === 2))?.ip;
}

const speaksFor = (machine: Machine, dev: string, ip: Ip): boolean =>
  machine.neighbours(dev, ip).some((n) => n.flags.includes('proxy'));

function answersFor(w: Walk, device: Device, ip: Ip, sender: Ip | undefined): boolean {
  const { machine } = device;
  if (hasNoArp(device)) return false;
  if (ip.family === 6) {
    if (device.addresses.some((a) => a.ip.text === ip.text && a.checking))
      w.assumptions.add(`nobody else has ${ip.text}, which ${device.name} of ${machine.node} was asking when captured`);
    return adverts(machine, device, ip);
  }
  const source = sender ?? ip;
  const route = (): Found => machine.fib.lookup({ dst: ip, src: source, iif: device.name, mark: 0 }, () => undefined);
  const wide = localPrefixes(machine).find((p) => contains(p.prefix, ip));
  const own = machine.local.get(ip.text) ?? (wide && route().kind === 'local' ? wide : undefined);
  if (own) {
    // Rules may lead past the table `local`, or there is another before it (arp_process asks for a route).
    if (machine.captured && route().kind !== 'local') return false;
    if (sender && machine.captured && refusedSource(w, machine, device, { src: source, dst: ip, mark: 0 }, ''))
      return false;
    doubtSetting(w, machine, `net.ipv4.conf.${device.name}.arp_ignore`);
    return arpAllows(machine, device, ip, sender);
  }
  if (!machine.captured) return false;
  const proxy = confMax(machine, 4, 'proxy_arp', device.name)?.value === 1 || speaksFor(machine, device.name, ip);
  const pvlan = confMax(machine, 4, 'proxy_arp_pvlan', device.name)?.value === 1;
  if (!(proxy || pvlan) || !forwards(w, machine, device, 4).on) return false;
  const found = route();
  // arp_fwd_proxy speaks for what is elsewhere, arp_fwd_pvlan for what is on the same link.
  const isElsewhere = (n: NextHop): boolean => n.dev !== device.name;
  return (
    found.kind === 'unicast' &&
    found.nexthops.some((n) => (isElsewhere(n) ? proxy : pvlan && source.text !== ip.text)) &&
    (!sender || !refusedSource(w, machine, device, { src: source, dst: ip, mark: 0 }, found.nexthops[0]?.dev ?? ''))
  );
}

/** Who has the address on that very device, or an entry to speak for it there (ndisc_recv_ns). */
function adverts(machine: Machine, device: Device, ip: Ip): boolean {
  if (isOff6(machine, device.name)) return false;
  if (device.addresses.some((a) => a.ip.text === ip.text && !a.unusable)) return true;
  // A router answers for the anycast address of its subnet too.
  const anycast = (r: RouteFact): boolean =>
    r.type === 'anycast' && r.prefix === `${ip.text}/128` && r.nexthops.some((n) => n.dev === device.name);
  if (machine.facts('route').some(anycast)) return true;
  const forwards = (machine.conf(6, 'forwarding', device.name)?.value ?? 0) > 0;
  return forwards && confMax(machine, 6, 'proxy_ndp', device.name)?.value === 1 && speaksFor(machine, device.name, ip);
}

/**
 * arp_ignore (arp_ignore, inet_confirm_addr): 1 answers for addresses of the device, 2 for those whose subnet holds who asks too, 3 for any but
 * those of scope host, 8 for none; the numbers between are as 0. Who asks with no address is in every subnet.
 */
function arpAllows(machine: Machine, device: Device, ip: Ip, sender: Ip | undefined): boolean {
  const ignore = confMax(machine, 4, 'arp_ignore', device.name)?.value ?? 0;
  if (ignore === 8) return false;
  if (ignore < 1 || ignore > 3) return true;
  const asked = ignore === 3 ? [...machine.devices.values()] : [device];
  return asked.some((d) => {
    const widest = ignore !== 3 ? 254 : 253;
    const narrowest = (confMax(machine, 4, 'route_localnet', d.name)?.value ?? 0) > 0 ? 253 : 254;
    const own = d.addresses.filter((a) => a.ip.family === 4);
    return (
      own.some((a) => a.ip.text === ip.text && Math.min(scopeOf(a.scope), narrowest) <= widest) &&
      own.some((a) => contains(a.prefix, ip) && (ignore !== 2 || !sender || contains(a.prefix, sender)))
    );
  });
}
