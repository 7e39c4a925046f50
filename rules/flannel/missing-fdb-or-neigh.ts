import {
  capturedName,
  defineRule,
  finding,
  isFlannelVxlan,
  mainTable,
  type NeighbourFact,
  outputAt,
  type RouteFact,
  type StackView,
  shows,
  subnetClaims,
  unknown,
  type View,
} from '#rule';

type Seen = 'route' | 'neigh' | 'fdb' | 'link' | 'node' | 'flannel-lease' | 'address' | 'subnet-env' | 'flannel-log';

interface TunnelRoute {
  readonly route: RouteFact;
  readonly dev: string;
  readonly via: string;
}

const tunnelRoutes = (host: StackView<Seen>): readonly TunnelRoute[] =>
  mainTable(host.facts.route).flatMap((route) =>
    route.nexthops.flatMap((n) =>
      route.family === 4 && n.dev !== undefined && n.via !== undefined && isFlannelVxlan(n.dev)
        ? [{ route, dev: n.dev, via: n.via }]
        : [],
    ),
  );

/** Before 0.7 flannel resolved peers on demand (l2miss/l3miss): an entry that is not there yet is no fault. */
const resolvesOnDemand = (host: StackView<Seen>, dev: string): boolean => {
  const attributes = host.facts.link.find((l) => l.name === dev)?.info?.attributes;
  return attributes !== undefined && ('l2miss' in attributes || 'l3miss' in attributes);
};

/** Whether the listing of `kind` on `dev` proves absence beside this route; if not, the reason is yielded. */
function* provesAbsence(view: View<Seen>, host: StackView<Seen>, kind: 'neigh' | 'fdb', route: TunnelRoute) {
  const absence = host.absence(kind, { dev: route.dev });
  if (!absence.known) {
    yield unknown({
      node: host.node,
      input: `${kind} on ${route.dev}`,
      reason: absence.reason,
      ...(absence.detail !== undefined && { detail: absence.detail }),
    });
    return undefined;
  }
  const why = view.notComparable(route.route.at, outputAt(absence.capture));
  if (why !== undefined) {
    yield unknown({
      node: host.node,
      input: `${kind} on ${route.dev}`,
      reason: 'not-comparable',
      detail: why,
      at: route.route.at,
    });
    return undefined;
  }
  return absence.capture;
}

const fix = (node: string) => ({
  summary: `on ${node} restart flannel, which writes the entries again, and look for "AddFDB failed" and "AddARP failed" in its log`,
  commands: [`kubectl -n kube-flannel delete pod -l app=flannel --field-selector spec.nodeName=${node}`],
});

/** The entries of one node by what is looked for: in a big cluster each node has thousands of them, and as many routes. */
function entriesOf(host: StackView<Seen>) {
  const neighbours = new Map<string, NeighbourFact>();
  for (const n of host.facts.neigh) {
    const key = `${n.dev} ${n.address}`;
    if (!neighbours.has(key)) neighbours.set(key, n);
  }
  const forwarded = new Set<string>();
  for (const f of host.facts.fdb) if (f.dst !== undefined) forwarded.add(`${f.dev} ${f.lladdr}`);
  // An all-zero entry floods frames to unknown MACs and stands in for the missing one.
  const floods = new Set(host.facts.fdb.filter((f) => f.lladdr === '00:00:00:00:00:00').map((f) => f.dev));
  return { neighbours, forwarded, floods };
}

/**
 * Whether a subnet is known to belong to no node: every node of the cluster is listed and has one, and this is nobody's. Then the route is
 * what a removed node left behind, and no pod is at its end.
 */
function leftBehind(view: View<Seen>): (prefix: string) => boolean {
  const claims = subnetClaims({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts });
  const owners = new Set(claims.map((c) => c.node));
  const prefixes = new Set(claims.map((c) => c.prefix));
  const known =
    view.cluster.node.length > 0 &&
    view.clusterAbsence('node').known &&
    view.cluster.node.every((n) => owners.has(capturedName(view.nodes, n.name)));
  return (prefix) => known && !prefixes.has(prefix);
}

export default defineRule({
  id: 'flannel/missing-fdb-or-neigh',
  since: '0.1.0',
  severity: 'error',
  title: 'A flannel route has no neighbour or forwarding entry behind it',
  why:
    "flannel writes three entries for each peer: a route via the peer's VTEP address, a permanent neighbour entry that gives that address a MAC, and a forwarding entry that gives the MAC a node. " +
    'The device is set to nolearning and nobody answers ARP on it, so without the neighbour entry the packet is never framed, and without the forwarding entry the frame has nowhere to go.',
  fix: 'Restart flannel on the node that lacks the entry.',
  needs: ['route', ['neigh', 'fdb']],
  uses: ['neigh', 'fdb', 'link', 'node', 'flannel-lease', 'address', 'subnet-env', 'flannel-log'],
  technology: 'flannel',
  causedBy: ['flannel/daemon-not-running', 'flannel/log-fatal', 'flannel/vtep-mac-mismatch'],
  seeAlso: ['flannel/vtep-mac-mismatch', 'flannel/fdb-wrong-dst'],
  *check(view) {
    const isLeftBehind = leftBehind(view);
    for (const host of view.hosts) {
      const asked = new Set<string>();
      const { neighbours, forwarded, floods } = entriesOf(host);
      for (const route of tunnelRoutes(host)) {
        if (resolvesOnDemand(host, route.dev) || isLeftBehind(route.route.prefix)) continue;
        const neigh = neighbours.get(`${route.dev} ${route.via}`);
        if (neigh?.lladdr === undefined) {
          const capture = neigh
            ? undefined
            : asked.has(`neigh ${route.dev}`)
              ? undefined
              : yield* provesAbsence(view, host, 'neigh', route);
          if (!neigh && !capture) {
            asked.add(`neigh ${route.dev}`);
            continue;
          }
          if (neigh && neigh.state !== 'FAILED' && neigh.state !== 'INCOMPLETE') continue;
          yield finding({
            nodes: [host.node],
            subject: route.route.prefix,
            message: `${host.node} routes ${route.route.prefix} through ${route.dev} but has no neighbour entry for ${route.via}: packets to those pods are never sent.`,
            evidence: neigh
              ? [shows(neigh, `${neigh.state}: nobody answers ARP on ${route.dev}`), shows(route.route)]
              : [
                  shows(route.route),
                  {
                    at: outputAt(capture as NonNullable<typeof capture>),
                    note: `no entry for ${route.via} in the whole listing that starts here`,
                  },
                ],
            fix: fix(host.node),
          });
          continue;
        }
        if (forwarded.has(`${route.dev} ${neigh.lladdr}`) || floods.has(route.dev)) continue;
        if (view.notComparable(route.route.at, neigh.at) !== undefined) continue;
        const capture = asked.has(`fdb ${route.dev}`) ? undefined : yield* provesAbsence(view, host, 'fdb', route);
        if (!capture) {
          asked.add(`fdb ${route.dev}`);
          continue;
        }
        yield finding({
          nodes: [host.node],
          subject: route.route.prefix,
          message: `${host.node} has no forwarding entry for ${neigh.lladdr}, the VTEP behind ${route.route.prefix}: packets to those pods are dropped in ${route.dev}.`,
          evidence: [
            shows(neigh, 'this MAC has no forwarding entry'),
            shows(route.route),
            {
              at: outputAt(capture),
              note: `no entry for ${neigh.lladdr} on ${route.dev} in the whole listing that starts here`,
            },
          ],
          fix: fix(host.node),
        });
      }
    }
  },
});
