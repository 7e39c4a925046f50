import {
  type AddressFact,
  contains,
  defineRule,
  type EvidenceDraft,
  finding,
  isPodBridgeName,
  isRoutedPodDevice,
  type LinkFact,
  leadsOut,
  type NonEmpty,
  type Pair,
  pairsOf,
  parseAddress,
  parsePrefix,
  podsByAddress,
  type RuleResult,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'link' | 'address' | 'route' | 'bridge' | 'pod' | 'node';
type Host = StackView<Seen>;

const bridgeOf = ({ facts }: Host): LinkFact | undefined => facts.link.find((l) => isPodBridgeName(l.name));

/** Do the captures tell which devices are ports of the bridge? ifconfig and /proc/net/dev do not. */
const tellsPorts = ({ facts }: Host, bridge: LinkFact): boolean =>
  facts.link.some((l) => l.master === bridge.name) ||
  bridge.info !== undefined ||
  facts.bridge.some((b) => b.name === bridge.name);

const isPort = ({ facts }: Host, l: LinkFact, bridge: LinkFact): boolean =>
  l.master !== undefined || facts.bridge.some((b) => b.name === bridge.name && b.ports.includes(l.name));

/** A device with an address or a route of its own is routed to (ptp, a second network): it needs no bridge. */
const isRouted = ({ facts }: Host, l: LinkFact): boolean =>
  facts.address.some((a) => a.dev === l.name && a.scope !== 'link') ||
  facts.route.some((r) => r.type === 'unicast' && r.proto !== 'kernel' && r.nexthops.some((n) => n.dev === l.name));

interface Pod {
  readonly name: string;
  readonly netns: string;
  readonly address: AddressFact;
}

/** The captured pod behind a device, by an address that the bridge's network holds. */
function podBehind(view: View<Seen>, host: Host, l: LinkFact, bridge: LinkFact): Pod | undefined {
  const peer = view.paths.peer(host.node, '', l.name);
  const stack = peer && view.podStacks.find((s) => s.node === host.node && s.netns === peer.netns);
  const nets = host.facts.address.flatMap((a) =>
    a.dev === bridge.name && a.scope !== 'link' ? (parsePrefix(`${a.address}/${a.prefixLength}`) ?? []) : [],
  );
  const address = stack?.facts.address.find((a) => {
    const ip = a.dev === peer?.dev ? parseAddress(a.address) : undefined;
    return ip !== undefined && nets.some((n) => contains(n, ip));
  });
  if (!stack || !address) return undefined;
  const listed = podsByAddress(view.cluster.pod, view.cluster.node).get(address.address);
  return { name: listed ? `${listed.namespace}/${listed.name}` : stack.netns, netns: stack.netns, address };
}

/** The CNI plugin bridge names its devices by eight digits, container engines theirs by seven: those are nobody's here. */
const isOfPlugin = (l: LinkFact): boolean => /^veth[0-9a-f]{8}$/.test(l.name);

type State = 'free' | 'down' | 'peer-down';

const SAYS: Readonly<Record<State, (l: string, node: string, bridge: string, whose: string) => string>> = {
  free: (l, node, bridge, whose) =>
    `${l} of ${node} is no port of ${bridge}, expected one as the devices of other pods are: ${whose} reaches nobody`,
  down: (l, node, bridge, whose) =>
    `${l} of ${node}, a port of ${bridge}, is down, expected up: ${whose} reaches nobody`,
  'peer-down': (l, node, bridge, whose) =>
    `${l} of ${node}, a port of ${bridge}, has no carrier, expected one: the other end is down, and ${whose} reaches nobody`,
};

function stateOf(host: Host, l: LinkFact, bridge: LinkFact): State | undefined {
  if (!isPort(host, l, bridge)) return isRouted(host, l) ? undefined : 'free';
  if (l.master !== bridge.name) return undefined;
  if (l.flags?.includes('UP') === false) return 'down';
  return l.flags?.includes('NO-CARRIER') || l.flags?.includes('M-DOWN') || l.state === 'LOWERLAYERDOWN'
    ? 'peer-down'
    : undefined;
}

const brokenBy = (view: View<Seen>, host: Host, l: LinkFact, pod: Pod | undefined): readonly Pair[] =>
  pairsOf(
    view.paths.losses.filter(
      (x) =>
        x.node === host.node && ((pod && x.netns === pod.netns) || x.evidence.includes(l.at) || x.device === l.name),
    ),
  );

function judge(view: View<Seen>, host: Host, l: LinkFact, bridge: LinkFact): RuleResult | undefined {
  const state = stateOf(host, l, bridge);
  if (state === undefined) return undefined;
  const pod = podBehind(view, host, l, bridge);
  const sibling = host.facts.link.find((o) => o !== l && o.master === bridge.name && isOfPlugin(o));
  // Of a device that nobody is known behind the name alone tells, and that others like it are ports.
  if (state === 'free' && !pod && !(isOfPlugin(l) && sibling)) return undefined;
  const evidence: NonEmpty<EvidenceDraft> = [
    shows(l, state === 'free' ? 'no master' : state === 'down' ? 'not UP' : 'no carrier'),
    ...(pod ? [shows(pod.address, `the pod behind it`)] : []),
    ...(sibling && state === 'free' ? [shows(sibling, `a pod's port of ${bridge.name}`)] : []),
  ];
  const isSure = pod !== undefined && state !== 'peer-down';
  return finding({
    nodes: [host.node],
    subject: l.name,
    message: `${SAYS[state](l.name, host.node, bridge.name, pod ? `pod ${pod.name} (${pod.address.address})` : 'the pod behind it')}.`,
    ...(!isSure && { severity: 'warning' as const }),
    ...(!pod && { confidence: 'likely' as const }),
    evidence,
    breaks: brokenBy(view, host, l, pod),
    fix: {
      summary:
        state === 'peer-down'
          ? `on ${host.node} set the pod's end up, or recreate the pod`
          : `on ${host.node} ${state === 'free' ? `make it a port of ${bridge.name}` : 'set it up'}, or recreate the pod, and find what ${state === 'free' ? 'took it out' : 'set it down'}`,
      commands:
        state === 'free'
          ? [`ip link set dev ${l.name} master ${bridge.name}`]
          : state === 'down'
            ? [`ip link set dev ${l.name} up`]
            : [`ip -d link show dev ${l.name}`],
    },
  });
}

export default defineRule({
  id: 'bridge/veth-not-enslaved',
  since: '0.1.0',
  severity: 'error',
  title: "A pod's device is no port of the bridge, or is down",
  why:
    "The CNI plugin bridge makes the host's end of a pod's veth a port of cni0 (or cbr0, kube-bridge, weave). When a network manager, a script or a restarted bridge takes it out, or sets it down, the pod's questions for its gateway reach nobody, " +
    'and the node asks for the pod in vain; the pod itself looks sound. A bridge that was deleted and made anew has none of the ports of before.',
  fix: 'Make the device a port of the bridge again and set it up, or recreate the pod.',
  needs: ['link'],
  uses: ['address', 'route', 'bridge', 'pod', 'node'],
  causedBy: ['bridge/pod-bridge-missing-or-down', 'link/nm-manages-cni'],
  seeAlso: ['bridge/port-not-forwarding'],
  *check(view) {
    for (const host of view.hosts) {
      const bridge = bridgeOf(host);
      // Where pods are routed to, a bridge by such a name is a leftover.
      const isBridged = bridge && !host.facts.link.some((l) => isRoutedPodDevice(l.name));
      if (!isBridged || view.node(host.node)?.beside) continue;
      if (!tellsPorts(host, bridge)) {
        yield unknown({
          node: host.node,
          input: `which devices are ports of ${bridge.name}`,
          supply: 'bridge',
          reason: 'not-captured',
        });
        continue;
      }
      for (const l of host.facts.link.filter((o) => leadsOut(host.facts.link, o))) {
        const result = judge(view, host, l, bridge);
        if (result) yield result;
      }
    }
  },
});
