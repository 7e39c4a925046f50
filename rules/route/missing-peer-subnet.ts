import {
  type At,
  arrives,
  contains,
  defineRule,
  type FactChange,
  finding,
  formatAddress,
  lookUp,
  type NeighbourFact,
  type NonEmpty,
  outputAt,
  overlapping,
  ownSubnets,
  parsePrefix,
  podsLiveElsewhere,
  prefixOf,
  type Reason,
  type RouteFact,
  refuses,
  type Scope,
  type StackView,
  type SubnetClaim,
  shows,
  subnetClaims,
  unknown,
  type View,
} from '#rule';

type Seen =
  | 'route'
  | 'policy-rule'
  | 'link'
  | 'address'
  | 'subnet-env'
  | 'flannel-log'
  | 'flannel-lease'
  | 'node'
  | 'neigh'
  | 'pod';

interface Peer {
  readonly node: string;
  readonly prefix: string;
  readonly at: At;
  /** Only the node object says so: flannel may never have started there, and then nobody has a route. */
  readonly promised: boolean;
}

/**
 * Subnets of bridges that kept an old lease: the node's VTEP address, the first of its present subnet, lies outside. Nobody is to have
 * a route there (flannel/subnet-env-mismatch tells that).
 */
function movedBridges(view: View<Seen>): Set<string> {
  const out = new Set<string>();
  for (const host of view.allHosts) {
    const own = ownSubnets(host.facts);
    const vteps = own.filter((o) => o.source === 'vtep-address');
    for (const bridge of own.filter((o) => o.source === 'bridge-address' || o.source === 'bridge-route'))
      if (vteps.length > 0 && !vteps.some((v) => overlapping(v.prefix, bridge.prefix)))
        out.add(`${host.node} ${bridge.prefix}`);
  }
  return out;
}

/** A subnet that only the node's own files tell while its lease or podCIDR is another: peers route what was granted. */
function contradicted(claim: SubnetClaim, claims: readonly SubnetClaim[]): boolean {
  if (claim.source !== 'host') return false;
  const granted = claims.filter((c) => c.node === claim.node && c.source !== 'host' && !c.prefix.includes(':'));
  return granted.length > 0 && !granted.some((c) => overlapping(c.prefix, claim.prefix));
}

/** Nodes whose pods are known and live in none of the subnets that are claimed for the node: another CNI serves them, and these were left behind. */
const leftBehind = (view: View<Seen>, claims: readonly SubnetClaim[]): ReadonlySet<string> =>
  new Set(
    [...new Set(claims.flatMap((c) => c.node ?? []))].filter((node) =>
      podsLiveElsewhere(
        view,
        node,
        claims.filter((c) => c.node === node).map((c) => c.prefix),
      ),
    ),
  );

/** Live peers with a known subnet; a lease of a node that Kubernetes no longer lists asks for no route. */
function peersOf(view: View<Seen>, node: string, claims: readonly SubnetClaim[], moved: ReadonlySet<string>): Peer[] {
  const own = claims.filter((c) => c.node === node);
  const listed = view.cluster.node.length > 0 && view.clusterAbsence('node').known;
  const live = (name: string) =>
    !listed || view.nodes.some((n) => n.name === name) || view.cluster.node.some((n) => n.name === name);
  const peers = new Map<string, Peer>();
  for (const c of claims) {
    if (c.node === undefined || c.node === node || c.prefix.includes(':') || !live(c.node)) continue;
    if (moved.has(`${c.node} ${c.prefix}`) || contradicted(c, claims)) continue;
    // Overlapping subnets are a fault of their own; a route for one of them says nothing.
    if (own.some((o) => overlapping(o.prefix, c.prefix))) continue;
    const known = peers.get(c.prefix);
    if (!known || (known.promised && c.source !== 'podCIDR'))
      peers.set(c.prefix, { node: c.node, prefix: c.prefix, at: c.at, promised: c.source === 'podCIDR' });
  }
  return [...peers.values()];
}

