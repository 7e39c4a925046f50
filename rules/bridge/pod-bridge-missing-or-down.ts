import {
  type AddressFact,
  contains,
  defineRule,
  type EvidenceDraft,
  finding,
  isEngineBridge,
  isPodBridgeName,
  type LinkFact,
  type PodFact,
  parseAddress,
  parsePrefix,
  podPortsOf,
  podsByAddress,
  routedPods,
  type StackView,
  shows,
  type View,
} from '#rule';

type Seen = 'link' | 'address' | 'route' | 'pod' | 'node';

/** Bridges that pods are attached to, by their CNI's name for them or by their ports. */
const bridgesOf = (host: StackView<Seen>): readonly LinkFact[] =>
  host.facts.link.filter(
    (l) =>
      isPodBridgeName(l.name) ||
      (l.info?.kind === 'bridge' && !isEngineBridge(l.name) && podPortsOf(host.facts.link, l.name).length > 0),
  );

/** Pods with addresses of their own that are listed on a node. */
const podsOn = (view: View<Seen>, node: string): readonly PodFact[] =>
  [...podsByAddress(view.cluster.pod, view.cluster.node).values()].filter(
    (p) => p.node !== undefined && view.node(p.node)?.name === node && /^(?:Running|undefined)$/.test(`${p.status}`),
  );

const isGlobal = (a: AddressFact): boolean => a.scope !== 'link' && a.scope !== 'host';

/** The address that the other nodes' bridges have and this one lacks; undefined: it has one, or another device of the node has its pods' gateway. */
function lacksAddress(view: View<Seen>, host: StackView<Seen>, bridge: string): AddressFact | undefined {
  const { address, route } = host.facts;
  if (!host.absence('address').known || address.some((a) => a.dev === bridge && isGlobal(a))) return undefined;
  const subnets = [
    ...route.flatMap((r) =>
      r.type === 'unicast' && r.nexthops.some((n) => n.dev === bridge && n.via === undefined) ? [r.prefix] : [],
    ),
    ...view.cluster.node.flatMap((n) => (view.node(n.name)?.name === host.node ? n.podCidrs : [])),
  ].flatMap((text) => parsePrefix(text) ?? []);
  const isInside = (a: AddressFact): boolean => {
    const ip = parseAddress(a.address);
    return ip !== undefined && subnets.some((p) => contains(p, ip));
  };
  // flannel's own device has the first address of the subnet, which is no gateway.
  if (address.some((a) => a.dev !== bridge && !/^flannel/.test(a.dev) && isInside(a))) return undefined;
  const peers = view.allHosts.filter((h) => h.node !== host.node && view.node(h.node)?.beside !== true);
  const usual = peers.map((h) => h.facts.address.find((a) => a.dev === bridge && isGlobal(a)));
  return usual.find((a) => a !== undefined);
}

interface Fault {
  readonly bridge: string;
  readonly says: string;
  readonly evidence: readonly [EvidenceDraft, ...EvidenceDraft[]];
}

/** Who uses the bridge: without a pod it may be as it likes. */
const users = (view: View<Seen>, host: StackView<Seen>, bridge: string): readonly EvidenceDraft[] => [
  ...podPortsOf(host.facts.link, bridge)
    .slice(0, 1)
    .map((port) => shows(port, `a pod's port of ${bridge}`)),
  ...podsOn(view, host.node)
    .filter((pod) => isServedBy(host, bridge, pod))
    .slice(0, 1)
    .map((pod) => shows(pod, `${pod.namespace}/${pod.name} runs on ${host.node}`)),
];

