import {
  defineRule,
  type EvidenceDraft,
  finding,
  isOverlayPacket,
  isVirtualDevice,
  overlayOf,
  type PacketFact,
  type StackView,
  shows,
} from '#rule';

type Seen = 'packet' | 'address' | 'link' | 'network-counter' | 'ethtool-driver';
type Host = StackView<Seen>;

/** Drivers that hand packets over in memory, with the checksum still to be made: that it is wrong there means nothing. */
const IN_MEMORY = /^(?:virtio_net|veth|tun|tap|xen_netfront|vif|hv_netvsc|vmxnet3|bridge)$/;

/** Comes from elsewhere, over a device that carries real frames. */
function isInbound({ facts }: Host, p: PacketFact): boolean {
  if (p.direction === 'Out' || p.dev === undefined || p.dev === 'any' || isVirtualDevice(p.dev)) return false;
  const own = facts.address.map((a) => a.address);
  return own.includes(p.destination ?? '') && !own.includes(p.source ?? '');
}

/** Undefined: it was captured, and there is none. */
function countedOf({ facts }: Host): { readonly errors?: Host['facts']['network-counter'][number] } | undefined {
  const counter = facts['network-counter'].find((c) => c.name === 'UdpInCsumErrors');
  if (!counter) return {};
  return counter.value > 0 ? { errors: counter } : undefined;
}

export default defineRule({
  id: 'trace/bad-checksum-inbound',
  since: '0.1.0',
  severity: 'error',
  title: 'Tunnel packets arrive with a wrong UDP checksum',
  why:
    'A packet that leaves is captured before its device computes the checksum, so wrong ones are normal there. One that comes in from the wire with a wrong checksum is thrown away by the kernel before the tunnel sees it ' +
    '(UdpInCsumErrors). The usual reason is checksum offload of the tunnel device on the sender, on kernels before 5.7 together with masquerading of the tunnel packets, or a driver that cannot do it.',
  fix: 'On the sender, turn the offload of the tunnel device off: `ethtool -K flannel.1 tx-checksum-ip-generic off`.',
  needs: ['packet'],
  uses: ['address', 'link', 'network-counter', 'ethtool-driver'],
  onMissing: 'skip',
  causedBy: [],
  *check(view) {
    for (const host of view.hosts) {
      const counted = countedOf(host);
      if (!counted) continue;
      const told = new Set<string>();
      for (const p of host.facts.packet) {
        if (!isOverlayPacket(p) || !p.badChecksums?.includes('udp') || !isInbound(host, p)) continue;
        const driver = host.facts['ethtool-driver'].find((d) => d.dev === p.dev);
        const kind = host.facts.link.find((l) => l.name === p.dev)?.linkType;
        const inMemory = IN_MEMORY.test(driver?.driver ?? kind ?? '');
        const subject = `${overlayOf(p)} from ${p.source}`;
        if ((inMemory && !counted.errors) || told.has(subject)) continue;
        told.add(subject);
        const evidence: [EvidenceDraft, ...EvidenceDraft[]] = [
          shows(p, 'the checksum is wrong'),
          ...(counted.errors ? [shows(counted.errors, 'UDP packets thrown away for it')] : []),
        ];
        yield finding({
          nodes: [host.node],
          subject,
          message: `Tunnel packets (${overlayOf(p)}) from ${p.source} come in by ${p.dev} of ${host.node} with a wrong UDP checksum${counted.errors ? `, and the kernel threw ${counted.errors.value} away` : ''}: they never reach the tunnel.`,
          // A hypervisor may hand packets over with the checksum still to be made, as the sender's own device shows them.
          ...(counted.errors ? { confidence: 'certain' } : { severity: 'warning', confidence: 'likely' }),
          evidence,
          fix: {
            summary: `on the node with ${p.source}, turn checksum offload of the tunnel device off, and see whether UdpInCsumErrors stands still`,
            commands: [
              `ethtool -K TUNNEL_DEVICE tx-checksum-ip-generic off   # on the node with ${p.source}`,
              `nstat -az UdpInCsumErrors   # on ${host.node}, twice`,
            ],
          },
        });
      }
    }
  },
});