/** First usable address of the subnet: where a pod would be. */
function samplePod(prefix: string): string | undefined {
  const p = parsePrefix(prefix);
  return p && p.family === 4
    ? formatAddress({ family: 4, words: [((p.words[0] ?? 0) + (p.length < 31 ? 2 : 0)) >>> 0] })
    : undefined;
}

/** What became of packets to a peer's pods: a route that holds the whole subnet, none, or a question that stays open. */
type Way =
  | { readonly kind: 'covered' }
  | { readonly kind: 'missing'; readonly taken?: RouteFact; readonly listing: At }
  | { readonly kind: 'open'; readonly reason: Reason; readonly detail?: string };

function wayTo(view: View<Seen>, host: StackView<Seen>, peer: Peer, pod: string): Way {
  const absence = (scope: Scope) => host.absence('route', scope);
  const found = lookUp(host.facts, pod, absence, ownSource(host));
  if (found.kind === 'route' && holds(host, found.route, peer.prefix)) return { kind: 'covered' };
  const main = absence({ table: 'main', family: '4' });
  if (!main.known)
    return { kind: 'open', reason: main.reason, ...(main.detail !== undefined && { detail: main.detail }) };
  if (found.kind === 'unknown')
    return { kind: 'open', reason: 'not-captured', detail: `${found.missing} was not captured` };
  const why = view.notComparable(outputAt(main.capture), peer.at);
  if (why !== undefined) return { kind: 'open', reason: 'not-comparable', detail: why };
  return { kind: 'missing', listing: outputAt(main.capture), ...(found.kind === 'route' && { taken: found.route }) };
}

/** Rules that ask for the source see a pod of this node. */
function ownSource(host: StackView<Seen>): { readonly source?: string } {
  const own = ownSubnets(host.facts).find((o) => !o.prefix.endsWith('/32'));
  const source = own && samplePod(own.prefix);
  return source === undefined ? {} : { source };
}

/**
 * Does the route hold the whole subnet without being the default route, its twin for a wider network (10.0.0.0/8 by the same gateway) or a
 * blackhole? One for a part of the subnet (a stray, more specific route) hides the right one and is another rule's business.
 */
function holds(host: StackView<Seen>, route: RouteFact, subnet: string): boolean {
  const prefix = prefixOf(route);
  const peer = parsePrefix(subnet);
  if (!prefix || !peer || prefix.length === 0) return false;
  if (prefix.length > peer.length) return contains(peer, prefix);
  return contains(prefix, peer) && !refuses(route) && (prefix.length === peer.length || !goesLikeDefault(host, route));
}

/** What follows this route goes where the default route leads: to a router that is asked for all the world. */
function goesLikeDefault(host: StackView<Seen>, route: RouteFact): boolean {
  const [hop] = route.nexthops;
  return (
    hop?.via !== undefined &&
    host.facts.route.some(
      (r) => prefixOf(r)?.length === 0 && r.nexthops.some((n) => n.via === hop.via && n.dev === hop.dev),
    )
  );
}

function whereTo(taken: RouteFact | undefined): string {
  if (!taken) return 'the node answers "network unreachable"';
  if (refuses(taken)) return `packets end at ${taken.type} ${taken.prefix}`;
  const via = taken.nexthops[0]?.via;
  return `packets follow ${taken.prefix === '0.0.0.0/0' ? 'the default route' : taken.prefix}${via === undefined ? '' : ` to ${via}`}`;
}

/** What flannel writes for its VXLAN device, in the place of a refusing route of the same prefix, which would stay before it. */
function routeBy(
  node: string,
  peer: Pick<Peer, 'prefix' | 'at'>,
  { address: via, dev }: NeighbourFact,
  taken: RouteFact | undefined,
): NonEmpty<FactChange> {
  const add: FactChange = { node, kind: 'add-route', prefix: peer.prefix, via, dev, at: peer.at };
  return taken && taken.type !== 'unicast' ? [{ node, kind: 'remove', at: taken.at }, add] : [add];
}

