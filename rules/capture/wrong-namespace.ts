import {
  contains,
  defineRule,
  type EvidenceDraft,
  finding,
  type LinkFact,
  namedNetworks,
  parseAddress,
  parsePrefix,
  type StackView,
} from '#rule';

type Host = StackView<'link' | 'address' | 'resolver' | 'subnet-env' | 'iptables-table' | 'nft-chain'>;

/** What a pod's namespace holds and no more: lo, tunnels that the kernel shows in every namespace, and one end of a veth. */
const EVERYWHERE = /^(?:lo|tunl0|gre0|gretap0|erspan0|sit0|ip6tnl0|ip_vti0|ip6_vti0|ip6gre0|dummy0)$/;

/** The one device of a pod: `eth0@if12`, whose peer lies in another namespace. */
function podDevice(links: readonly LinkFact[]): LinkFact | undefined {
  const rest = links.filter((l) => !EVERYWHERE.test(l.name));
  const [only] = rest;
  return rest.length === 1 && only && /^(?:eth|net)\d+$/.test(only.name) && only.peerIndex !== undefined
    ? only
    : undefined;
}

export default defineRule({
  id: 'capture/wrong-namespace',
  since: '0.1.0',
  severity: 'warning',
  title: "A capture of a pod or container is filed as a node's",
  why: "Inside a pod there is one device, its own routes and no rules of the node. Taken for the node's own state it hides every bridge, tunnel and rule of the node.",
  fix: 'Capture on the host itself, or from a container with `nsenter -t 1 -n`.',
  needs: ['link'],
  uses: [
    'address',
    'resolver',
    'subnet-env',
    'iptables-table',
    'nft-chain',
    'flannel-config',
    'cluster-cidr',
    'ip-pool',
    'pod',
    'node',
  ],
  seeAlso: ['capture/missing-core-input'],
  *check(view) {
    const networks = namedNetworks({ cluster: view.cluster, hosts: view.allHosts }).filter((n) => n.what === 'pod');
    const pods = new Map(
      view.cluster.pod.flatMap((p) => (p.hostNetwork === true ? [] : p.ips.map((ip) => [ip, p] as const))),
    );
    // Tables do not tell hostNetwork.
    for (const ip of view.cluster.node.flatMap((n) => n.internalIps)) pods.delete(ip);
    for (const host of view.hosts) {
      const device = host.absence('link').known ? podDevice(host.facts.link) : undefined;
      if (!device) continue;
      const proof = proofOf(host, device, networks, pods);
      if (!proof) continue;
      yield finding({
        nodes: [host.node],
        subject: device.name,
        confidence: proof.certain ? 'certain' : 'likely',
        message: `What was captured as ${host.node} is a pod's network namespace: ${device.name} is its one device, and ${proof.says}.`,
        evidence: [{ at: device.at }, ...proof.evidence],
        fix: { summary: `capture on ${host.node} itself`, commands: ['nsenter -t 1 -n ip -d addr'] },
      });
    }
  },
});

interface Proof {
  readonly certain: boolean;
  readonly says: string;
  readonly evidence: readonly EvidenceDraft[];
}

/** A node of kind looks alike (one veth, few devices): an address of the pod network or a pod's resolv.conf tells the difference. */
function proofOf(
  host: Host,
  device: LinkFact,
  networks: ReturnType<typeof namedNetworks>,
  pods: ReadonlyMap<string, { readonly name: string; readonly hostIp?: string; readonly at: EvidenceDraft['at'] }>,
): Proof | undefined {
  for (const a of host.facts.address) {
    if (a.dev !== device.name || a.family !== 4) continue;
    const pod = pods.get(a.address);
    if (pod && pod.hostIp !== a.address)
      return {
        certain: true,
        says: `${a.address} is the address of pod ${pod.name}`,
        evidence: [{ at: a.at }, { at: pod.at }],
      };
    const address = parseAddress(a.address);
    const network = networks.find((n) => {
      const prefix = parsePrefix(n.prefix);
      return prefix !== undefined && address !== undefined && contains(prefix, address);
    });
    if (network)
      return {
        certain: true,
        says: `its address ${a.address} lies in the pod network ${network.prefix} (${network.source})`,
        evidence: [{ at: a.at }, { at: network.at }],
      };
  }
  const [resolver] = host.facts.resolver;
  return resolver?.search.some((s) => s.startsWith('svc.')) === true
    ? { certain: false, says: 'its resolv.conf is that of a pod', evidence: [{ at: resolver.at }] }
    : undefined;
}
