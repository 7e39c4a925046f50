import {
  capturedName,
  contains,
  defineRule,
  finding,
  isFlannelVxlan,
  isVirtualBoxNat,
  mainTable,
  networkAddress,
  nodeAddresses,
  overlapping,
  parseAddress,
  parsePrefix,
  type RouteFact,
  type SubnetClaim,
  shows,
  subnetClaims,
  unknown,
  type View,
} from '#rule';

type Seen = 'route' | 'flannel-lease' | 'node' | 'link' | 'address' | 'subnet-env' | 'flannel-log';

/** Addresses at which a directly routed peer may be the next hop. */
function peerAddresses(view: View<Seen>, claim: SubnetClaim): readonly string[] {
  const host = view.allHosts.find((h) => h.node === claim.node);
  return [
    ...(claim.publicIp === undefined ? [] : [claim.publicIp]),
    ...(host ? nodeAddresses(host.facts.address).flatMap((a) => (isVirtualBoxNat(a.address) ? [] : [a.address])) : []),
    ...view.cluster.node
      .filter((n) => claim.node !== undefined && capturedName(view.nodes, n.name) === claim.node)
      .flatMap((n) => [...n.internalIps, ...n.externalIps]),
  ];
}

/** What the walk says of the way from a node to another's pods: whatever leads there, it works, or it is not known. */
function walked(view: View<Seen>, from: string, to: string | undefined): 'arrives' | 'unknown' | 'lost' {
  const verdicts = view.paths.pairs
    .filter(({ src, dst }) => src.family === 4 && src.node === from && dst.kind === 'pods' && dst.node === to)
    .map(({ trace }) => trace.verdict);
  if (verdicts.length > 0 && verdicts.every((v) => v === 'delivered')) return 'arrives';
  return verdicts.length > 0 && verdicts.every((v) => v === 'delivered' || v === 'unknown') ? 'unknown' : 'lost';
}

/** A captured machine beside the nodes, a router, that has the address. */
const routerWith = (view: View<Seen>, address: string): string | undefined =>
  view.allHosts.find((h) => view.node(h.node)?.beside === true && h.facts.address.some((a) => a.address === address))
    ?.node;

const isDefaultGateway = (routes: readonly RouteFact[], via: string): boolean =>
  routes.some((r) => r.prefix === '0.0.0.0/0' && r.nexthops.some((n) => n.via === via));

const inside = (prefix: string, address: string): boolean => {
  const p = parsePrefix(prefix);
  const a = parseAddress(address);
  return p !== undefined && a !== undefined && contains(p, a);
};

/** Routes for one type of service alone, and those behind another one with a lower metric. */
const isNeverAsked = (routes: readonly RouteFact[], route: RouteFact): boolean =>
  route.tos !== undefined ||
  mainTable(routes).some(
    (r) =>
      r.prefix === route.prefix && r.type === 'unicast' && r.tos === undefined && (r.metric ?? 0) < (route.metric ?? 0),
  );

