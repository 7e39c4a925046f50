import {
  type AddressFact,
  contains,
  defineRule,
  type EvidenceDraft,
  type FindingDraft,
  finding,
  formatPrefix,
  hostOf,
  isRoutedPodDevice,
  type LinkFact,
  type Loss,
  type LostPath,
  lossesBy,
  type NonEmpty,
  openQuestions,
  ownPodsOf,
  type Prefix,
  pairsOf,
  parseAddress,
  parsePrefix,
  placesOf,
  podPortsOf,
  podsByAddress,
  proofOf,
  type RouteFact,
  type StackView,
  shows,
  type View,
  waysOf,
} from '#rule';

type Seen = 'route' | 'pod' | 'node' | 'link' | 'address';

/** A pod's route as a CNI without a bridge writes it: one address, by the pod's own device. */
const isOfPod = ({ prefix, type, nexthops: [hop] }: RouteFact): boolean =>
  type === 'unicast' &&
  hostOf(prefix) !== undefined &&
  hop?.via === undefined &&
  hop?.dev !== undefined &&
  (isRoutedPodDevice(hop.dev) || /^(?:veth|lxc|azv|gke|tap)/.test(hop.dev));

const routeOf = ({ facts }: StackView<Seen>, fits: (route: RouteFact) => boolean): RouteFact | undefined =>
  facts.route.find((r) => isOfPod(r) && fits(r));

const hostPrefix = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;

/** The same place, with the paths to one pod alone. */
const only = (loss: Loss, paths: readonly [LostPath, ...LostPath[]]): Loss => ({ ...loss, paths });

const isDown = (link: LinkFact): boolean => link.flags !== undefined && !link.flags.includes('UP');

/** A device for pods that is down, which took its routes with it (fib_disable_ip). `sure`: it is known to be this pod's. */
interface Down {
  readonly link: LinkFact;
  readonly sure: boolean;
}

/** The pod's own device on its node, if it is down: by the pod's stack, or the only one that is. */
function downOf(view: View<Seen>, { node, facts }: StackView<Seen>, address: string): Down | undefined {
  const down = facts.link.filter((l) => isRoutedPodDevice(l.name) && isDown(l));
  const own = view.podStacks
    .filter((s) => s.node === node)
    .flatMap((s) =>
      s.facts.address.filter((a) => a.address === address).map((a) => view.paths.peer(node, s.netns, a.dev)),
    );
  const port = own.find((p) => p?.netns === '')?.dev;
  if (port !== undefined) {
    const link = facts.link.find((l) => l.name === port && isDown(l));
    return link && { link, sure: true };
  }
  const unrouted = down.filter((l) => !facts.route.some((r) => r.nexthops.some((n) => n.dev === l.name)));
  const [only, ...others] = unrouted;
  return only && others.length === 0 ? { link: only, sure: false } : undefined;
}

interface Bridge {
  /** The gateway's address, on the bridge. */
  readonly own: AddressFact;
  readonly subnet: Prefix;
}

/**
 * The bridge whose subnet the pod is in, where the node has no route by it: the kernel writes one with the bridge's address (fib_add_ifaddr), and nobody
 * writes it again when it was removed.
 */
function unroutedBridge({ facts }: StackView<Seen>, pod: string): Bridge | undefined {
  const ip = parseAddress(pod);
  for (const own of facts.address) {
    const subnet = parsePrefix(`${own.address}/${own.prefixLength}`);
    if (!ip || !subnet || hostOf(formatPrefix(subnet)) !== undefined || !contains(subnet, ip)) continue;
    const link = facts.link.find((l) => l.name === own.dev);
    if (!link || isDown(link) || podPortsOf(facts.link, own.dev).length === 0) continue;
    const holds = (r: RouteFact): boolean => {
      const prefix = parsePrefix(r.prefix);
      return r.type !== 'local' && prefix !== undefined && contains(prefix, ip);
    };
    if (!facts.route.some((r) => holds(r) && r.nexthops.some((n) => n.dev === own.dev))) return { own, subnet };
  }
  return undefined;
}

function ofBridge(node: string, { own, subnet }: Bridge, losses: NonEmpty<Loss>): FindingDraft {
  const prefix = formatPrefix(subnet);
  const [proof] = proofOf(losses[0]);
  const v6 = own.family === 6;
  return finding({
    nodes: [node],
    subject: prefix,
    message: `${node} has no route to ${prefix}, the subnet of its own pods, by ${own.dev}, which has ${own.address}/${own.prefixLength}: ${waysOf(losses)} end there.`,
    confidence: losses.every((l) => l.skew !== undefined) ? 'likely' : 'certain',
    evidence: [
      shows(own, 'the address with which the kernel writes that route'),
      ...(proof ? [{ at: proof.at, note: losses[0].reason }] : []),
    ],
    breaks: pairsOf(losses),
    ...(!v6 && { repair: [{ node, kind: 'add-route', prefix, dev: own.dev, at: own.at }] as const }),
    fix: {
      summary: `on ${node} write the route again, then find who removed it (NetworkManager, a script, an address with noprefixroute)`,
      commands: [
        v6
          ? `ip -6 route add ${prefix} dev ${own.dev} proto kernel metric 256`
          : `ip route add ${prefix} dev ${own.dev} proto kernel scope link src ${own.address}`,
        `networkctl list ${own.dev}; nmcli device show ${own.dev}   # who manages it`,
      ],
    },
  });
}

