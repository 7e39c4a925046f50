import {
  type At,
  capturedName,
  contains,
  defineRule,
  finding,
  isFlannelVxlan,
  lineIn,
  mainTable,
  namedNetworks,
  parsePrefix,
  type StackView,
  type SubnetEnvFact,
  unknown,
  type View,
} from '#rule';

type Seen =
  | 'subnet-env'
  | 'flannel-config'
  | 'route'
  | 'flannel-lease'
  | 'node'
  | 'cluster-cidr'
  | 'ip-pool'
  | 'iptables-table';

interface PeerSubnet {
  readonly prefix: string;
  readonly at: At;
}

const within = (networks: readonly string[], prefix: string): boolean => {
  const inner = parsePrefix(prefix);
  return (
    inner === undefined ||
    networks.some((n) => {
      const outer = parsePrefix(n);
      return outer !== undefined && (outer.family !== inner.family || contains(outer, inner));
    })
  );
};

/** Pod subnets of other nodes as this host or the cluster names them. */
function peerSubnets(view: View<Seen>, host: StackView<Seen>): PeerSubnet[] {
  return [
    ...mainTable(host.facts.route)
      .filter((r) => r.nexthops.some((n) => n.via !== undefined && n.dev !== undefined && isFlannelVxlan(n.dev)))
      .map((r) => ({ prefix: r.prefix, at: r.at })),
    ...view.cluster['flannel-lease'].filter((l) => l.source !== 'log').map((l) => ({ prefix: l.subnet, at: l.at })),
    ...view.cluster.node
      .filter((n) => capturedName(view.nodes, n.name) !== host.node)
      .flatMap((n) => n.podCidrs.map((prefix) => ({ prefix, at: n.at }))),
  ];
}

function* outside(view: View<Seen>, host: StackView<Seen>, env: SubnetEnvFact) {
  for (const peer of peerSubnets(view, host)) {
    if (env.networks.length === 0 || within(env.networks, peer.prefix)) continue;
    const why = view.notComparable(env.at, peer.at);
    if (why !== undefined) {
      yield unknown({
        node: host.node,
        input: "subnet-env against the peers' subnets",
        reason: 'not-comparable',
        detail: why,
        at: peer.at,
      });
      continue;
    }
    yield finding({
      nodes: [host.node],
      subject: 'FLANNEL_NETWORK',
      message: `FLANNEL_NETWORK of ${host.node} is ${env.networks.join(', ')} and does not contain ${peer.prefix}, a peer's pod subnet: traffic to those pods is masqueraded.`,
      evidence: [{ at: lineIn(env, env.lines['FLANNEL_NETWORK']) }, { at: peer.at, note: `${peer.prefix} is outside` }],
      fix: {
        summary: 'set Network in net-conf.json to the whole pod network and restart flannel',
        commands: ['kubectl -n kube-flannel edit configmap kube-flannel-cfg'],
      },
    });
    return;
  }
}

export default defineRule({
  id: 'flannel/network-config-mismatch',
  since: '0.1.0',
  severity: 'warning',
  title: "flannel's Network does not fit the pod subnets",
  why:
    'flannel masquerades what leaves its Network. If Network is too small or differs between nodes, packets to pods of other nodes lose their source address: replies still come back, but policies and ' +
    "logs see the node instead of the pod, and Kubernetes' promise of pods without NAT is broken.",
  fix: 'Set Network to the cluster CIDR that controller-manager and kube-proxy use.',
  needs: [['subnet-env', 'flannel-config']],
  uses: ['route', 'flannel-lease', 'node', 'cluster-cidr', 'ip-pool', 'iptables-table'],
  technology: 'flannel',
  causedBy: ['flannel/wrong-interface'],
  seeAlso: ['flannel/subnet-overlap'],
  *check(view) {
    const said: { readonly node: string; readonly env: SubnetEnvFact }[] = [];
    for (const host of view.allHosts) {
      const env = host.facts['subnet-env'].at(-1);
      if (!env) continue;
      yield* outside(view, host, env);
      const other = said.find((s) => s.env.networks.join() !== env.networks.join());
      if (other && view.notComparable(other.env.at, env.at) === undefined)
        yield finding({
          nodes: [other.node, host.node],
          subject: 'FLANNEL_NETWORK differs',
          message: `FLANNEL_NETWORK is ${other.env.networks.join(', ')} on ${other.node} and ${env.networks.join(', ')} on ${host.node}, expected one value in the cluster.`,
          evidence: [
            { at: lineIn(other.env, other.env.lines['FLANNEL_NETWORK']) },
            { at: lineIn(env, env.lines['FLANNEL_NETWORK']) },
          ],
        });
      said.push({ node: host.node, env });
    }
    const networks = namedNetworks({ cluster: view.cluster, hosts: view.allHosts }).filter((n) => n.what === 'pod');
    const flannel =
      networks.find((n) => n.source === "flannel's Network") ?? networks.find((n) => n.source === 'FLANNEL_NETWORK');
    const other = networks.find(
      (n) =>
        n.source !== "flannel's Network" &&
        n.source !== 'FLANNEL_NETWORK' &&
        !n.source.startsWith('Calico') &&
        n.prefix !== flannel?.prefix &&
        n.prefix.includes(':') === flannel?.prefix.includes(':'),
    );
    if (flannel && other && view.notComparable(flannel.at, other.at) === undefined)
      yield finding({
        nodes: [flannel.node ?? other.node ?? view.nodes[0]?.name ?? 'cluster'],
        subject: 'pod network',
        message: `${flannel.source} is ${flannel.prefix}, but ${other.source} is ${other.prefix}, expected one pod network.`,
        evidence: [
          { at: flannel.at, note: flannel.source },
          { at: other.at, note: other.source },
        ],
      });
  },
});
