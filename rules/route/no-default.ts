import {
  captureAt,
  defineRule,
  finding,
  isRoutedPodDevice,
  type Loss,
  longestPrefix,
  mainTable,
  nodeAddresses,
  pairsOf,
  prefixOf,
  type RouteFact,
  type RuleResult,
  type StackView,
  severityOf,
  shows,
  unknown,
  type View,
  waysOf,
} from '#rule';

type Seen = 'route' | 'address';
type Host = StackView<Seen>;
type Family = 4 | 6;

/** A default route, of whichever table; VPNs write two halves instead, which are longer and so come first. */
function hasDefault({ facts }: Host, family: Family): boolean {
  const own = facts.route.filter((r) => r.family === family && r.type === 'unicast' && !r.lookup);
  const lengths = new Set(own.filter((r) => r.prefix.startsWith(family === 4 ? '0.0.0.0/' : '::/')).map(lengthOf));
  const isHalf = (r: RouteFact): boolean => lengthOf(r) === 1 && !/^(?:0\.0\.0\.0|::)\//.test(r.prefix);
  return lengths.has(0) || (lengths.has(1) && own.some(isHalf));
}

const lengthOf = (r: RouteFact): number | undefined => prefixOf(r)?.length;

/** What the node has no route for. */
const lossesOf = (view: View<Seen>, { node }: Host, family: Family): readonly Loss[] =>
  view.paths.losses.filter(
    (l) =>
      l.node === node &&
      l.netns === '' &&
      l.reason.startsWith('no route to ') &&
      l.paths.some((p) => p.pair.src.family === family),
  );

/** A node without an address of the family needs no route of it either, or has lost more than that. */
const lacksFamily = ({ facts }: Host, family: Family): boolean =>
  facts.address.length > 0 && !nodeAddresses(facts.address).some((a) => a.family === family);

/** A pod that asks the node for 169.254.1.1, which no other route holds either. */
const calicoPod = ({ facts }: Host): RouteFact | undefined =>
  longestPrefix(mainTable(facts.route), '169.254.1.1') === undefined ? facts.route.find(isCalicoPods) : undefined;

const isCalicoPods = (r: RouteFact): boolean =>
  r.family === 4 &&
  r.type === 'unicast' &&
  lengthOf(r) === 32 &&
  r.nexthops.some((n) => /^cali/.test(n.dev ?? '') && isRoutedPodDevice(n.dev ?? ''));

function judge(view: View<Seen>, host: Host, family: Family): RuleResult | undefined {
  if (hasDefault(host, family) || lacksFamily(host, family)) return undefined;
  const listed = host.absence('route', { table: 'main', family: String(family) });
  if (!listed.known)
    return family === 6
      ? undefined
      : unknown({
          node: host.node,
          input: 'a default route',
          supply: 'route',
          reason: listed.reason,
          ...(listed.detail !== undefined && { detail: listed.detail }),
        });
  const losses = lossesOf(view, host, family);
  // Of IPv6 most nodes have none, and nobody needs it.
  if (family === 6 && losses.length === 0) return undefined;
  const pod = family === 4 ? calicoPod(host) : undefined;
  const ipv = family === 4 ? '' : ' of IPv6';
  const says =
    losses.length > 0
      ? `and ${waysOf(losses)} find none`
      : pod
        ? `and without one it does not answer for 169.254.1.1, the gateway of its pods`
        : `so that nothing reaches the outside: images, time, what pods ask of other networks; right where the cluster is meant to be shut off`;
  return finding({
    nodes: [host.node],
    subject: family === 4 ? 'default' : 'default IPv6',
    message: `${host.node} has no default route${ipv}, ${says}.`,
    severity: losses.length > 0 ? severityOf(losses, view.paths) : pod ? 'warning' : 'info',
    evidence: [
      { at: captureAt(listed.capture), note: `no default route${ipv} among these` },
      ...(pod ? [shows(pod, 'a pod of Calico')] : []),
    ],
    breaks: pairsOf(losses),
    fix: {
      summary: `give ${host.node} a default route; where it is to have no way out, one for the services' addresses (by a dummy device) is enough`,
      commands: [
        `ip ${family === 6 ? '-6 ' : ''}route add default via ROUTER dev DEVICE`,
        'ip link add service0 type dummy && ip link set service0 up && ip route add SERVICES dev service0',
      ],
    },
  });
}

export default defineRule({
  id: 'route/no-default',
  since: '0.1.0',
  severity: 'error',
  title: 'The node has no default route',
  why:
    'Without a default route the node reaches the networks alone that it has routes for. In a cluster that is shut off that is meant. But services need one all the same: a packet of the node itself is routed before kube-proxy translates it ' +
    '(ip_route_output_key, then OUTPUT), and gets ENETUNREACH where no route holds the address of the service; and a node answers for 169.254.1.1, the gateway of Calico, only where a route holds it. A default route goes with the ' +
    'address or the device that it was of, and with a lease of DHCP.',
  fix: "Write the default route again, or one for the services' network where the node is to have no way out.",
  needs: ['route'],
  uses: ['address'],
  causedBy: ['link/underlay-down'],
  seeAlso: ['calico/proxy-arp-off'],
  *check(view) {
    for (const host of view.hosts) {
      if (view.node(host.node)?.beside) continue;
      for (const family of [4, 6] as const) {
        const result = judge(view, host, family);
        if (result) yield result;
      }
    }
  },
});
