import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import type { Device } from './device.js';
import { routeText } from './fib.js';
import { ipOf } from './ip.js';
import { receive } from './ip-input.js';
import { send } from './ip-output.js';
import type { Machine } from './machine.js';
import { startWith } from './ttl.js';
import { outer, routeSource } from './tunnel.js';
import type { Frame, Ip, Packet } from './types.js';

/** IPv4's own header, before that of the tunnel. */
const IP_HEADER = 20;
/** GRE's (RFC 2784), and what each of its options adds (RFC 2890, ip_tunnel_core.c: gre_calc_hlen). */
const GRE_HEADER = 4;
const GRE_OPTION = 4;

type Attributes = Readonly<Record<string, string>>;

/** Parameters of an IPIP or GRE device (struct ip_tunnel_parm). */
interface IpTunnel {
  readonly proto: 'ipip' | 'gre';
  readonly local: Ip | undefined;
  readonly remote: Ip | undefined;
  /** The device that outer packets leave by. */
  readonly lower: string | undefined;
  readonly inKey: number | undefined;
  readonly outKey: number | undefined;
  /** What it adds behind the outer IP header. */
  readonly header: number;
  /** Outer packets are never cut (`pmtudisc`); else they may be where the inner one may, or always (`ignore-df`). */
  readonly df: boolean;
  readonly ignoresDf: boolean;
  /** undefined: the inner packet's. */
  readonly ttl: number | undefined;
  readonly mark: number;
}

const address = (text: string | undefined): Ip | undefined =>
  text === undefined || text === 'any' || text === '0.0.0.0' ? undefined : ipOf(text);

/** Keys are printed as numbers or as if they were addresses: `0.0.0.77`. */
function keyOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = text.includes('.') ? (ipOf(text)?.words[0] ?? Number.NaN) >>> 0 : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

const has = (a: Attributes, ...names: readonly string[]): boolean => names.some((name) => name in a);

function ipTunnelOf(device: Device): IpTunnel {
  const a: Attributes = device.link?.info?.attributes ?? {};
  const proto = device.kind === 'gre' ? 'gre' : 'ipip';
  const outKey = keyOf(a['okey'] ?? a['key']);
  const options = [outKey !== undefined, has(a, 'ocsum', 'csum'), has(a, 'oseq', 'seq')].filter((is) => is).length;
  return {
    proto,
    local: address(a['local']),
    remote: address(a['remote']),
    lower: a['dev'],
    inKey: keyOf(a['ikey'] ?? a['key']),
    outKey,
    header: proto === 'gre' ? GRE_HEADER + GRE_OPTION * options : 0,
    df: !has(a, 'nopmtudisc'),
    ignoresDf: has(a, 'ignore-df'),
    ttl: Number(a['ttl']) || undefined,
    mark: Number(a['fwmark'] ?? 0) || 0,
  };
}

/** Foo over UDP and the like put another header in between. */
const isWrapped = (device: Device): boolean => {
  const encap = device.link?.info?.attributes['encap'];
  return encap !== undefined && encap !== 'none';
};

