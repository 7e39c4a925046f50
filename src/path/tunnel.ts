import type { FdbFact } from '../facts/index.js';
import type { At } from '../kit/index.js';
import { takes } from './behind.js';
import { bridgeReceive } from './bridge.js';
import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import type { Device } from './device.js';
import { ipOf } from './ip.js';
import { receive } from './ip-input.js';
import { send } from './ip-output.js';
import { ipEncapsulate, ipReceive } from './ip-tunnel.js';
import { toStack } from './link.js';
import type { Machine } from './machine.js';
import { doubtOrder, sourceTowards } from './source.js';
import { defaultTtl, startWith } from './ttl.js';
import type { Frame, Ip, Packet, Proto } from './types.js';
import { type Entry, endsAt, entriesFor, remotesMissing, vxlanOf } from './vxlan.js';
import { mayBeTaught, snoop } from './vxlan-learning.js';
import { wireguardEncapsulate, wireguardReceive } from './wireguard.js';

/** Headers that VXLAN adds (outer IPv4): IP 20, UDP 8, VXLAN 8, Ethernet 14. */
const OVERHEAD = 50;
/** A header of IPv6 is longer. */
const LONGER = 20;
/** Where a frame goes: what an entry does not say is the device's own (vxlan_xmit_one). */
interface Remote extends Pick<FdbFact, 'port' | 'vni' | 'via'> {
  readonly ip: Ip;
  readonly at: At | undefined;
}

/** The remote ends for a frame (vxlan_xmit): the entry of its lladdr, else the default entries, else the device's own remote. */
function destinations(w: Walk, device: Device, frame: Frame): readonly Remote[] | Arrival {
  const { machine } = device;
  const entries = entriesFor(w, device, frame.dstMac ?? '');
  const object = entries.find((e) => e.dst === undefined);
  if (object) return byObject(w, device, object);
  const found = entries.flatMap((e) => {
    const ip = ipOf(e.dst ?? '');
    const { at, port, vni, via } = e;
    return ip
      ? [
          {
            ip,
            at,
            ...(port !== undefined && { port }),
            ...(vni !== undefined && { vni }),
            ...(via !== undefined && { via }),
          },
        ]
      : [];
  });
  if (found.length > 0) return found;
  const own = device.link?.vxlan?.remote ?? device.link?.vxlan?.group;
  const ip = own === undefined ? undefined : ipOf(own);
  const lower = device.link?.vxlan?.dev;
  const missing = remotesMissing(device);
  // An entry of the lladdr would lead elsewhere.
  if (ip && missing) doubt(w, missing);
  if (ip) return [{ ip, at: device.at, ...(lower !== undefined && { via: lower }) }];
  if (missing) return { kind: 'unknown', missing };
  if (mayBeTaught(w, device, frame.dstMac ?? '', frame.packet)) {
    const input = `whether ${frame.dstMac} spoke to ${device.name}`;
    const detail = 'it learns from where, and has no entry';
    const at = device.at === undefined ? {} : { at: device.at };
    return { kind: 'unknown', missing: { node: machine.node, input, reason: 'not-comparable', detail, ...at } };
  }
  return drop(w, 'encapsulate', machine, `no forwarding entry for ${frame.dstMac} on ${device.name}`, [device.at], {
    dev: device.name,
  });
}

/** An entry that names an object of `ip nexthop`: one of those in its group, as balancing may choose (vxlan_xmit_nh). */
function byObject(w: Walk, { machine, name: dev }: Device, { nhid = 0, at }: Entry): readonly Remote[] | Arrival {
  const objects = machine.facts('nexthop').filter((n) => n.fdb);
  const group = objects.find((n) => n.id === nhid)?.group ?? [{ id: nhid, weight: 1 }];
  const ends = group.flatMap(({ id, weight }) => {
    const ip = ipOf(objects.find((n) => n.id === id)?.via ?? '');
    return ip ? [{ ip, weight }] : [];
  });
  const sum = ends.reduce((all, e) => all + e.weight, 0);
  const i = w.choose.balance(
    `${machine.id} nexthop ${nhid}`,
    ends.map((e) => e.weight / sum),
  );
  const ip = ends[i]?.ip;
  if (ip) return [{ ip, at }];
  const missing = machine.missing('nexthop', `nexthop ${nhid}`);
  if (missing) return { kind: 'unknown', missing };
  return drop(w, 'encapsulate', machine, `next hop object ${nhid} leads nowhere`, [at], { dev });
}

/** A tunnel device sends a packet: the outer packet is one that the stack itself sends. */
export function encapsulate(w: Walk, device: Device, frame: Frame): Arrival {
  switch (device.kind) {
    case 'vxlan':
      return vxlanEncapsulate(w, device, frame);
    case 'wireguard':
      return wireguardEncapsulate(w, device, frame);
    default:
      return ipEncapsulate(w, device, frame);
  }
}

