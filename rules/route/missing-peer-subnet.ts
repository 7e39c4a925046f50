import {
  type At,
  contains,
  defineRule,
  finding,
  formatAddress,
  longestPrefix,
  mainTable,
  outputAt,
  overlapping,
  parsePrefix,
  prefixOf,
  type RouteFact,
  type StackView,
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
  | 'neigh';

interface Peer {
  readonly node: string;
  readonly prefix: string;
  readonly at: At;
  /** Only the node object says so: flannel may never have started there, and then nobody has a route. */
  readonly promised: boolean;
}

/** Live peers with a known subnet; a lease of a node that Kubernetes no longer lists asks for no route. */
function peersOf(view: View<Seen>, node: string): Peer[] {
  const claims = subnetClaims({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts });
  const own = claims.filter((c) => c.node === node);
  const listed = view.cluster.node.length > 0 && view.clusterAbsence('node').known;
  const live = (name: string) =>
    !listed || view.nodes.some((n) => n.name === name) || view.cluster.node.some((n) => n.name === name);
  const peers = new Map<string, Peer>();
  for (const c of claims) {
    if (c.node === undefined || c.node === node || c.prefix.includes(':') || !live(c.node)) continue;
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

const isDefault = (route: RouteFact): boolean => prefixOf(route)?.length === 0;

/** Policy rules that send packets to tables that nobody dumped could hold the route. */
function hiddenTables(host: StackView<Seen>): string | undefined {
  const shown = new Set(host.facts.route.map((r) => r.table));
  const hidden = host.facts['policy-rule'].find(
    (r) =>
      r.family === 4 &&
      r.action.kind === 'lookup' &&
      !['local', 'main', 'default', '253', '254', '255'].includes(r.action.table) &&
      !shown.has(r.action.table),
  );
  return hidden?.action.kind === 'lookup' ? hidden.action.table : undefined;
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
  uses: ['policy-rule', 'link', 'neigh'],
  technology: 'flannel',
  causedBy: ['flannel/daemon-not-running', 'flannel/log-fatal', 'link/nm-manages-cni', 'flannel/subnet-overlap'],
  seeAlso: ['route/wrong-device-or-gateway', 'flannel/missing-fdb-or-neigh'],
  *check(view) {
    const leased = view.cluster['flannel-lease'].some((l) => l.source !== 'log');
    for (const host of view.hosts) {
      for (const peer of peersOf(view, host.node)) {
        const pod = samplePod(peer.prefix);
        if (pod === undefined) continue;
        const target = parsePrefix(peer.prefix);
        const elsewhere = host.facts.route.find(
          (r) =>
            !r.lookup &&
            r.table !== 'local' &&
            target &&
            !isDefault(r) &&
            contains(prefixOf(r) ?? target, target) &&
            prefixOf(r) !== undefined,
        );
        if (elsewhere) continue;
        const absence = host.absence('route', { table: 'main', family: '4' });
        const why = absence.known ? view.notComparable(outputAt(absence.capture), peer.at) : undefined;
        const hidden = hiddenTables(host);
        if (!absence.known || why !== undefined || hidden !== undefined) {
          yield absence.known
            ? unknown({
                node: host.node,
                input: 'route',
                reason: why === undefined ? 'not-captured' : 'not-comparable',
                detail: why ?? `table ${hidden} was not captured`,
                at: peer.at,
              })
            : unknown({
                node: host.node,
                input: 'route',
                reason: absence.reason,
                ...(absence.detail !== undefined && { detail: absence.detail }),
              });
          break;
        }
        const taken = longestPrefix(mainTable(host.facts.route), pod);
        const gone = taken
          ? `packets follow ${taken.prefix === '0.0.0.0/0' ? 'the default route' : taken.prefix}${taken.nexthops[0]?.via === undefined ? '' : ` to ${taken.nexthops[0].via}`}`
          : 'the node answers "network unreachable"';
        const neigh = host.facts.neigh.find(
          (n) => n.address === peer.prefix.replace(/\/\d+$/, '') && n.dev.startsWith('flannel'),
        );
        yield finding({
          nodes: [host.node],
          subject: peer.prefix,
          confidence: peer.promised && leased ? 'likely' : 'certain',
          message: `${host.node} has no route to ${peer.prefix}, the pods of ${peer.node}: ${gone}.`,
          evidence: [
            taken
              ? shows(taken, `this is what ${pod} matches`)
              : { at: outputAt(absence.capture), note: `no route matches ${pod} in the listing that starts here` },
            { at: peer.at, note: `${peer.node} owns ${peer.prefix}` },
            ...(neigh ? [shows(neigh, 'flannel knew this peer: only the route is gone')] : []),
          ],
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
