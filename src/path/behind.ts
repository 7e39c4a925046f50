import type { Walk } from './context.js';
import type { Device } from './device.js';
import { isGroup } from './lladdr.js';
import type { Packet } from './types.js';
import { remotes } from './vxlan.js';
import { doubtWithheld } from './withheld.js';

export const portsOf = (bridge: Device): readonly Device[] =>
  [...bridge.machine.devices.values()].filter((d) => d.master === bridge.name);

/**
 * The card by which a device is on a network outside: its own; of a bridge that of its port; of a pod's device that of the bridge which the other end
 * is a port of. A device that is on none stands for itself.
 */
export function cardOf(w: Walk, device: Device): Device {
  if (w.world.segments(device).length > 0) return device;
  const port = device.kind === 'bridge' ? undefined : w.world.peer(device);
  const master = port?.master === undefined ? undefined : port.machine.devices.get(port.master);
  const bridge = device.kind === 'bridge' ? device : master?.kind === 'bridge' ? master : undefined;
  return (bridge && portsOf(bridge).find((p) => w.world.segments(p).length > 0)) ?? device;
}

type Seen = Set<Device>;

/** A frame for all is for who has the address. */
const isFor = (d: Device, mac: string, packet: Packet): boolean =>
  isGroup(mac) ? d.machine.local.has(packet.dst.text) : d.lladdr === mac;

/**
 * Is the lladdr on the other side of a port: that of the other end, or of one of a tunnel's, or one that the bridge there has or leads to? `seen`
 * are the bridges that the frame passed.
 */
export function hasBehind(w: Walk, port: Device, mac: string, packet: Packet, seen: Seen): boolean {
  const peer = w.world.peer(port);
  if (peer) return takes(w, peer, mac, packet, seen);
  if (port.kind === 'vxlan') return remotes(w, port, mac).some((end) => takes(w, end, mac, packet, seen));
  const segments = w.world.segments(port);
  if (segments.length > 0)
    return segments.some((s) => s.members.some((m) => m !== port && takes(w, m, mac, packet, seen)));
  const pod = w.world.pod(packet.dst);
  return pod.kind === 'pod' && pod.port === port && (isGroup(mac) || pod.machine.devices.get('eth0')?.lladdr === mac);
}

/** Is a frame that comes into a device for it, or, as it is a port, for its bridge or for what is behind another port? */
export function takes(w: Walk, device: Device, mac: string, packet: Packet, seen: Seen = new Set()): boolean {
  if (isFor(device, mac, packet)) return true;
  const bridge = device.master === undefined ? undefined : device.machine.devices.get(device.master);
  if (bridge?.kind !== 'bridge' || seen.has(bridge)) return false;
  seen.add(bridge);
  return isFor(bridge, mac, packet) || portsOf(bridge).some((p) => p !== device && hasBehind(w, p, mac, packet, seen));
}

/** Entries that somebody wrote lead frames astray. Where the collector takes them of other nodes, these are in doubt; else there are none, as far as anybody knows. */
export function doubtEntries(w: Walk, { machine, name }: Device): void {
  const [input, scope] = [`bridge fdb on ${name}`, { dev: name }];
  doubtWithheld(w, machine, 'fdb', 'lost', { input, scope });
  if (machine.presumable('fdb', scope) && machine.missing('fdb', input, scope))
    w.assumptions.add(
      `the forwarding entries of ${name} on ${machine.node} are those that it learnt: nobody listed them`,
    );
}
