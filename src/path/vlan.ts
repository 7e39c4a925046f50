import type { BridgeVlanFact } from '../facts/index.js';
import type { At } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import type { Device } from './device.js';

interface Refusal {
  readonly says: string;
  readonly at: readonly (At | undefined)[];
}

const filters = (bridge: Device): boolean => bridge.link?.info?.attributes['vlan_filtering'] === '1';

const vlansOf = (device: Device): readonly BridgeVlanFact[] =>
  device.machine.facts('bridge-vlan').filter((v) => v.dev === device.name);

const pvidOf = (device: Device): BridgeVlanFact | undefined => vlansOf(device).find((v) => v.pvid);

const unknown = (bridge: Device, doubt: (missing: Missing) => void): boolean => {
  const missing = bridge.machine.missing('bridge-vlan', `VLANs of ${bridge.name}`);
  if (missing) doubt(missing);
  return missing !== undefined;
};

/** An untagged frame takes its port's PVID; a port without one drops it (br_allowed_ingress). */
export function vlanIn(bridge: Device, port: Device, doubt: (missing: Missing) => void): Refusal | undefined {
  if (!filters(bridge) || unknown(bridge, doubt)) return undefined;
  return pvidOf(port)
    ? undefined
    : { says: `${port.name} has no PVID, and ${bridge.name} filters VLANs`, at: [bridge.at, port.link?.at] };
}

/** A frame leaves by ports of its VLAN only; `from` undefined: it comes from the bridge's own stack (br_allowed_egress). */
export function vlanOut(
  bridge: Device,
  from: Device | undefined,
  port: Device | undefined,
  doubt: (missing: Missing) => void,
): Refusal | undefined {
  if (!filters(bridge) || unknown(bridge, doubt)) return undefined;
  const pvid = pvidOf(from ?? bridge);
  const target = port ?? bridge;
  if (!pvid) return { says: `${(from ?? bridge).name} has no PVID, and ${bridge.name} filters VLANs`, at: [bridge.at] };
  const member = vlansOf(target).find((v) => v.vid <= pvid.vid && (v.end ?? v.vid) >= pvid.vid);
  if (!member) return { says: `${target.name} is not in VLAN ${pvid.vid}`, at: [pvid.at, target.link?.at] };
  // A tagged frame is no packet for the other end, unless that end knows the tag.
  if (port && !member.untagged) return { says: `${target.name} sends VLAN ${pvid.vid} tagged`, at: [member.at] };
  return undefined;
}