/** A stack's outer packet. The mark stays with it, as nothing crosses into another namespace (skb_scrub_packet). */
export function outer(
  from: { readonly src: Ip; readonly dst: Ip; readonly proto: Proto; readonly port: number },
  inner: Frame,
  overhead: number,
  df: boolean,
): Packet {
  return {
    src: from.src,
    dst: from.dst,
    proto: from.proto,
    sport: from.proto === 'udp' ? 49152 : 0,
    dport: from.port,
    role: 'request',
    size: (inner.packet.piece ?? inner.packet.size) + overhead,
    df,
    ttl: 64,
    mark: inner.packet.mark,
    inner,
  };
}

const hasFlag = (device: Device, flag: string): boolean => flag in (device.link?.info?.attributes ?? {});
const isOfMetadata = (device: Device): boolean => hasFlag(device, 'external');

/** Where to is told by who hands it the packet, a route with `encap` or a program (VXLAN_F_COLLECT_METADATA). */
function byRoute(w: Walk, { machine, name, at }: Device): readonly Remote[] | Arrival {
  const { node, netns } = machine;
  const lines = w.steps.findLast((s) => s.kind === 'route' && s.node === node && s.netns === netns)?.at ?? [];
  const route = machine.facts('route').find((r) => lines.includes(r.at));
  const told = route?.nexthops.find((n) => n.dev === name)?.encap;
  const [, id] = /^ip6? (?:.* )?id (\d+)(?: |$)/.exec(told ?? '') ?? [];
  const ip = ipOf(/^ip6? (?:.* )?dst (\S+)/.exec(told ?? '')?.[1] ?? '');
  if (ip && id !== undefined) return [{ ip, vni: Number(id), at: route?.at }];
  return drop(w, 'encapsulate', machine, `${name} is told by nobody where to send`, [at], { dev: name });
}

function vxlanEncapsulate(w: Walk, device: Device, frame: Frame): Arrival {
  const { machine } = device;
  const ends = isOfMetadata(device) ? byRoute(w, device) : destinations(w, device, frame);
  if ('kind' in ends) return ends;
  // A default entry with several remotes copies the frame to all; the one that has the lladdr takes it.
  const [first] = ends;
  const end =
    ends.find((e) => endsAt(w, device, e.ip).some((d) => takes(w, d, frame.dstMac ?? '', frame.packet))) ?? first;
  if (!end)
    return drop(w, 'encapsulate', machine, `${device.name} knows no remote end`, [device.at], { dev: device.name });
  const own = vxlanOf(device);
  const { local } = own;
  const unseen = own.vni === undefined ? machine.missing('link', `VNI and port of ${device.name}`) : undefined;
  if (unseen) doubt(w, unseen);
  // An entry that names no device leaves the route free (vxlan_fdb_parse); only the device's own remote is bound to what is below it.
  const { vni = own.vni, port = own.port, via: lower } = end;
  if (end.ip.family !== own.family)
    return drop(w, 'encapsulate', machine, `${device.name} has no socket of IPv${end.ip.family}`, [end.at], {
      dev: device.name,
    });
  note(
    w,
    'encapsulate',
    machine,
    `VXLAN ${vni ?? '?'} to ${end.ip.text} (lladdr ${frame.dstMac})`,
    [end.at],
    device.name,
  );
  const held = machine.local.get(end.ip.text);
  const unsummed = own.family === 6 && hasFlag(device, 'udp6zerocsumtx');
  // A mark travels as the group's policy, where there is one (vxlan_build_gbp_hdr).
  const policy = device.link?.vxlan?.gbp && frame.packet.mark !== 0 ? { policy: frame.packet.mark } : {};
  const inner: Frame = {
    ...frame,
    ...(vni !== undefined && { vni }),
    ...(unsummed && { unsummed: true }),
    ...policy,
  };
  if (held) {
    // encap_bypass_if_local: the frame comes straight back into this stack's device of that VNI and port.
    note(
      w,
      'decapsulate',
      machine,
      `${end.ip.text} is an address of this node itself: the frame never leaves it`,
      [held.at],
      device.name,
    );
    const same = [...machine.devices.values()].find(
      (d) =>
        d.kind === 'vxlan' && vxlanOf(d).vni === vni && vxlanOf(d).port === port && vxlanOf(d).family === own.family,
    );
    if (!same)
      return drop(w, 'decapsulate', machine, `no VXLAN device takes VNI ${vni ?? '?'}`, [device.at], {
        dev: device.name,
      });
    // vxlan_encap_bypass hands it to layer 3 without looking at lladdrs.
    return receive(w, same, frame.packet);
  }
  const src = local ?? routeSource(w, machine, end.ip, lower);
  if (!src)
    return drop(w, 'encapsulate', machine, `no route to the remote end ${end.ip.text}`, [end.at], { dev: device.name });
  const df =
    device.link?.info?.attributes['df'] === 'set' ||
    (device.link?.info?.attributes['df'] === 'inherit' && frame.packet.df);
  const isPartial = frame.packet.proto !== 'icmp' && !('noudpcsum' in (device.link?.info?.attributes ?? {}));
  const packet: Packet = {
    ...outer({ src, dst: end.ip, proto: 'udp', port }, inner, OVERHEAD + (src.family === 6 ? LONGER : 0), df),
    ...(isPartial && { partial: true }),
  };
  const ttl = device.link?.info?.attributes['ttl'];
  const fixed = ttl === 'inherit' ? frame.packet.ttl : Number(ttl);
  startWith(packet, fixed ? { value: fixed, at: device.link?.at } : defaultTtl(machine, src.family));
  return send(w, machine, packet, {
    ...(lower !== undefined && { oif: lower }),
    ttl: fixed > 0,
    says: `${src.text} → ${end.ip.text} VXLAN, UDP port ${port}`,
  });
}

