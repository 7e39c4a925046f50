import {
  type Address,
  bgpSessions,
  type CalicoAddress,
  calicoAddresses,
  capturedName,
  contains,
  defineRule,
  deviceOfAddress,
  type EvidenceDraft,
  finding,
  formatAddress,
  isEngineBridge,
  isPodBridgeName,
  isTunnelDevice,
  isVirtualBoxNat,
  knownAddresses,
  type NodeFact,
  type NonEmpty,
  type PodFact,
  parseAddress,
  parsePrefix,
  type RuleResult,
  type Severity,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'component-log' | 'node' | 'address' | 'route' | 'pod' | 'bgp-peer' | 'bird-protocol';

/** Devices that exist on every node with addresses of their own making; peers cannot reach those. */
const isUnreachable = (dev: string): boolean =>
  isEngineBridge(dev) ||
  isPodBridgeName(dev) ||
  isTunnelDevice(dev) ||
  /^(kube-ipvs0|nodelocaldns|lxcbr\d+)$/.test(dev);

/** What is asked for every node, gathered once. */
interface Context {
  readonly view: View<Seen>;
  readonly hosts: ReadonlyMap<string, StackView<Seen>>;
  readonly nodes: ReadonlyMap<string, readonly NodeFact[]>;
  readonly pods: ReadonlyMap<string, readonly PodFact[]>;
  /** Every address of every node: Calico's, Kubernetes' and the captured ones. */
  readonly addresses: readonly { readonly node: string; readonly address: Address }[];
  /** Two nodes at least were seen. */
  readonly several: boolean;
  /** The cluster has this one node only. */
  readonly alone: boolean;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const out = new Map<string, T[]>();
  for (const item of items) {
    const group = out.get(keyOf(item));
    if (group) group.push(item);
    else out.set(keyOf(item), [item]);
  }
  return out;
}

function contextOf(view: View<Seen>, all: readonly CalicoAddress[]): Context {
  const nodes = grouped(view.cluster.node, (n) => capturedName(view.nodes, n.name));
  const addresses: { node: string; address: Address }[] = [];
  const add = (node: string, text: string) => {
    const address = parseAddress(text);
    if (address) addresses.push({ node, address });
  };
  for (const a of all) add(a.node, a.address);
  for (const [node, facts] of nodes) for (const n of facts) for (const a of n.internalIps) add(node, a);
  for (const n of view.nodes) for (const a of n.addresses) add(n.name, a);
  const several = new Set([...all.map((a) => a.node), ...view.nodes.map((n) => n.name), ...nodes.keys()]).size > 1;
  return {
    view,
    nodes,
    addresses,
    hosts: new Map(view.allHosts.map((h) => [h.node, h])),
    pods: grouped(view.cluster.pod, (p) => (p.node === undefined ? '' : capturedName(view.nodes, p.node))),
    several,
    alone: !several && view.clusterAbsence('node').known,
  };
}

/** `can-reach=`, `interface=`, `cidr=`, `kubernetes-internal-ip`, or an address in IP: somebody chose. */
function explicitChoice(
  { hosts, pods }: Context,
  node: string,
): { readonly says: string; readonly evidence: EvidenceDraft } | undefined {
  for (const pod of pods.get(node) ?? []) {
    const method = /^(calico-node|canal)/.test(pod.name) ? pod.env?.['IP_AUTODETECTION_METHOD'] : undefined;
    if (method !== undefined && method !== 'first-found' && method !== '')
      return {
        says: `IP_AUTODETECTION_METHOD=${method}`,
        evidence: shows(pod, `IP_AUTODETECTION_METHOD is ${method}`),
      };
  }
  const configured = hosts
    .get(node)
    ?.facts['component-log'].filter((l) => l.event === 'calico-configured-address' && l.values['family'] !== '6')
    .at(-1);
  return configured && { says: 'the environment', evidence: shows(configured, 'the address was configured') };
}

/** Does any other node have an address in the network of this one? Undefined when no other address is known. */
function sharedWithPeers({ hosts, addresses }: Context, own: CalicoAddress): boolean | undefined {
  const configured = hosts.get(own.node)?.facts.address.find((a) => a.address === own.address);
  const length = own.prefixLength !== undefined && own.prefixLength < 32 ? own.prefixLength : configured?.prefixLength;
  const subnet = length === undefined ? undefined : parsePrefix(`${own.address}/${length}`);
  const others = addresses.filter((a) => a.node !== own.node);
  if (others.length === 0 || !subnet) return undefined;
  return others.some(({ address }) => formatAddress(address) !== own.address && contains(subnet, address));
}

interface Verdict {
  readonly because: string;
  readonly severity?: Severity;
  readonly likely?: boolean;
  readonly evidence?: readonly EvidenceDraft[];
}

function judge(context: Context, own: CalicoAddress): Verdict | undefined | 'nothing to compare with' {
  const { view, several, alone } = context;
  const host = context.hosts.get(own.node);
  const on = host && deviceOfAddress(host.facts, own.address);
  const dev = own.dev ?? (on?.certain ? on.dev : undefined);
  const placed: readonly EvidenceDraft[] = on?.certain ? [{ at: on.at, note: `${own.address} is on ${on.dev}` }] : [];
  const facts = { node: context.nodes.get(own.node) ?? [], pod: context.pods.get(own.node) ?? [] };
  const known = knownAddresses(view.nodes, facts, own.node);
  const [first] = known;
  const named: readonly EvidenceDraft[] = first
    ? [{ at: first.at, note: `${first.address} is the ${first.source}` }]
    : [];
  if (dev !== undefined && isUnreachable(dev))
    return {
      because: `${dev} is a device of this node alone, so no other node reaches that address`,
      evidence: [...(own.dev === undefined ? placed : []), ...named],
      ...(alone && { severity: 'warning' as const }),
    };
  if (isVirtualBoxNat(own.address) && several)
    return {
      because: 'every VirtualBox VM has that address on its NAT device, so no other node reaches this one by it',
      evidence: named,
    };
  if (alone || known.some((k) => k.address === own.address)) return undefined;
  if (!first) return 'nothing to compare with';
  return judgeMismatch(context, own, first.address, placed, named);
}

/** Neither a device nor an address that is wrong by itself, but not the one that Kubernetes knows the node by. */
function judgeMismatch(
  context: Context,
  own: CalicoAddress,
  expected: string,
  placed: readonly EvidenceDraft[],
  named: readonly EvidenceDraft[],
): Verdict | undefined {
  const choice = explicitChoice(context, own.node);
  if (choice)
    return {
      because: `Kubernetes knows the node by ${expected}; ${choice.says} asked for it`,
      severity: 'info',
      evidence: [...named, choice.evidence],
    };
  const host = context.hosts.get(own.node);
  const sessions = host ? bgpSessions(host.facts) : [];
  const shared = sharedWithPeers(context, own);
  if (shared === true || sessions.some((s) => s.established)) return undefined;
  const down = sessions.find((s) => !s.established);
  const alone = shared === false ? 'no other node has an address in its network, and ' : '';
  return {
    because: `${alone}Kubernetes knows the node by ${expected}`,
    ...(!(down && shared === false) && { likely: true }),
    evidence: [...placed, ...named, ...(down ? [shows(down.facts[0], 'BGP is down')] : [])],
  };
}

function* checkOne(context: Context, own: CalicoAddress): Iterable<RuleResult> {
  const { view } = context;
  const verdict = judge(context, own);
  if (verdict === undefined) return;
  if (verdict === 'nothing to compare with') {
    yield unknown({
      node: own.node,
      input: 'node',
      reason: 'not-captured',
      detail: `Calico uses ${own.address}, and no capture tells the node's InternalIP`,
      at: own.at,
    });
    return;
  }
  const apart = (verdict.evidence ?? [])
    .map((e) => view.notComparable(own.at, e.at))
    .find((reason) => reason !== undefined);
  if (apart !== undefined) {
    yield unknown({ node: own.node, input: 'node', reason: 'not-comparable', detail: apart, at: own.at });
    return;
  }
  const evidence: NonEmpty<EvidenceDraft> = [
    {
      at: own.at,
      note:
        own.source === 'log'
          ? 'what calico-node found when it started'
          : `its annotation projectcalico.org/IPv4Address is ${own.address}`,
    },
    ...(verdict.evidence ?? []),
  ];
  const on = own.dev === undefined ? '' : ` on ${own.dev}`;
  yield finding({
    nodes: [own.node],
    subject: own.address,
    message: `Calico uses ${own.address}${on} for ${own.node}, expected the address that other nodes reach it by: ${verdict.because}.`,
    ...(verdict.severity && { severity: verdict.severity }),
    ...(verdict.likely && { confidence: 'likely' as const }),
    evidence,
    fix: {
      summary:
        'tell Calico how to choose the address on every node, by what Kubernetes uses, then watch calico-node restart',
      commands: [
        'kubectl -n kube-system set env daemonset/calico-node IP_AUTODETECTION_METHOD=kubernetes-internal-ip',
        'kubectl -n kube-system rollout status daemonset/calico-node',
        'calicoctl get nodes -o wide',
      ],
    },
  });
}

export default defineRule({
  id: 'calico/wrong-node-ip',
  since: '0.1.0',
  severity: 'error',
  title: 'Calico uses an address for the node that other nodes cannot reach',
  why:
    'calico-node looks for the node\'s address when it starts; by default it takes the first one on a device that it does not know as virtual ("first-found"). On machines with a NAT device, a bridge of a ' +
    'container engine or several NICs that is often the wrong one. BGP sessions, tunnel endpoints and the allow list for IPIP and VXLAN all use that address, so the node is cut off from the pods of others.',
  fix: 'Set IP_AUTODETECTION_METHOD on calico-node (kubernetes-internal-ip, can-reach=, interface= or cidr=); with the operator, nodeAddressAutodetectionV4 of the Installation.',
  needs: [['component-log', 'node']],
  uses: ['address', 'route', 'pod', 'bgp-peer', 'bird-protocol'],
  technology: 'calico',
  causedBy: ['k8s/internal-ip-wrong'],
  seeAlso: ['calico/bgp-not-established', 'flannel/wrong-interface'],
  *check(view) {
    const all = calicoAddresses(view);
    const context = contextOf(view, all);
    for (const own of all) yield* checkOne(context, own);
    const seen = new Set(all.map((a) => a.node));
    for (const host of view.allHosts)
      if (!seen.has(host.node) && !view.model.technologies.has('flannel'))
        yield unknown({
          node: host.node,
          input: 'node',
          reason: 'not-captured',
          detail:
            'neither the annotation projectcalico.org/IPv4Address nor the startup log of calico-node was captured',
        });
  },
});