/** IPIP and GRE: to the configured remote, else to the next hop of the packet's route (ip_tunnel_xmit). */
export function ipEncapsulate(w: Walk, device: Device, frame: Frame): Arrival {
  const { machine } = device;
  const { packet } = frame;
  if (isWrapped(device)) return unsupported(device);
  const own = ipTunnelOf(device);
  const remote = own.remote ?? frame.nexthop ?? packet.dst;
  const at = [device.at];
  const dev = device.name;
  const found = machine.fib.lookup(
    {
      dst: remote,
      iif: 'lo',
      mark: own.mark,
      ...(own.local && { src: own.local }),
      ...(own.lower && { oif: own.lower }),
    },
    (m) => doubt(w, m),
  );
  const hop = found.kind === 'unicast' ? found.nexthops[0] : undefined;
  if (found.kind === 'unicast' && hop?.dev === device.name)
    return drop(
      w,
      'encapsulate',
      machine,
      `the way to ${remote.text} leads into ${dev} itself: ${routeText(found.route)}`,
      found.at,
      { dev },
    );
  const src = own.local ?? routeSource(w, machine, remote, own.lower);
  if (!src || found.kind === 'none' || found.kind === 'refused')
    return drop(w, 'encapsulate', machine, `no route to the remote end ${remote.text}`, [...at, ...found.at], { dev });
  note(w, 'encapsulate', machine, `${own.proto} to ${remote.text}`, at, dev);
  const df = own.df || (packet.df && !own.ignoresDf);
  // tnl_update_pmtu: where the outer packet must not be cut the outer route's length counts, and a sender who forbids fragments is told.
  const under = found.kind === 'unicast' ? (found.route.mtu ?? machine.devices.get(hop?.dev ?? '')?.mtu) : undefined;
  const size = packet.piece ?? packet.size;
  if (df && packet.df && under !== undefined && size > under - IP_HEADER - own.header)
    return drop(
      w,
      'mtu',
      machine,
      `${size} octets and the headers of ${dev} do not fit the MTU ${under} of ${hop?.dev}`,
      at,
      {
        dev,
        answer: `icmp fragmentation-needed ${under - IP_HEADER - own.header}`,
      },
    );
  const inner: Frame = { ...frame, ...(own.outKey !== undefined && { key: own.outKey }) };
  const out = outer({ src, dst: remote, proto: own.proto, port: 0 }, inner, IP_HEADER + own.header, df);
  startWith(
    out,
    own.ttl === undefined ? { value: packet.ttl, at: packet.ttlSetBy } : { value: own.ttl, at: device.link?.at },
  );
  return send(w, machine, out, {
    mark: own.mark,
    ...(own.lower !== undefined && { oif: own.lower }),
    says: `${src.text} → ${remote.text} ${own.proto}`,
  });
}

const unsupported = (device: Device): Arrival => ({
  kind: 'unknown',
  missing: {
    node: device.machine.node,
    input: `what ${device.name} puts around a packet`,
    supply: 'link',
    reason: 'unsupported',
    ...(device.at !== undefined && { at: device.at }),
  },
});

/** How well the ends of a device fit an outer packet: both, the remote one, the local one, any; undefined: not at all (ip_tunnel_lookup). */
function scoreOf(device: Device, packet: Packet, inner: Frame): number | undefined {
  const own = ipTunnelOf(device);
  if (own.remote && own.remote.text !== packet.src.text) return undefined;
  if (own.local && own.local.text !== packet.dst.text) return undefined;
  if (own.proto === 'gre' && own.inKey !== inner.key) return undefined;
  return (own.remote ? 2 : 0) + (own.local ? 1 : 0);
}

/** The tunnel whose ends fit best takes the packet out (ipip_rcv, ipgre_rcv). */
export function ipReceive(w: Walk, machine: Machine, packet: Packet, inner: Frame): Arrival {
  const kind = packet.proto === 'gre' ? 'gre' : 'ipip';
  const all = [...machine.devices.values()].filter((d) => d.kind === kind);
  const fitting = all
    .filter((d) => d.up !== false)
    .map((device) => ({ device, score: scoreOf(device, packet, inner) }))
    .filter((f): f is { device: Device; score: number } => f.score !== undefined)
    .sort((x, y) => y.score - x.score);
  const device = fitting[0]?.device;
  if (!device) {
    const missing = machine.missing('link', `${kind} devices`);
    if (missing) return { kind: 'unknown', missing };
    // tunnel4_rcv, gre_rcv: a protocol with a handler that does not want it is refused as a port is.
    return drop(
      w,
      'decapsulate',
      machine,
      `no ${kind} device takes packets from ${packet.src.text} to ${packet.dst.text}${inner.key === undefined ? '' : ` with key ${inner.key}`}`,
      all.map((d) => d.at),
      { answer: all.length > 0 ? 'icmp port-unreachable' : 'icmp protocol-unreachable' },
    );
  }
  if (isWrapped(device)) return unsupported(device);
  note(w, 'decapsulate', machine, `${kind} from ${packet.src.text}`, [device.at], device.name);
  inner.packet.mark = packet.mark;
  return receive(w, device, inner.packet);
}