/** The address that an outer packet without a configured source takes. */
export function routeSource(w: Walk, machine: Machine, dst: Ip, oif: string | undefined, mark = 0): Ip | undefined {
  const found = machine.fib.lookup({ dst, iif: 'lo', mark, ...(oif !== undefined && { oif }) }, (m) => doubt(w, m));
  if (found.kind !== 'unicast') return undefined;
  const preferred = found.route.src === undefined ? undefined : ipOf(found.route.src);
  const hop = found.nexthops[0];
  const gateway = hop?.via === undefined ? undefined : ipOf(hop.via);
  const dev = hop?.dev;
  if (preferred) return preferred;
  doubtOrder(w, machine);
  return dev === undefined ? undefined : sourceTowards(machine, dev, dst, gateway);
}

/** An outer packet arrived at its address: the device of the tunnel takes it out (vxlan_rcv, tunnel4_rcv). */
export function decapsulate(w: Walk, machine: Machine, packet: Packet, inner: Frame): Arrival {
  if (packet.proto === 'ipip' || packet.proto === 'gre') return ipReceive(w, machine, packet, inner);
  if (inner.sealed) return wireguardReceive(w, machine, packet, inner);
  return vxlanReceive(w, machine, packet, inner);
}

function vxlanReceive(w: Walk, machine: Machine, packet: Packet, inner: Frame): Arrival {
  const devices = [...machine.devices.values()].filter((d) => d.kind === 'vxlan' && d.up !== false);
  const sockets = devices.filter((d) => vxlanOf(d).port === packet.dport && vxlanOf(d).family === packet.dst.family);
  if (sockets.length === 0) {
    const missing = machine.missing('link', 'VXLAN devices');
    if (missing) return { kind: 'unknown', missing };
    return drop(
      w,
      'decapsulate',
      machine,
      `no VXLAN device listens on UDP port ${packet.dport}`,
      devices.map((d) => d.at),
      { answer: 'icmp port-unreachable' },
    );
  }
  // One that takes metadata takes every VNI (vxlan_vs_find_vni).
  const device = sockets.find(isOfMetadata) ?? sockets.find((d) => vxlanOf(d).vni === inner.vni);
  if (!device)
    return drop(
      w,
      'decapsulate',
      machine,
      `no VXLAN device has VNI ${inner.vni ?? '?'}`,
      sockets.map((d) => d.at),
    );
  // Of IPv6 a checksum of 0 is wrong for who does not say that it takes it (udp6_csum_init).
  if (inner.unsummed && hasFlag(device, 'noudp6zerocsumrx'))
    return drop(
      w,
      'decapsulate',
      machine,
      `the packet has no checksum of UDP, and ${device.name} takes none without (noudp6zerocsumrx)`,
      [device.at],
      { dev: device.name },
    );
  // Bits of the header that it was not told to read make the packet a stranger's (vxlan_rcv).
  if (inner.policy !== undefined && device.link?.vxlan?.gbp === false)
    return drop(
      w,
      'decapsulate',
      machine,
      `the packet has a group policy (0x${inner.policy.toString(16)}, the mark that it was sent with), and ${device.name} reads none (gbp)`,
      [device.at],
      { dev: device.name },
    );
  if (inner.srcMac !== undefined && inner.srcMac === device.lladdr)
    return drop(
      w,
      'decapsulate',
      machine,
      `the frame's source ${inner.srcMac} is ${device.name}'s own lladdr: taken for a loop`,
      [device.at],
      { dev: device.name },
    );
  const fixed = snoop(w, device, inner.srcMac, packet.src);
  if (fixed)
    return drop(
      w,
      'decapsulate',
      machine,
      `${device.name} takes nothing of ${inner.srcMac} from ${packet.src.text}: a fixed entry has it at ${fixed.dst ?? 'next hop objects'}`,
      [fixed.at, device.at],
      { dev: device.name },
    );
  note(w, 'decapsulate', machine, `VXLAN ${inner.vni ?? '?'} from ${packet.src.text}`, [device.at], device.name);
  inner.packet.mark = device.link?.vxlan?.gbp ? (inner.policy ?? 0) : packet.mark;
  const master = device.master === undefined ? undefined : machine.devices.get(device.master);
  return master?.kind === 'bridge' ? bridgeReceive(w, master, device, inner) : toStack(w, device, inner);
}
