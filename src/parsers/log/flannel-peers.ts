import type { FlannelEvent, FlannelLeaseFact } from '../../facts/index.js';
import { type Draft, formatIpv4, isLladdr } from '../../kit/index.js';
import { addressIn, type LogDraft, type Message, prefixIn, type Reading, type Signature } from './signature.js';

type Lease = Omit<Draft<FlannelLeaseFact>, 'kind' | 'source'>;

/** What a line of flannel tells, and the lease that it shows. */
export const drafts = (m: Message, event: FlannelEvent, lease?: Lease): readonly LogDraft[] => [
  { kind: 'flannel-log', ...m.stamp, event },
  ...(lease ? [{ kind: 'flannel-lease' as const, ...lease, source: 'log' as const }] : []),
];

/** vxlan_network.go (`adding subnet: S PublicIP: P VtepMAC: M`, v6 too, direct routes too) and route_network.go (`Subnet added: S via P`). */
function peer(needle: string, pattern: RegExp, backend?: string): Signature {
  return {
    needle,
    read(message): Reading {
      const m = pattern.exec(message.body);
      if (!m) return undefined;
      const { verb = '', subnet: s, ip, mac } = m.groups ?? {};
      const subnet = prefixIn(s);
      // wireguard names the peer's port too: `via 10.0.0.2:51820`, `via [fd00::2]:51821`.
      const publicIp = addressIn(ip) ?? addressIn(/^\[?(.*?)\]?:\d+$/.exec(ip ?? '')?.[1]);
      if (subnet === undefined || (ip !== undefined && publicIp === undefined)) return 'unreadable';
      const vtepMac = mac !== undefined && isLladdr(mac) ? mac.toLowerCase() : undefined;
      const known = { subnet, ...(publicIp && { publicIp }), ...(vtepMac && { vtepMac }) };
      if (!/^add/i.test(verb)) return drafts(message, { kind: 'peer-removed', ...known });
      const lease = publicIp ? { ...known, ...(backend !== undefined && { backend }) } : undefined;
      return drafts(message, { kind: 'peer-added', ...known }, lease);
    },
  };
}

/** `{"VNI":1,"VtepMAC":"7e:db:b2:69:bc:64"}` */
export function backendData(text: string): { readonly vtepMac?: string; readonly vni?: number } {
  const mac = /"VtepMAC":"([0-9a-fA-F:]{17})"/.exec(text)?.[1]?.toLowerCase();
  const vni = /"VNI":(\d+)/.exec(text)?.[1];
  return { ...(mac && { vtepMac: mac }), ...(vni && { vni: Number(vni) }) };
}

/** The same event one line earlier, as Go prints a struct (%#v): numbers in hex, JSON as a list of bytes. */
const batch: Signature = {
  needle: 'batch elem [',
  read(message): Reading {
    const { body } = message;
    const head = /^Batch elem \[\d+\] is \{ \w+\.Event\{Type:(\d+), Lease:/.exec(body);
    if (!head) return undefined;
    const net = /\bSubnet:ip\.IP4Net\{IP:0x([0-9a-f]{1,8}), PrefixLen:0x([0-9a-f]{1,2})\}/.exec(body);
    const ip = /\bPublicIP:0x([0-9a-f]{1,8}),/.exec(body);
    if (!net || !ip) return 'unreadable';
    const subnet = `${formatIpv4(Number.parseInt(net[1] ?? '', 16))}/${Number.parseInt(net[2] ?? '', 16)}`;
    const publicIp = formatIpv4(Number.parseInt(ip[1] ?? '', 16));
    const backend = /\bBackendType:"([^"]*)"/.exec(body)?.[1];
    const bytes = /\bBackendData:json\.RawMessage\{([0-9a-fx, ]*)\}/.exec(body)?.[1] ?? '';
    const json = bytes
      .split(', ')
      .map((b) => String.fromCharCode(Number.parseInt(b, 16)))
      .join('');
    const { vtepMac, vni } = backendData(json);
    const known = { subnet, publicIp, ...(vtepMac && { vtepMac }) };
    if (head[1] !== '0') return drafts(message, { kind: 'peer-removed', ...known });
    return drafts(
      message,
      { kind: 'peer-added', ...known },
      { ...known, ...(vni !== undefined && { vni }), ...(backend && { backend }) },
    );
  },
};

/** What flannel's backends say when a peer comes or goes. */
export const flannelPeers: readonly Signature[] = [
  peer(
    ' vtepmac: ',
    /^(?<verb>adding|removing) (?:v6 )?(?:v6)?subnet: (?<subnet>\S+) PublicIP(?:v6)?: (?<ip>\S+) VtepMAC: (?<mac>\S+)/i,
    'vxlan',
  ),
  peer(
    'direct route to',
    /^(?<verb>Adding|Removing) (?:v6 )?direct route to (?:v6 )?subnet: (?<subnet>\S+) PublicIP(?:v6)?: (?<ip>\S+)/,
  ),
  peer('subnet added: ', /^(?:IPv6 )?Subnet (?<verb>added): (?<subnet>\S+)(?: via (?:tailscale )?(?<ip>\S+))?$/),
  peer('subnet removed: ', /^(?:IPv6 )?Subnet (?<verb>removed): (?<subnet>\S+)$/),
  batch,
];
