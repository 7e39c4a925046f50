import type { FdbFact } from '../facts/index.js';
import type { At } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import type { Walk } from './context.js';
import type { Device } from './device.js';
import { ipOf } from './ip.js';
import type { Ip } from './types.js';

const ALL_ZERO = '00:00:00:00:00:00';

/** Parameters of a VXLAN device. What is not captured is presumed as flannel and the kernel have it, and listed. */
interface Vxlan {
  readonly vni: number | undefined;
  readonly port: number;
  readonly local: Ip | undefined;
  readonly lower: string | undefined;
  /** Of the packets that carry it: its socket is one of IPv4 unless one of its addresses is of IPv6 (vxlan_sock_add). */
  readonly family: 4 | 6;
  readonly at: At | undefined;
}

export function vxlanOf(device: Device): Vxlan {
  const info = device.link?.vxlan;
  const attribute = /^(?:.*\.)(\d+)$/.exec(device.name)?.[1];
  return {
    vni: info?.vni ?? (attribute === undefined ? undefined : Number(attribute)),
    port: info?.dstport ?? 8472,
    local: info?.local === undefined ? undefined : ipOf(info.local),
    lower: info?.dev,
    family: [info?.local, info?.remote, info?.group].some((a) => a?.includes(':')) ? 6 : 4,
    at: device.at,
  };
}

/** Devices of the same VXLAN to which entries for an lladdr, or else those for any, send a frame. */
export const remotes = (w: Walk, device: Device, lladdr: string): readonly Device[] =>
  entriesFor(w, device, lladdr).flatMap(({ dst }) => {
    const remote = dst === undefined ? undefined : ipOf(dst);
    return remote ? endsAt(w, device, remote) : [];
  });

/** Devices of the same VXLAN of whoever has an address. */
export function endsAt(w: Walk, device: Device, remote: Ip): readonly Device[] {
  const { vni, family } = vxlanOf(device);
  const isSame = (d: Device): boolean =>
    d.kind === 'vxlan' && d !== device && vxlanOf(d).vni === vni && vxlanOf(d).family === family;
  return w.world.owners(remote).flatMap((m) => [...m.devices.values()].filter(isSame));
}

/** What would tell whom a device sends to, if it is a tunnel of many ends. */
export const remotesMissing = (device: Device): Missing | undefined =>
  device.kind === 'vxlan' ? device.machine.missing('fdb', `fdb on ${device.name}`, { dev: device.name }) : undefined;

/** Where frames for an lladdr go: a captured entry, or one that the device learnt on this way. */
export type Entry = Pick<FdbFact, 'dst' | 'port' | 'vni' | 'via' | 'nhid'> & { readonly at: At | undefined };

/** Entries that lead an lladdr somewhere. */
export const entriesOf = (device: Device, lladdr: string): readonly FdbFact[] =>
  device.machine
    .fdb(device.name)
    .filter((f) => f.lladdr.toLowerCase() === lladdr && (f.dst !== undefined || f.nhid !== undefined));

/** The entry of an lladdr, else the default entries (vxlan_find_mac). What the device learnt on the way there moves an entry (vxlan_snoop). */
export function entriesFor(w: Walk, device: Device, lladdr: string): readonly Entry[] {
  const taught = w.taught.get(device)?.get(lladdr);
  if (taught) return [{ dst: taught.text, at: undefined }];
  const exact = entriesOf(device, lladdr);
  return exact.length > 0 ? exact.slice(0, 1) : entriesOf(device, ALL_ZERO);
}
