import type { Device } from './device.js';

/** A switch of a port as `ip -d link` or `bridge -d link` prints it; undefined: not captured. */
export function portSwitch(port: Device, name: string): boolean | undefined {
  const told = port.link?.slave?.attributes[name];
  if (told !== undefined) return told === 'on';
  return port.machine.facts('bridge-port').find((p) => p.dev === port.name)?.switches?.[name];
}

/** Frames pass a port in state forwarding only (br_handle_frame). */
export function portForwards(port: Device): boolean {
  const state =
    port.link?.slave?.attributes['state'] ?? port.machine.facts('bridge-port').find((p) => p.dev === port.name)?.state;
  return state === undefined || state === 'forwarding';
}

/** Does a port take frames from this lladdr? A locked one takes those that an entry of the forwarding table allows (BR_PORT_LOCKED). */
export function portTakes(port: Device, srcMac: string | undefined): boolean {
  if (!portForwards(port)) return false;
  if (srcMac === undefined || portSwitch(port, 'locked') !== true) return true;
  const { machine } = port;
  return (
    machine.missing('fdb') !== undefined ||
    machine
      .fdb(port.name)
      .some((f) => f.lladdr.toLowerCase() === srcMac && f.master !== undefined && !f.flags.includes('permanent'))
  );
}
