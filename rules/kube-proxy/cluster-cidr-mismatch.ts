import {
  type At,
  contains,
  defineRule,
  finding,
  isPromised,
  lostByKeptSource,
  namedNetworks,
  nftProxyPodNetwork,
  nodeAddresses,
  type Prefix,
  parseAddress,
  parsePrefix,
  proxyPodNetwork,
  subnetClaims,
  type View,
} from '#rule';

type Seen =
  | 'iptables-table'
  | 'nft-chain'
  | 'address'
  | 'link'
  | 'route'
  | 'subnet-env'
  | 'flannel-log'
  | 'flannel-lease'
  | 'flannel-config'
  | 'cluster-cidr'
  | 'ip-pool'
  | 'node'
  | 'pod';

interface Own {
  readonly says: string;
  readonly at: At;
}

const inside = (network: Prefix, text: string): boolean => {
  const address = parseAddress(text.replace(/\/.*/, ''));
  return address === undefined || contains(network, address);
};

/** Pods of the node, or subnets from which it makes them, outside of what its kube-proxy takes for pods. Others ask no service here. */
function ownOutside(view: View<Seen>, node: string, network: Prefix): readonly Own[] {
  const names = [node, ...(view.node(node)?.aliases ?? []), view.node(node)?.kubernetesName ?? node];
  const pods = view.cluster.pod.filter(
    (p) => p.hostNetwork !== true && p.status === 'Running' && names.includes(p.node ?? '') && p.ips[0] !== p.hostIp,
  );
  const ofNode = new Set([...view.cluster.node.flatMap((n) => n.internalIps), ...(view.node(node)?.addresses ?? [])]);
  const claims = subnetClaims({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts });
  return [
    ...claims
      .filter((c) => c.node === node && c.source !== 'host' && parsePrefix(c.prefix)?.family === network.family)
      .filter((c) => !inside(network, c.prefix))
      .map((c) => ({ says: `the pod subnet ${c.prefix}`, at: c.at })),
    ...pods.flatMap((p) =>
      p.ips
        .filter((ip) => !ofNode.has(ip) && parseAddress(ip)?.family === network.family && !inside(network, ip))
        .map((ip) => ({ says: `the pod ${p.namespace}/${p.name} with ${ip}`, at: p.at })),
    ),
  ];
}

export default defineRule({
  id: 'kube-proxy/cluster-cidr-mismatch',
  since: '0.1.0',
  severity: 'error',
  title: 'kube-proxy takes the wrong addresses for pods',
  why:
    'Of what is sent to a service, kube-proxy masquerades all that does not come from pods (`! -s CLUSTER_CIDR … -j KUBE-MARK-MASQ`). Where its cluster CIDR does not hold the pods of the node, they ' +
    "appear at services with the node's address, so that NetworkPolicies and logs see the wrong client. Where it holds the address of the node itself, what the node asks keeps that address: the answers " +
    'come by another way than the packets went, and strict reverse-path filters drop them.',
  fix: "Set kube-proxy's clusterCIDR to the pod network, and restart it.",
  needs: [['iptables-table', 'nft-chain']],
  uses: [
    'iptables-table',
    'nft-chain',
    'address',
    'link',
    'route',
    'subnet-env',
    'flannel-log',
    'flannel-lease',
    'flannel-config',
    'cluster-cidr',
    'ip-pool',
    'node',
    'pod',
  ],
  causedBy: ['flannel/network-config-mismatch'],
  seeAlso: ['kube-proxy/masquerade-broken', 'route/subnet-overlap'],
  *check(view) {
    const networks = namedNetworks({ cluster: view.cluster, hosts: view.allHosts }).filter(
      (n) => n.what === 'pod' && n.source !== "kube-proxy's cluster CIDR",
    );
    const fix = (node: string) => ({
      summary: `set clusterCIDR of kube-proxy to the pod network${networks[0] ? ` (${networks[0].prefix})` : ''}, and restart kube-proxy of ${node}`,
      commands: ['kubectl -n kube-system edit configmap kube-proxy   # clusterCIDR'],
    });
    for (const host of view.hosts) {
      const own = proxyPodNetwork(host.facts['iptables-table']) ?? nftProxyPodNetwork(host.facts['nft-chain']);
      const network = own && parsePrefix(own.prefix);
      if (!own || !network) continue;
      const [outside, ...others] = ownOutside(view, host.node, network).filter(
        (o) => view.notComparable(o.at, own.at) === undefined,
      );
      if (outside)
        yield finding({
          nodes: [host.node],
          subject: own.prefix,
          message: `kube-proxy of ${host.node} takes ${own.prefix} for the pods, and it does not hold ${outside.says}${others.length > 0 ? ` (and ${others.length} more)` : ''}: services see these pods with the node's address.`,
          severity: 'warning',
          evidence: [
            { at: own.at, note: 'what is not from there is masqueraded' },
            { at: outside.at, note: outside.says },
          ],
          fix: fix(host.node),
        });
      const held = nodeAddresses(host.facts.address).find((a) => inside(network, a.address));
      // Where the pod network itself holds the node, or nothing else names it, that is route/subnet-overlap.
      const planned =
        networks.length === 0 ||
        networks.some((n) => {
          const p = parsePrefix(n.prefix);
          return held !== undefined && p !== undefined && inside(p, held.address);
        });
      if (!held || planned || view.notComparable(held.at, own.at) !== undefined) continue;
      const lost = lostByKeptSource(view.paths, host.node).filter(({ pair }) => pair.src.kind === 'node');
      yield finding({
        nodes: [host.node],
        subject: `${own.prefix} and ${held.dev}`,
        message: `kube-proxy of ${host.node} takes ${own.prefix} for the pods, and it holds ${held.address} of ${held.dev}, the node's own: what the node asks services keeps that source${lost.length > 0 ? ', and is lost' : ''}.`,
        severity: lost.some(isPromised) ? 'error' : 'warning',
        evidence: [
          { at: own.at, note: 'what is from there is not masqueraded' },
          { at: held.at, note: "the node's own address" },
        ],
        breaks: [...new Set(lost.map((p) => p.pair))],
        fix: fix(host.node),
      });
    }
  },
});
