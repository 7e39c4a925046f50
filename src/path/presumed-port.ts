import type { NeighbourFact } from '../facts/index.js';
import type { Missing } from '../model/types.js';
import { portForwards, portSwitch } from './bridge-port.js';
import type { Device } from './device.js';
import { ipOf } from './ip.js';
import type { Machine } from './machine.js';
import type { Ip } from './types.js';
import type { World } from './world.js';

const GOOD = /^(REACHABLE|STALE|DELAY|PROBE|PERMANENT|NOARP)$/;
const good = (n: NeighbourFact): boolean => n.lladdr !== undefined && GOOD.test(n.state ?? 'STALE');

const portsOf = (host: Machine, bridge: Device): readonly Device[] =>
  [...host.devices.values()].filter((d) => d.master === bridge.name && d.kind === 'veth');

/** The port of a bridge behind which an lladdr is, by a learnt forwarding entry. */
const learntPort = (host: Machine, bridge: Device, lladdr: string | undefined): Device | undefined =>
  lladdr === undefined
    ? undefined
    : portsOf(host, bridge).find((p) =>
        host.fdb(p.name).some((f) => f.lladdr.toLowerCase() === lladdr && !f.flags.includes('permanent')),
      );

/** What stacks of other nodes know a pod as, where its bridge is one network with theirs. */
function knownElsewhere(world: World, host: Machine, bridge: Device, ip: Ip): string | undefined {
  const isSpread = [...host.devices.values()].some((d) => d.master === bridge.name && d.kind !== 'veth');
  for (const machine of isSpread ? world.machines : [])
    for (const dev of machine.devices.keys()) {
      const lladdr = machine.neighbours(dev, ip).find(good)?.lladdr?.toLowerCase();
      if (learntPort(host, bridge, lladdr)) return lladdr;
    }
  return undefined;
}

/** A pod's lladdr: by its node's own neighbour entries, else by those of others, if the node's bridge has it behind a port. */
export const lladdrOf = (world: World, host: Machine, towards: Device, ip: Ip): string | undefined =>
  host.neighbours(towards.name, ip).find(good)?.lladdr?.toLowerCase() ?? knownElsewhere(world, host, towards, ip);

/** It matters which port is whose: they differ, for all frames or for those from port to port. */
export interface PortGuess {
  readonly missing: Missing;
  readonly matters: 'always' | 'between ports';
}

/** Which pods of a bridge are behind which ports, where no entry says so. */
interface Shares {
  readonly ports: ReadonlyMap<string, Device>;
  /** Ports that are left to pods of which nothing tells that they are there. */
  readonly free: readonly Device[];
  readonly guess?: PortGuess;
}

const shared = new WeakMap<World, Map<Device, Shares>>();

const vlansOf = (port: Device): readonly unknown[] =>
  port.machine.facts('bridge-vlan').flatMap((v) => (v.dev === port.name ? [[v.vid, v.pvid, v.untagged]] : []));

const switches = (port: Device, names: readonly string[]): readonly unknown[] =>
  names.map((name) => portSwitch(port, name));

/** What any frame may meet at a port, without names. */
const mannerOf = (port: Device): string =>
  JSON.stringify([
    ...[port.up, port.carrier, port.mtu, portForwards(port)],
    ...switches(port, ['flood', 'learning', 'locked', 'mcast_flood']),
    ...vlansOf(port),
  ]);

/** What only frames from port to port meet. */
const betweenOf = (port: Device): string => JSON.stringify(switches(port, ['hairpin', 'isolated']));

/** Each listed pod gets a port of its own: two behind one port would need its hairpin mode. */
function sharesOf(world: World, host: Machine, bridge: Device): Shares {
  const ofWorld = shared.get(world) ?? new Map<Device, Shares>();
  shared.set(world, ofWorld);
  const known = ofWorld.get(bridge);
  if (known) return known;
  const listed = world.model
    .facts('pod')
    .filter((p) => p.hostNetwork !== true && p.node !== undefined && world.model.node(p.node)?.name === host.node)
    .map((p) => p.ips.flatMap((text) => ipOf(text) ?? []))
    .filter((ips) => ips.length > 0 && ips.every((ip) => world.owners(ip).length === 0));
  const learnt = listed.map((ips) =>
    ips.map((ip) => learntPort(host, bridge, lladdrOf(world, host, bridge, ip))).find((port) => port !== undefined),
  );
  const taken = new Set(learnt);
  const free = portsOf(host, bridge).filter((p) => world.peer(p) === undefined && !taken.has(p));
  const ports = new Map<string, Device>();
  let next = 0;
  for (const [i, ips] of listed.entries()) {
    const port = learnt[i] ?? free[next++ % Math.max(1, free.length)];
    for (const ip of ips) if (port) ports.set(ip.text, port);
  }
  const differ = (manner: (port: Device) => string): boolean => next > 0 && new Set(free.map(manner)).size > 1;
  const missing = {
    node: host.node,
    input: `which port of ${bridge.name} leads to which pod`,
    supply: 'fdb',
    reason: 'not-captured',
  } as const;
  const made: Shares = {
    ports,
    free: free.slice(next),
    ...(differ(mannerOf)
      ? { guess: { missing, matters: 'always' as const } }
      : differ(betweenOf) && { guess: { missing, matters: 'between ports' as const } }),
  };
  ofWorld.set(bridge, made);
  return made;
}

/** The port of a bridge behind which the pod is: by the node's own neighbour and forwarding entries, else one that leads to no captured pod. */
export function portOf(
  world: World,
  host: Machine,
  bridge: Device,
  ip: Ip,
): { readonly port: Device | undefined; readonly guess?: PortGuess } {
  const learnt = learntPort(host, bridge, lladdrOf(world, host, bridge, ip));
  if (learnt) return { port: learnt };
  const { ports, free, guess } = sharesOf(world, host, bridge);
  const port = ports.get(ip.text) ?? free[0] ?? portsOf(host, bridge).find((p) => world.peer(p) === undefined);
  return { port, ...(guess && { guess }) };
}

/** That of a pod which was not captured; undefined where its port is known, or leaves no choice. */
export function portGuess(world: World, ip: Ip | undefined): PortGuess | undefined {
  return ip && world.unseenPod(ip)?.guess;
}
