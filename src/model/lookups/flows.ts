import type { PacketCaptureFact, PacketFact, PacketLayer } from '../../facts/index.js';

/** What a packet is for its flow. */
export type FlowRole = 'request' | 'reply';

/** One packet of a conversation, perhaps inside a tunnel's. */
export interface Sighting {
  readonly packet: PacketFact;
  readonly layer: PacketLayer;
  readonly role: FlowRole;
  /** Client and server. */
  readonly from: string;
  readonly to: string;
  /** Protocol and ids: the same in all packets of the conversation. */
  readonly ids: string;
}

function sightingOf(packet: PacketFact, layer: PacketLayer): Sighting | undefined {
  const { source, destination, icmp, tcpFlags, sourcePort, destinationPort } = layer;
  if (source === undefined || destination === undefined) return undefined;
  const as = (role: FlowRole, ids: string): Sighting =>
    role === 'request'
      ? { packet, layer, role, from: source, to: destination, ids }
      : { packet, layer, role, from: destination, to: source, ids };
  if (icmp?.type === 'echo request') return as('request', `icmp ${icmp.id ?? ''}`);
  if (icmp?.type === 'echo reply') return as('reply', `icmp ${icmp.id ?? ''}`);
  if (tcpFlags === 'S') return as('request', `tcp ${sourcePort} ${destinationPort}`);
  if (tcpFlags === 'S.') return as('reply', `tcp ${destinationPort} ${sourcePort}`);
  return undefined;
}

/** The packet and all that it carries. */
export function* layersOf(packet: PacketFact): Generator<PacketLayer> {
  let layer: (PacketLayer & { readonly inner?: PacketLayer }) | undefined = packet;
  for (; layer; layer = layer.inner) yield layer;
}

/** Conversations of which something was seen: pings, and the beginnings of TCP connections. */
export const sightingsOf = (packets: readonly PacketFact[]): readonly Sighting[] =>
  packets.flatMap((p) => [...layersOf(p)].flatMap((l) => sightingOf(p, l) ?? []));

/** Did the run of tcpdump on that device end in order, without losing packets, and would it have shown what goes between the two? */
export function covers(
  captures: readonly PacketCaptureFact[],
  dev: string,
  addresses: readonly string[],
): PacketCaptureFact | undefined {
  return captures.find((c) => {
    if (c.dev !== dev || c.captured === undefined || (c.droppedByKernel ?? 0) > 0 || (c.droppedByInterface ?? 0) > 0)
      return false;
    return (
      c.filter === undefined || /^\(?(?:icmp|ip)\)?$/.test(c.filter) || addresses.some((a) => c.filter?.includes(a))
    );
  });
}

/** Seconds between two packets; undefined where the capture has no times. On `any` one packet is seen several times within a moment. */
export function between(a: PacketFact, b: PacketFact): number | undefined {
  if (a.time !== undefined && b.time !== undefined) return Math.abs(b.time - a.time);
  return a.clock !== undefined && b.clock !== undefined ? Math.abs(b.clock - a.clock) : undefined;
}

/** UDP ports of overlays: flannel's VXLAN, IANA's, WireGuard, flannel's udp backend. */
const OVERLAY_PORTS: ReadonlySet<number> = new Set([8472, 4789, 51820, 8285]);

/** Does it carry another packet, or go to a port where only overlays listen? */
export const isOverlayPacket = (p: PacketFact): boolean =>
  p.inner !== undefined || (p.protocol === 'udp' && OVERLAY_PORTS.has(p.destinationPort ?? 0));

/** `udp/8472`, or the tunnel's protocol. */
export const overlayOf = (p: PacketFact): string =>
  p.destinationPort === undefined ? (p.protocol ?? 'tunnel') : `udp/${p.destinationPort}`;