/** A pod outside of the bridge's networks, or with a device of its own on the host, is served by another CNI: an earlier one left the bridge. */
function isServedBy(host: StackView<Seen>, bridge: string, pod: PodFact): boolean {
  const networks = host.facts.address
    .filter((a) => a.dev === bridge && isGlobal(a))
    .flatMap((a) => parsePrefix(`${a.address}/${a.prefixLength}`) ?? []);
  const routed = new Set(routedPods(host.facts.route).map((r) => r.prefix.replace(/\/\d+$/, '')));
  return pod.ips.some((text) => {
    const ip = parseAddress(text);
    const ofFamily = networks.filter((p) => p.family === ip?.family);
    return ip && !routed.has(text) && (ofFamily.length === 0 || ofFamily.some((p) => contains(p, ip)));
  });
}

function* faultsOf(view: View<Seen>, host: StackView<Seen>): Generator<Fault> {
  const own = bridgesOf(host);
  for (const link of own) {
    const usual = isPodBridgeName(link.name) ? lacksAddress(view, host, link.name) : undefined;
    if (usual)
      yield {
        bridge: link.name,
        says: `${link.name} has no address, expected the gateway of its pods as on the other nodes: pods find nobody to send to`,
        evidence: [shows(link, 'without inet'), shows(usual, 'on another node')],
      };
    if (link.flags && !link.flags.includes('UP'))
      yield {
        bridge: link.name,
        says: `${link.name} is down, expected up: the kernel took its routes away, and nothing goes in or out`,
        evidence: [shows(link, 'not UP')],
      };
  }
  if (
    own.length > 0 ||
    !host.absence('link').known ||
    host.facts.link.some((l) => /^(?:cali|lxc|eni|azv)/.test(l.name))
  )
    return;
  // What all others have, and the pods of this one can be attached to nothing else.
  const peers = view.allHosts.filter((h) => h.node !== host.node && view.node(h.node)?.beside !== true);
  const usual = peers.map((h) =>
    bridgesOf(h).find((l) => isPodBridgeName(l.name) && podPortsOf(h.facts.link, l.name).length > 0),
  );
  const [first] = usual;
  if (first && usual.every((l) => l?.name === first.name))
    yield {
      bridge: first.name,
      says: `there is no ${first.name}, to which the pods of the other nodes are attached`,
      evidence: [shows(first, 'on another node')],
    };
}

export default defineRule({
  id: 'bridge/pod-bridge-missing-or-down',
  since: '0.1.0',
  severity: 'error',
  title: 'The bridge of the pods is missing, down or without its address',
  why:
    'The CNI plugin bridge (flannel, kubenet), Weave and kube-router attach the pods of a node to one bridge, which is their gateway. When somebody sets it down its connected route goes too: packets for the pods follow the ' +
    'default route out of the node, where nobody knows them or a router sends them back until their TTL ends, and what the pods send ends at the bridge. Without its address nobody answers when a pod asks for its gateway.',
  fix: 'Set the bridge up; where it is gone, recreate the pods of the node, which makes it anew.',
  needs: ['link'],
  uses: ['address', 'route', 'pod', 'node'],
  *check(view) {
    for (const host of view.hosts)
      for (const { bridge, says, evidence } of view.node(host.node)?.beside ? [] : faultsOf(view, host)) {
        const used = users(view, host, bridge);
        if (used.length === 0) continue;
        const link = host.facts.link.find((l) => l.name === bridge);
        yield finding({
          nodes: [host.node],
          subject: bridge,
          message: `On ${host.node} ${says}.`,
          evidence: [...evidence, ...used],
          fix: link
            ? link.flags?.includes('UP') === false
              ? {
                  summary: `on ${host.node} set ${bridge} up, and find who set it down`,
                  commands: [`ip link set dev ${bridge} up`],
                }
              : {
                  summary: `on ${host.node} give ${bridge} the first address of the node's pod subnet again`,
                  commands: [`ip -4 route show dev ${bridge}`, `ip address add GATEWAY/24 dev ${bridge}`],
                }
            : {
                summary: `recreate a pod of ${host.node}: the CNI plugin makes ${bridge} anew`,
                commands: [`kubectl get pods -A -o wide --field-selector spec.nodeName=${host.node}`],
              },
        });
      }
  },
});
