import { defineRule, finding, type LinkFact, type Pair, type Paths, type StackView, shows, type View } from '#rule';

type Seen = 'link' | 'address';

/** Two devices of one way, of which one sends what the other does not take. */
interface Suspect {
  readonly node: string;
  readonly large: LinkFact;
  readonly small: LinkFact;
  readonly says: string;
}

/** Octets of a VLAN tag, by which a packet may be longer than the MTU of who receives it. */
const VLAN_HLEN = 4;

/** A veth drops what is larger than the MTU of the end that receives it (is_skb_forwardable, net/core/dev.c), and nobody says so. */
function ofPods(view: View<Seen>, host: StackView<Seen>): readonly Suspect[] {
  return host.facts.link.flatMap((port): Suspect[] => {
    const end = port.mtu === undefined ? undefined : view.paths.peer(host.node, '', port.name);
    const stack = end && view.podStacks.find((s) => s.node === host.node && s.netns === end.netns);
    const pod = stack?.facts.link.find((l) => l.name === end?.dev);
    if (port.mtu === undefined || pod?.mtu === undefined || Math.abs(port.mtu - pod.mtu) <= VLAN_HLEN) return [];
    const [large, small] = pod.mtu > port.mtu ? [pod, port] : [port, pod];
    const says = `${pod.name} of the pod has MTU ${pod.mtu}, and ${port.name}, its other end, has ${port.mtu}`;
    return [{ node: host.node, large, small, says }];
  });
}

interface Stall {
  readonly pair: Pair;
  readonly size: number;
}

/** Pairs that lose packets of the larger size, where small ones pass and nobody tells the sender. */
function stalls(paths: Paths, { node, large, small }: Suspect): readonly Stall[] {
  const size = large.mtu ?? 0;
  return paths.pairs.flatMap((pair): Stall[] => {
    if (pair.trace.verdict !== 'delivered' || pair.trace.proto !== 'icmp') return [];
    if (pair.src.node !== node && pair.dst.node !== node) return [];
    const asked = paths.trace({ src: pair.trace.src, dst: pair.trace.dst, proto: 'icmp', size, df: true });
    const because = asked.kind === 'trace' && asked.trace.verdict === 'dropped' ? asked.trace.because : undefined;
    const here = because?.node === node && because.device !== undefined && because.evidence.includes(small.at);
    return here && /octets (?:are more than|do not fit)/.test(because.reason) && because.answer === undefined
      ? [{ pair, size }]
      : [];
  });
}

export default defineRule({
  id: 'link/mtu-pod-mismatch',
  since: '0.1.0',
  severity: 'error',
  title: "A pod's device and its other end on the node have different MTUs",
  why:
    'A veth drops a packet that is larger than the MTU of the end that receives it, and no ICMP error tells the sender: path MTU discovery works between routers, and the two ends of a cable are expected to agree. ' +
    'Pings and handshakes are small and pass; TLS, large answers and uploads hang. It happens when the MTU of one end was changed by hand or by a CNI that was configured anew, while the pods kept theirs.',
  fix: "Set the CNI's MTU right and recreate the pod: both ends get their MTU when they are made.",
  needs: ['link'],
  uses: ['address'],
  seeAlso: ['link/mtu-exceeds-underlay'],
  addresses: 'none',
  *check(view) {
    for (const host of view.hosts)
      for (const suspect of ofPods(view, host)) {
        const lost = stalls(view.paths, suspect);
        const [first] = lost;
        const { large, small, says } = suspect;
        yield finding({
          nodes: [host.node],
          subject: small.name === 'eth0' ? large.name : small.name,
          message: `On ${host.node} ${says}: packets of more than ${small.mtu} octets are lost between them without a word${lost.length > 0 ? `, and with them ${lost.length} of ${view.paths.pairs.length} paths for large packets` : ''}.`,
          severity: lost.length > 0 ? 'error' : 'warning',
          evidence: [shows(small, `takes ${small.mtu} octets`), shows(large, `sends up to ${large.mtu}`)],
          fix: {
            summary: `recreate the pod behind ${small.name === 'eth0' ? large.name : small.name} of ${host.node}, after the MTU in the CNI's configuration is right`,
            commands: [
              `ip link set ${small.name} mtu ${large.mtu}   # on ${host.node}, until the pod is made again`,
              ...(first
                ? [`dumplint trace BUNDLE ${first.pair.trace.src} ${first.pair.trace.dst} --size ${first.size} --df`]
                : []),
            ],
          },
        });
      }
  },
});
