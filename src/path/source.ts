import { contains } from '../kit/index.js';
import type { Walk } from './context.js';
import type { Device, DeviceAddress } from './device.js';
import type { Machine } from './machine.js';
import { selectAddress6 } from './source6.js';
import type { Ip } from './types.js';
import { doubtWithheld } from './withheld.js';

/** Scopes as numbers (rtnetlink.h): a greater one is narrower. */
const SCOPES: Readonly<Record<string, number>> = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 };
export const scopeOf = (name: string | undefined): number => SCOPES[name ?? 'global'] ?? (Number(name) || 0);

/** Which of its addresses a stack takes hangs on their order and scope, which the table `local` does not tell. */
export const doubtOrder = (w: Walk, machine: Machine): void => doubtWithheld(w, machine, 'address', 'rewritten');

const onDevice = (device: Device | undefined): readonly DeviceAddress[] =>
  (device?.addresses ?? []).filter((a) => a.ip.family === 4);

/**
 * The address that a stack gives what it sends to `dst` by way of the gateway: IPv6 looks at the destination, IPv4 at a gateway of its own family,
 * and without one takes the device's first address (fib_info_update_nhc_saddr).
 */
export function sourceTowards(machine: Machine, dev: string, dst: Ip, gateway: Ip | undefined): Ip | undefined {
  if (dst?.family === 6) return selectAddress(machine, dev, dst)?.ip;
  return selectAddress(machine, dev, gateway?.family === 4 ? gateway : undefined)?.ip;
}

/** A device's address towards `dst` (inet_select_addr): the primary one whose subnet holds it, else the first; else that of another device. */
export function selectAddress(
  machine: Machine,
  dev: string,
  dst: Ip | undefined,
  scope = 0,
): DeviceAddress | undefined {
  if (dst?.family === 6) return selectAddress6(machine, dev, dst);
  const own = onDevice(machine.devices.get(dev)).filter((a) => !a.secondary && scopeOf(a.scope) <= scope);
  const fit = own.find((a) => dst === undefined || contains(a.prefix, dst)) ?? own[0];
  if (fit) return fit;
  const devices = [...machine.devices.values()].sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  for (const device of devices) {
    const found = onDevice(device).find((a) => !a.secondary && scopeOf(a.scope) !== 253 && scopeOf(a.scope) <= scope);
    if (found) return found;
  }
  return undefined;
}
