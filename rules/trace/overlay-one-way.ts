import {
  defineRule,
  type EvidenceDraft,
  finding,
  isOverlayPacket,
  isTunnelDevice,
  isVirtualDevice,
  nodeAddresses,
  overlayOf,
  type PacketCaptureFact,
  type StackView,
  shows,
  sightingsOf,
  type View,
} from '#rule';

type Seen = 'packet' | 'packet-capture' | 'address' | 'link';

/** A run on the node's NIC that ended in order and would have shown the overlay's packets. */
const onNic = ({ facts }: StackView<Seen>): PacketCaptureFact | undefined =>
  facts['packet-capture'].find(
    (c) =>
      c.dev !== undefined &&
      c.dev !== 'any' &&
      !isVirtualDevice(c.dev) &&
      c.captured !== undefined &&
      (c.droppedByKernel ?? 0) === 0 &&
      (c.filter === undefined || /\b(?:udp|8472|4789|51820|8285|proto 4|ipip|ip)\b/.test(c.filter)),
  );

interface Finding {
  readonly node: string;
  readonly subject: string;
  readonly message: string;
  readonly evidence: [EvidenceDraft, ...EvidenceDraft[]];
  readonly nodes: readonly string[];
}

/** Leaves one node, and does not come in at the other, which was listening. */
function lostBetween(view: View<Seen>, host: StackView<Seen>): readonly Finding[] {
  const own = nodeAddresses(host.facts.address).map((a) => a.address);
  return view.allHosts.flatMap((other): readonly Finding[] => {
    const capture = other.node === host.node ? undefined : onNic(other);
    const addresses = nodeAddresses(other.facts.address).map((a) => a.address);
    const sent = host.facts.packet.find(
      (p) =>
        isOverlayPacket(p) &&
        !isTunnelDevice(p.dev ?? '') &&
        own.includes(p.source ?? '') &&
        addresses.includes(p.destination ?? ''),
    );
    if (!capture || !sent || view.notComparable(sent.at, capture.at) !== undefined) return [];
    if (
      other.facts.packet.some(
        (p) => p.dev === capture.dev && p.source === sent.source && p.destination === sent.destination,
      )
    )
      return [];
    return [
      {
        node: other.node,
        subject: `${overlayOf(sent)} from ${host.node} to ${other.node}`,
        message: `Overlay packets (${overlayOf(sent)}) leave ${host.node} for ${sent.destination} and do not arrive on ${capture.dev} of ${other.node}: they are lost between the two hosts.`,
        evidence: [shows(sent, `leaves ${host.node}`), shows(capture, `nothing from ${sent.source} in this capture`)],
        nodes: [host.node, other.node],
      },
    ];
  });
}

/** The tunnel device shows the request, and the NIC nothing of it. */
function neverLeaves(host: StackView<Seen>): readonly Finding[] {
  const capture = onNic(host);
  const inside = sightingsOf(host.facts.packet).find((s) => s.role === 'request' && isTunnelDevice(s.packet.dev ?? ''));
  if (!capture || !inside || host.facts.packet.some((p) => p.dev === capture.dev && isOverlayPacket(p))) return [];
  // Only what goes out must appear on the NIC.
  const local = host.facts.address.some((a) => a.address === inside.to);
  const answered = sightingsOf(host.facts.packet).some(
    (s) => s.role === 'reply' && s.from === inside.from && s.to === inside.to,
  );
  if (local || answered) return [];
  return [
    {
      node: host.node,
      subject: `${inside.packet.dev} to ${capture.dev}`,
      message: `${inside.packet.dev} of ${host.node} sends for ${inside.to}, and no overlay packet leaves by ${capture.dev}: the forwarding entry is missing or points at the node itself.`,
      evidence: [
        shows(inside.packet, `goes into ${inside.packet.dev}`),
        shows(capture, `no overlay packet in this capture of ${capture.dev}`),
      ],
      nodes: [host.node],
    },
  ];
}

export default defineRule({
  id: 'trace/overlay-one-way',
  since: '0.1.0',
  severity: 'error',
  title: 'Overlay packets do not get to the other node',
  why:
    "The overlay wraps a pod's packet into one between nodes. Where the wrapped packet leaves one node and never comes in at the other, something between the hosts blocks it (security group, firewall, wrong " +
    'address); where the tunnel device shows the packet and the NIC nothing, the forwarding entry is missing or points at the node itself.',
  fix: "Open the overlay's port between the nodes, or correct the address that the CNI registers.",
  needs: ['packet'],
  uses: ['packet-capture', 'address', 'link'],
  onMissing: 'skip',
  causedBy: [
    'flannel/wrong-interface',
    'flannel/duplicate-public-ip',
    'flannel/fdb-wrong-dst',
    'flannel/missing-fdb-or-neigh',
    'iptables/input-blocks-overlay',
    'calico/wrong-node-ip',
    'trace/path-lost',
  ],
  *check(view) {
    for (const host of view.hosts)
      for (const { node, subject, message, evidence, nodes } of [...lostBetween(view, host), ...neverLeaves(host)])
        yield finding({
          nodes: [node, ...nodes.filter((n) => n !== node)],
          subject,
          message,
          // Two runs on two machines: only one moment would prove it.
          confidence: 'likely',
          evidence,
          fix: {
            summary: 'see the forwarding entry on the sender, then what stands between the two nodes',
            commands: [
              `bridge fdb show | grep dst   # on ${nodes[0] ?? node}`,
              `tcpdump -ni any udp port 8472 or udp port 4789 or proto 4   # on both nodes at once`,
            ],
          },
        });
  },
});
