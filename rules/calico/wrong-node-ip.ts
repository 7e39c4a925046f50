import {
  bgpSessions,
  type CalicoAddress,
  calicoAddresses,
  capturedName,
  contains,
  defineRule,
  deviceOfAddress,
  type EvidenceDraft,
  finding,
  isEngineBridge,
  isPodBridgeName,
  isTunnelDevice,
  isVirtualBoxNat,
  type KnownAddress,
  knownAddresses,
  type NonEmpty,
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

/** `can-reach=`, `interface=`, `cidr=`, `kubernetes-internal-ip`, or an address in IP: somebody chose. */
function explicitChoice(
  view: View<Seen>,
  host: StackView<Seen> | undefined,
  node: string,
): { readonly says: string; readonly evidence: EvidenceDraft } | undefined {
  for (const pod of view.cluster.pod) {
    if (!/^(calico-node|canal)/.test(pod.name) || pod.node === undefined || capturedName(view.nodes, pod.node) !== node)
      continue;
    const method = pod.env?.['IP_AUTODETECTION_METHOD'];
    if (method !== undefined && method !== 'first-found' && method !== '')
      return {
        says: `IP_AUTODETECTION_METHOD=${method}`,
        evidence: shows(pod, `IP_AUTODETECTION_METHOD is ${method}`),
      };
  }
  const configured = host?.facts['component-log']
    .filter((l) => l.event === 'calico-configured-address' && l.values['family'] !== '6')
    .at(-1);
  return configured && { says: 'the environment', evidence: shows(configured, 'the address was configured') };
}

/** Does any other node have an address in the network of this one? Undefined when no other address is known. */
function sharedWithPeers(
  view: View<Seen>,
  own: CalicoAddress,
  all: readonly CalicoAddress[],
  host: StackView<Seen> | undefined,
): boolean | undefined {
  const configured = host?.facts.address.find((a) => a.address === own.address);
  const length = own.prefixLength !== undefined && own.prefixLength < 32 ? own.prefixLength : configured?.prefixLength;
  const subnet = length === undefined ? undefined : parsePrefix(`${own.address}/${length}`);
  const others = [
    ...all.filter((a) => a.node !== own.node).map((a) => a.address),
    ...view.cluster.node.filter((n) => capturedName(view.nodes, n.name) !== own.node).flatMap((n) => n.internalIps),
    ...view.nodes.filter((n) => n.name !== own.node).flatMap((n) => n.addresses),
  ];
  if (others.length === 0 || !subnet) return undefined;
  return others.some((text) => {
    const address = parseAddress(text);
    return text !== own.address && address !== undefined && contains(subnet, address);
  });
}

interface Verdict {
  readonly because: string;
  readonly severity?: Severity;
  readonly likely?: boolean;
  readonly evidence?: readonly EvidenceDraft[];
}

function judge(
  view: View<Seen>,
  own: CalicoAddress,
  all: readonly CalicoAddress[],
): Verdict | undefined | 'nothing to compare with' {
  const host = view.allHosts.find((h) => h.node === own.node);
  const on = host && deviceOfAddress(host.facts, own.address);
  const dev = own.dev ?? (on?.certain ? on.dev : undefined);
  const placed: readonly EvidenceDraft[] = on?.certain ? [{ at: on.at, note: `${own.address} is on ${on.dev}` }] : [];
  const known = knownAddresses(view.nodes, view.cluster, own.node);
  const agrees = known.some((k) => k.address === own.address);
  const named = (list: readonly KnownAddress[]): readonly EvidenceDraft[] =>
    list.slice(0, 1).map((k) => ({ at: k.at, note: `${k.address} is the ${k.source}` }));
  if (dev !== undefined && isUnreachable(dev))
    return {
      because: `${dev} is a device of this node alone, so no other node reaches that address`,
      evidence: [...(own.dev === undefined ? placed : []), ...named(known)],
    };
  const others =
    new Set([
      ...all.map((a) => a.node),
      ...view.nodes.map((n) => n.name),
      ...view.cluster.node.map((n) => capturedName(view.nodes, n.name)),
    ]).size > 1;
  if (isVirtualBoxNat(own.address))
    return others
      ? {
          because: 'every VirtualBox VM has that address on its NAT device, so no other node reaches this one by it',
          evidence: named(known),
        }
      : undefined;
  if (agrees) return undefined;
  if (known.length === 0) return 'nothing to compare with';
  const expected = known[0]?.address ?? '';
  const choice = explicitChoice(view, host, own.node);
  if (choice)
    return {
      because: `Kubernetes knows the node by ${expected}; ${choice.says} asked for it`,
      severity: 'info',
      evidence: [...named(known), choice.evidence],
    };
  const sessions = host ? bgpSessions(host.facts) : [];
  if (sessions.some((s) => s.established) || sharedWithPeers(view, own, all, host) === true) return undefined;
  const down = sessions.find((s) => !s.established);
  const shared = sharedWithPeers(view, own, all, host);
  const where =
    shared === false
      ? `no other node has an address in its network, and Kubernetes knows the node by ${expected}`
      : `Kubernetes knows the node by ${expected}`;
  return {
    because: where,
    ...(!(down && shared === false) && { likely: true }),
    evidence: [...placed, ...named(known), ...(down ? [shows(down.facts[0], 'BGP is down')] : [])],
  };
}

function* checkOne(view: View<Seen>, own: CalicoAddress, all: readonly CalicoAddress[]): Iterable<RuleResult> {
  const verdict = judge(view, own, all);
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
  fix: 'Set IP_AUTODETECTION_METHOD on calico-node (kubernetes-internal-ip, can-reach=, interface= or cidr=).',
  needs: [['component-log', 'node']],
  uses: ['address', 'route', 'pod', 'bgp-peer', 'bird-protocol'],
  technology: 'calico',
  causedBy: ['k8s/internal-ip-wrong'],
  seeAlso: ['calico/bgp-not-established', 'flannel/wrong-interface'],
  *check(view) {
    const all = calicoAddresses(view);
    for (const own of all) yield* checkOne(view, own, all);
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
