import type { Device } from './device.js';
import type { Machine } from './machine.js';
import type { World } from './world.js';

/** Devices on top of another of the same kernel, with frames of their own on its network (drivers/net/macvlan.c, ipvlan). */
const isUpper = ({ kind }: Device): boolean => kind === 'macvlan' || kind === 'ipvlan';

/** Has a stack of a pod a device on top of one of its node's? */
export const isOnNode = (world: World, machine: Machine): boolean =>
  [...machine.devices.values()].some((d) => lowerOf(world, d)?.machine.netns === '');

/** The device below: `eth0@if2` in a pod is on the node's device 2, `mac0@eth0` on that of its own stack. */
function lowerOf(world: World, device: Device): Device | undefined {
  const { link, machine } = device;
  if (!isUpper(device) || !link) return undefined;
  if (link.peerName !== undefined) return machine.devices.get(link.peerName);
  const host = world.host(machine.node);
  return [...(host?.devices.values() ?? [])].find((d) => d.index !== undefined && d.index === link.peerIndex);
}

/**
 * Do frames of one device reach another on the same network? What is on top of a device and that device itself don't hear each other, two on top
 * of it do in mode bridge alone (macvlan_queue_xmit); of ipvlan they do unless it is private.
 */
export function hears(world: World, from: Device, to: Device): boolean {
  if (!isUpper(from) && !isUpper(to)) return true;
  const [a, b] = [lowerOf(world, from), lowerOf(world, to)];
  if (a === to || b === from) return false;
  if (a === undefined || a !== b) return true;
  const mode = (d: Device): string | undefined => d.link?.info?.attributes['mode'];
  return from.kind === 'ipvlan' || (mode(from) === 'bridge' && mode(to) === 'bridge');
}
