import type { FdbFact } from '../facts/index.js';
import { takes } from './behind.js';
import type { Walk } from './context.js';
import type { Device } from './device.js';
import type { Ip, Packet } from './types.js';
import { entriesOf, remotes, vxlanOf } from './vxlan.js';

const BROADCAST = 'ff:ff:ff:ff:ff:ff';

const isFixed = ({ flags, nhid }: FdbFact): boolean =>
  nhid !== undefined || flags.some((f) => f === 'permanent' || f === 'static' || f === 'noarp');

/**
 * A device that learns notes from where an lladdr spoke, and takes nothing from an lladdr that a fixed entry has elsewhere: that entry is the
 * answer (vxlan_snoop). Of a device whose parameters were not captured it is presumed that it does not learn, as CNIs have it.
 */
export function snoop(w: Walk, device: Device, lladdr: string | undefined, from: Ip): FdbFact | undefined {
  if (!device.link?.vxlan?.learning || lladdr === undefined) return undefined;
  const [held] = entriesOf(device, lladdr);
  if (held?.dst === from.text) return undefined;
  if (held && isFixed(held)) return held;
  const own = w.taught.get(device) ?? new Map<string, Ip>();
  w.taught.set(device, own.set(lladdr, from));
  return undefined;
}

/** Is there an end of the VXLAN that sends here what is for all, and so teaches a device that learns, as soon as somebody there speaks? */
export function mayBeTaught(w: Walk, device: Device, lladdr: string, packet: Packet): boolean {
  if (!device.link?.vxlan?.learning) return false;
  const { vni, family } = vxlanOf(device);
  const ends = w.world.machines
    .flatMap((m) => [...m.devices.values()])
    .filter(
      (d) =>
        d !== device && d.kind === 'vxlan' && d.up !== false && vxlanOf(d).vni === vni && vxlanOf(d).family === family,
    );
  return ends.some((d) => remotes(w, d, BROADCAST).includes(device) && takes(w, d, lladdr, packet));
}