export default defineRule({
  id: 'route/pod-without-route',
  since: '0.1.0',
  severity: 'error',
  title: 'A node has no route to a pod that runs on it',
  why:
    "Where pods have a bridge, the kernel writes one route for their subnet with the bridge's address, and never again when somebody removes it. Where they have none (Calico, the CNI plugin ptp, clouds' own), " +
    "the node has a route of one address for each of its pods, by the pod's device; it goes when that device is set down. Without it packets for the pod meet what is left: the blackhole of the " +
    "node's own block, or the default route. The pod's own packets still leave, and their answers are lost on its node.",
  fix: "Restart the CNI's agent on the node, which writes the routes of its pods, or recreate the pod.",
  needs: ['route'],
  uses: ['pod', 'node', 'link', 'address'],
  seeAlso: ['route/blackhole-remote-pods', 'route/missing-peer-subnet'],
  *check(view) {
    const { paths } = view;
    yield* openQuestions(paths, (m) => m.input.startsWith('route') || m.supply === 'route');
    const nodeOf = placesOf(view);
    const pods = podsByAddress(view.cluster.pod, view.cluster.node);
    const stranded = paths.losses
      .filter((l) => l.netns === '' && /^(?:route|wire)$/.test(l.step))
      .flatMap((loss) => [...ownPodsOf(loss, nodeOf)].map(([address, of]) => ({ address, loss: only(loss, of) })));
    const bridged = new Map<Loss, { readonly host: StackView<Seen>; readonly bridge: Bridge }>();
    for (const { address, loss } of stranded) {
      const host = view.hosts.find((h) => h.node === loss.node);
      const bridge = host && unroutedBridge(host, address);
      if (bridge) bridged.set(loss, { host, bridge });
    }
    for (const losses of lossesBy([...bridged.keys()], (loss) => bridged.get(loss)?.bridge.own.at).values()) {
      const found = bridged.get(losses[0]);
      if (found) yield ofBridge(found.host.node, found.bridge, losses);
    }
    const byPod = new Map<Loss, string>(stranded.map(({ address, loss }) => [loss, `${loss.node} ${address}`]));
    for (const [key, losses] of lossesBy([...byPod.keys()], (loss) => byPod.get(loss))) {
      // A line that ends them tells more than that there is none.
      const loss = losses.find((l) => l.evidence.length > 0) ?? losses[0];
      const { node } = loss;
      const address = key.slice(node.length + 1);
      const host = view.hosts.find((h) => h.node === node);
      const sibling = host && routeOf(host, (r) => r.family === (address.includes(':') ? 6 : 4));
      if (!host || !sibling || routeOf(host, (r) => r.prefix === hostPrefix(address))) continue;
      const [proof] = proofOf(loss);
      if (!proof) continue;
      const pod = pods.get(address);
      const name = pod === undefined ? address : `${pod.namespace}/${pod.name} (${address})`;
      const down = downOf(view, host, address);
      const lines: NonEmpty<EvidenceDraft> = [
        { at: proof.at, note: loss.reason },
        shows(sibling, 'the route of another pod of the node'),
      ];
      const why = down
        ? `${down.link.name}, ${down.sure ? 'its device there' : 'the one device of a pod that has none'}, is down, which took the route away`
        : undefined;
      yield finding({
        nodes: [node],
        subject: pod === undefined ? address : `${pod.namespace}/${pod.name}`,
        message: `${node} has no route to ${name}, which runs there, while its other pods have theirs${why === undefined ? '' : ` (${why})`}: ${waysOf(losses)} end there.`,
        confidence: losses.every((l) => l.skew !== undefined) ? 'likely' : 'certain',
        evidence: down ? [shows(down.link, 'down'), ...lines] : lines,
        breaks: pairsOf(losses),
        fix: {
          summary: down
            ? `on ${node} set ${down.link.name} up, and let the CNI write the route again: restart its agent, or recreate the pod`
            : `on ${node} let the CNI write the route again: restart its agent, or recreate the pod`,
          commands: [
            ...(down ? [`ip link set dev ${down.link.name} up`] : []),
            `kubectl -n kube-system delete pod -l k8s-app=calico-node --field-selector spec.nodeName=${node}   # Calico`,
            ...(pod === undefined ? [] : [`kubectl -n ${pod.namespace} delete pod ${pod.name}`]),
          ],
        },
      });
    }
  },
});
