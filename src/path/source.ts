import { contains } from '../kit/index.js';
import type { Device, DeviceAddress } from './device.js';
import type { Machine } from './machine.js';
import type { Ip } from './types.js';

/** Scopes as numbers (rtnetlink.h): a greater one is narrower. */
const SCOPES: Readonly<Record<string, number>> = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 };
export const scopeOf = (name: string | undefined): number => SCOPES[name ?? 'global'] ?? (Number(name) || 0);

const onDevice = (device: Device | undefined, family: 4 | 6): readonly DeviceAddress[] =>
  (device?.addresses ?? []).filter((a) => a.ip.family === family);

/** A device's address towards `dst` (inet_select_addr): the primary one whose subnet holds it, else the first; else that of another device. */
export function selectAddress(machine: Machine, dev: string, dst: Ip, scope = 0): DeviceAddress | undefined {
  const own = onDevice(machine.devices.get(dev), dst.family).filter(
    (a) => !a.secondary && scopeOf(a.scope) <= Math.max(scope, dst.family === 6 ? 253 : scope),
  );
  const fit = own.find((a) => contains(a.prefix, dst)) ?? own[0];
  if (fit) return fit;
  const devices = [...machine.devices.values()].sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  for (const device of devices) {
    const found = onDevice(device, dst.family).find(
      (a) => !a.secondary && scopeOf(a.scope) !== 253 && scopeOf(a.scope) <= scope,
    );
    if (found) return found;
  }
  return undefined;
}
