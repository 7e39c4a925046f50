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
  unknown,
  type View,
} from '#rule';

type Seen =
  | 'subnet-env'
  | 'flannel-log'
  | 'flannel-config'
  | 'route'
  | 'flannel-lease'
  | 'node'
  | 'cluster-cidr'
  | 'ip-pool'
  | 'iptables-table'
  | 'nft-chain';

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

/** What one host's flannel takes for its Network. */
interface OwnNetwork {
  readonly networks: readonly string[];
  readonly at: At;
  /** Where it stands: `FLANNEL_NETWORK`. */
  readonly source: string;
}

/** subnet.env, else the configuration from etcd that a journal shows (Gravity prints it before flannel starts). */
function ownNetwork(host: StackView<Seen>): OwnNetwork | undefined {
  const env = host.facts['subnet-env'].at(-1);
  if (env) return { networks: env.networks, at: lineIn(env, env.lines['FLANNEL_NETWORK']), source: 'FLANNEL_NETWORK' };
  const log = host.facts['flannel-log'].findLast(
    (l) => l.event.kind === 'network-config' && l.event.network !== undefined,
  );
  return log?.event.kind === 'network-config' && log.event.network !== undefined
    ? { networks: [log.event.network], at: log.at, source: "flannel's Network" }
    : undefined;
}

function* outside(view: View<Seen>, host: StackView<Seen>, env: OwnNetwork) {
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
      message: `${env.source} of ${host.node} is ${env.networks.join(', ')} and does not contain ${peer.prefix}, a peer's pod subnet: traffic to those pods is masqueraded.`,
      evidence: [{ at: env.at }, { at: peer.at, note: `${peer.prefix} is outside` }],
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
  needs: [['subnet-env', 'flannel-config', 'flannel-log']],
  uses: ['route', 'flannel-lease', 'node', 'cluster-cidr', 'ip-pool', 'iptables-table', 'nft-chain'],
  technology: 'flannel',
  causedBy: ['flannel/wrong-interface'],
  seeAlso: ['flannel/subnet-overlap'],
  *check(view) {
    const said: { readonly node: string; readonly env: OwnNetwork }[] = [];
    const able = new Set(view.hosts.map((h) => h.node));
    for (const host of view.allHosts) {
      const env = ownNetwork(host);
      if (!env) {
        // Only the log made this host able to be looked at, and it does not say.
        if (able.has(host.node) && view.cluster['flannel-config'].length === 0)
          yield unknown({ node: host.node, input: 'subnet-env', reason: 'not-captured' });
        continue;
      }
      yield* outside(view, host, env);
      const other = said.find((s) => s.env.networks.join() !== env.networks.join());
      if (other && view.notComparable(other.env.at, env.at) === undefined)
        yield finding({
          nodes: [other.node, host.node],
          subject: 'FLANNEL_NETWORK differs',
          message: `${env.source} is ${other.env.networks.join(', ')} on ${other.node} and ${env.networks.join(', ')} on ${host.node}, expected one value in the cluster.`,
          evidence: [{ at: other.env.at }, { at: env.at }],
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