export default defineRule({
  id: 'route/missing-peer-subnet',
  since: '0.1.0',
  severity: 'error',
  title: 'A node has no route to the pods of a peer',
  why:
    "Overlay and host-gw networks need one route for each peer's pod subnet. Without it packets to those pods follow the default route into the customer's network, or the node answers " +
    '"Destination Net Unreachable". It happens when flannel could not add the route, when the device went down and its routes with it, or when a network manager removed what it did not know.',
  fix: 'Restart the network daemon of that node, and keep the network manager away from its devices.',
  needs: ['route', ['flannel-lease', 'node', 'subnet-env', 'address', 'flannel-log']],
  uses: ['policy-rule', 'link', 'neigh', 'pod'],
  technology: 'flannel',
  causedBy: [
    'route/policy-routing-hijack',
    'flannel/daemon-not-running',
    'flannel/device-missing-or-down',
    'flannel/log-fatal',
    'link/nm-manages-cni',
    'flannel/subnet-overlap',
  ],
  seeAlso: ['route/wrong-device-or-gateway', 'flannel/missing-fdb-or-neigh'],
  *check(view) {
    const leased = view.cluster['flannel-lease'].some((l) => l.source !== 'log');
    const all = subnetClaims({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts });
    const left = leftBehind(view, all);
    const claims = all.filter((c) => c.node === undefined || !left.has(c.node));
    const moved = movedBridges(view);
    for (const host of view.hosts) {
      if (view.node(host.node)?.beside) {
        const detail = `Kubernetes lists no node ${host.node}`;
        yield unknown({ node: host.node, input: 'route', reason: 'not-comparable', detail });
        continue;
      }
      const said = new Set<string>();
      for (const peer of peersOf(view, host.node, claims, moved)) {
        const pod = samplePod(peer.prefix);
        const way = pod === undefined ? undefined : wayTo(view, host, peer, pod);
        if (!way || way.kind === 'covered') continue;
        if (way.kind === 'open') {
          const key = `${way.reason} ${way.detail}`;
          if (!said.has(key))
            yield unknown({
              node: host.node,
              input: 'route',
              reason: way.reason,
              ...(way.detail !== undefined && { detail: way.detail }),
              at: peer.at,
            });
          said.add(key);
          continue;
        }
        const { taken, listing } = way;
        // A router that has the way is asked by the default route.
        if (taken && !refuses(taken) && arrives(view.paths, host.node, peer.prefix)) continue;
        const neigh = host.facts.neigh.find(
          (n) => n.address === peer.prefix.replace(/\/\d+$/, '') && n.dev.startsWith('flannel'),
        );
        yield finding({
          nodes: [host.node],
          subject: peer.prefix,
          confidence: peer.promised && leased ? 'likely' : 'certain',
          message: `${host.node} has no route to ${peer.prefix}, the pods of ${peer.node}: ${whereTo(taken)}.`,
          evidence: [
            taken
              ? shows(taken, `this is what ${pod} matches`)
              : { at: listing, note: `no route matches ${pod} in the listing that starts here` },
            { at: peer.at, note: `${peer.node} owns ${peer.prefix}` },
            ...(neigh ? [shows(neigh, 'flannel knew this peer: only the route is gone')] : []),
          ],
          // What flannel writes for its VXLAN device: the peer's first address is the gateway.
          ...(neigh && { repair: routeBy(host.node, peer, neigh, taken) }),
          fix: {
            summary: `restart flannel on ${host.node}; it writes the route again`,
            commands: [
              `kubectl -n kube-flannel delete pod -l app=flannel --field-selector spec.nodeName=${host.node}`,
              `ip route get ${pod}   # on ${host.node}: must leave by flannel.1`,
            ],
          },
        });
      }
    }
  },
});
