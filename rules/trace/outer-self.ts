import {
  defineRule,
  type EvidenceDraft,
  finding,
  isOverlayPacket,
  isTunnelDevice,
  layersOf,
  type NonEmpty,
  overlayOf,
  type PacketFact,
  type PacketLayer,
  type StackView,
  shows,
} from '#rule';

type Host = StackView<'packet'>;

interface Circle {
  readonly subject: string;
  readonly message: string;
  readonly evidence: NonEmpty<EvidenceDraft>;
}

/** The outer packet's two ends are one: `encap_bypass_if_local` of drivers/net/vxlan hands it back to its own device. */
function toItself({ node, facts }: Host): readonly Circle[] {
  const p = facts.packet.find((x) => isOverlayPacket(x) && x.source !== undefined && x.source === x.destination);
  if (!p) return [];
  return [
    {
      subject: `${overlayOf(p)} to itself`,
      message: `${node} sends overlay packets from ${p.source} to ${p.destination}, its own address: they never reach a peer.`,
      evidence: [shows(p, 'source and destination are one')],
    },
  ];
}

/** What stays the same of a packet while routers lower its TTL; undefined where two packets could not be told apart. */
function identityOf(l: PacketLayer): string | undefined {
  const ids =
    l.icmp?.id !== undefined && l.icmp.sequence !== undefined
      ? `${l.icmp.id} ${l.icmp.sequence} ${l.icmp.type}`
      : l.ipId !== undefined && l.ipId !== 0
        ? `${l.ipId} ${l.sourcePort ?? ''} ${l.destinationPort ?? ''}`
        : undefined;
  return l.source === undefined || l.destination === undefined || ids === undefined
    ? undefined
    : `${l.source} ${l.destination} ${l.protocol ?? ''} ${ids}`;
}

/** The packet on a tunnel's device, or what a tunnel carries on another one. */
const inTunnel = (p: PacketFact): PacketLayer | undefined =>
  isTunnelDevice(p.dev ?? '') ? p : isOverlayPacket(p) ? [...layersOf(p)].at(-1) : undefined;

/** A router in between may send a packet back into the tunnel that it came from, once; nobody does it twice. */
const LEAST_TIMES = 3;

/** One packet, on one device, with lower TTL each time. */
function inCircle({ node, facts }: Host): readonly Circle[] {
  const byPacket = new Map<string, PacketFact[]>();
  for (const p of facts.packet) {
    const layer = inTunnel(p);
    const identity = layer?.ttl === undefined ? undefined : identityOf(layer);
    if (identity === undefined) continue;
    const key = `${p.dev ?? ''} ${identity}`;
    byPacket.set(key, [...(byPacket.get(key) ?? []), p]);
  }
  const ttlOf = (p: PacketFact): number => inTunnel(p)?.ttl ?? 0;
  const told = new Set<string>();
  return [...byPacket.values()].flatMap((seen): readonly Circle[] => {
    const byTtl = [...new Map(seen.map((p) => [ttlOf(p), p])).values()].sort((a, b) => ttlOf(b) - ttlOf(a));
    const [first, ...lower] = byTtl;
    const layer = first && inTunnel(first);
    if (!first || !layer || byTtl.length < LEAST_TIMES) return [];
    const subject = `${layer.destination} on ${first.dev ?? 'an unnamed device'}`;
    if (told.has(subject)) return [];
    told.add(subject);
    return [
      {
        subject,
        message: `One packet for ${layer.destination} comes by ${first.dev ?? 'the same device'} of ${node} again and again, with TTL ${ttlOf(first)}, ${lower.map(ttlOf).slice(0, 3).join(', ')}: the overlay sends it in a circle.`,
        evidence: [shows(first, 'first'), ...lower.slice(0, 2).map((p) => shows(p, `again, with TTL ${ttlOf(p)}`))],
      },
    ];
  });
}

export default defineRule({
  id: 'trace/outer-self',
  since: '0.1.0',
  severity: 'error',
  title: 'A tunnel packet comes back to its own sender',
  why:
    "The outer header of a tunnel names two nodes. Where both are one, the kernel hands the packet back to its own tunnel device and nothing leaves: all nodes registered the same address, or the entry for the peer's " +
    'device points at the node itself. Where one inner packet passes the same device again and again with a lower TTL, two nodes each believe that the other one has the destination, until the TTL is used up.',
  fix: 'Correct the address that the CNI registers for the node, or the route that leads back.',
  needs: ['packet'],
  onMissing: 'skip',
  causedBy: [
    'flannel/wrong-interface',
    'flannel/duplicate-public-ip',
    'flannel/fdb-wrong-dst',
    'flannel/subnet-overlap',
    'route/wrong-device-or-gateway',
    'route/missing-peer-subnet',
    'calico/wrong-node-ip',
    'trace/path-lost',
  ],
  *check(view) {
    for (const host of view.hosts)
      for (const { subject, message, evidence } of [...toItself(host), ...inCircle(host)])
        yield finding({
          nodes: [host.node],
          subject,
          message,
          confidence: 'certain',
          evidence,
          fix: {
            summary: 'see where the forwarding entries and routes of this node lead',
            commands: [
              `bridge fdb show | grep dst   # on ${host.node}`,
              `ip -d route show table all   # on ${host.node}`,
            ],
          },
        });
  },
});