export default defineRule({
  id: 'route/wrong-device-or-gateway',
  since: '0.1.0',
  severity: 'error',
  title: "The route to a peer's pods leaves by the wrong device or gateway",
  why:
    "flannel's VXLAN route to a pod subnet goes via that subnet's first address on flannel.N, because that address has the neighbour entry; with DirectRouting or host-gw it goes via the peer's own address on the NIC. " +
    'Any other gateway has no entry behind it or is a stranger, and packets are dropped or delivered to the wrong node.',
  fix: 'Delete the stale route and restart the network daemon, which writes the right one.',
  needs: ['route', ['flannel-lease', 'node', 'subnet-env', 'address', 'flannel-log']],
  uses: ['link'],
  technology: 'flannel',
  causedBy: ['flannel/subnet-overlap'],
  seeAlso: ['route/missing-peer-subnet'],
  *check(view) {
    const claims = subnetClaims({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts });
    for (const host of view.hosts) {
      const own = claims.filter((c) => c.node === host.node).map((c) => c.prefix);
      for (const route of mainTable(host.facts.route)) {
        if (route.family !== 4 || route.type !== 'unicast' || isNeverAsked(host.facts.route, route)) continue;
        const owners = claims.filter((c) => c.prefix === route.prefix);
        const claim = owners[0];
        if (!claim || claim.node === host.node || own.some((p) => overlapping(p, route.prefix))) continue;
        const [hop] = route.nexthops;
        if (!hop || route.nexthops.length > 1) continue;
        const prefix = parsePrefix(route.prefix);
        const vtep = prefix && networkAddress(prefix);
        const peers = owners.flatMap((o) => peerAddresses(view, o));
        const overTunnel = hop.dev !== undefined && isFlannelVxlan(hop.dev);
        if (overTunnel ? hop.via === vtep : hop.via !== undefined && peers.includes(hop.via)) continue;
        // WireGuard and ipip devices of flannel carry plain device routes; an unknown peer address settles nothing.
        if (
          !overTunnel &&
          (hop.dev === undefined || /^(flannel|tunl|wg)/.test(hop.dev) || (hop.via !== undefined && peers.length === 0))
        )
          continue;
        const why = view.notComparable(route.at, claim.at);
        if (why !== undefined) {
          yield unknown({ node: host.node, input: 'route', reason: 'not-comparable', detail: why, at: route.at });
          continue;
        }
        const way = overTunnel ? 'lost' : walked(view, host.node, claim.node);
        if (way === 'arrives') continue;
        const router = hop.via === undefined ? undefined : routerWith(view, hop.via);
        if (router !== undefined && way === 'unknown') {
          yield unknown({
            node: host.node,
            input: `whether ${router} routes ${route.prefix} to ${claim.node ?? 'its node'}`,
            reason: 'not-captured',
            at: route.at,
          });
          continue;
        }
        const expected = overTunnel
          ? `via ${vtep}`
          : `via ${vtep} on flannel's device, or via ${[...new Set(peers)].join(' or ') || 'the peer'}`;
        const stranger =
          hop.via !== undefined &&
          claims.find((c) => c.node !== claim.node && (inside(c.prefix, hop.via ?? '') || c.publicIp === hop.via));
        // An address of the peer that no capture shows may be a gateway on purpose.
        const sure =
          overTunnel ||
          hop.via === undefined ||
          stranger !== undefined ||
          view.allHosts.some((h) => h.node === claim.node && h.facts.address.length > 0) ||
          isDefaultGateway(host.facts.route, hop.via);
        yield finding({
          nodes: [host.node],
          subject: route.prefix,
          confidence: sure ? 'certain' : 'likely',
          message: `The route of ${host.node} to ${route.prefix} (pods of ${claim.node ?? 'a peer'}) leaves by ${hop.via === undefined ? '' : `${hop.via} on `}${hop.dev ?? 'no device'}, expected ${expected}.`,
          evidence: [
            shows(route),
            { at: claim.at, note: `${claim.node ?? 'a peer'} owns ${claim.prefix}` },
            ...(stranger
              ? [{ at: stranger.at, note: `${hop.via} belongs to ${stranger.node ?? stranger.prefix}` }]
              : []),
          ],
          ...(overTunnel &&
            vtep !== undefined &&
            hop.dev !== undefined && {
              repair: [
                { node: host.node, kind: 'remove', at: route.at },
                { node: host.node, kind: 'add-route', prefix: route.prefix, via: vtep, dev: hop.dev, at: route.at },
              ] as const,
            }),
          fix: {
            summary: `on ${host.node} remove the route and let flannel write it again`,
            commands: [
              `ip route delete ${route.prefix}`,
              `kubectl -n kube-flannel delete pod -l app=flannel --field-selector spec.nodeName=${host.node}`,
            ],
          },
        });
      }
    }
  },
});
