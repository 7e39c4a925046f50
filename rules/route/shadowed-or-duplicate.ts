import {
  contains,
  defineRule,
  finding,
  type Loss,
  linesOf,
  mainTable,
  overlapping,
  pairsOf,
  parsePrefix,
  prefixOf,
  type RouteFact,
  severityOf,
  shows,
  subnetClaims,
  type View,
} from '#rule';

type Seen = 'route' | 'link' | 'address' | 'flannel-lease' | 'node' | 'subnet-env' | 'flannel-log';

const byDevice = (r: RouteFact): string => r.nexthops.map((n) => `${n.via ?? ''} ${n.dev ?? ''}`).join();
const textOf = (r: RouteFact): string => {
  const [hop] = r.nexthops;
  return `${r.prefix}${hop?.via === undefined ? '' : ` via ${hop.via}`}${hop?.dev === undefined ? '' : ` dev ${hop.dev}`}${r.metric === undefined ? '' : ` metric ${r.metric}`}`;
};

interface Rivals {
  readonly subnet: string;
  readonly owner: string;
  readonly winner: RouteFact;
  readonly loser: RouteFact;
}

/** Routes that compete for the pods of one node: the same prefix twice, or a stray one inside it. */
function rivalsOf(view: View<Seen>, host: View<Seen>['hosts'][number]): readonly Rivals[] {
  const claims = subnetClaims({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts }).filter(
    (c) => c.node !== undefined,
  );
  const routes = mainTable(host.facts.route).filter(
    (r) => r.family === 4 && r.type === 'unicast' && r.tos === undefined,
  );
  const out: Rivals[] = [];
  const seen = new Set<string>();
  for (const { prefix, node = '' } of claims) {
    if (seen.has(prefix)) continue;
    seen.add(prefix);
    const subnet = parsePrefix(prefix);
    const [first, ...same] = routes
      .filter((r) => r.prefix === prefix)
      .sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0));
    if (!subnet || !first) continue;
    const twin = same.find((r) => byDevice(r) !== byDevice(first));
    if (twin) out.push({ subnet: prefix, owner: node, winner: first, loser: twin });
    if (node === host.node) continue;
    for (const stray of routes) {
      const p = prefixOf(stray);
      if (p && p.length > subnet.length && p.length < 32 && contains(subnet, p) && byDevice(stray) !== byDevice(first))
        out.push({ subnet: prefix, owner: node, winner: stray, loser: first });
    }
  }
  return out;
}

/** A spare of the same device, which a greater metric keeps behind the right one: made on purpose, and asked only when that one goes. */
const isSpare = (winner: RouteFact, loser: RouteFact): boolean =>
  winner.prefix === loser.prefix &&
  (loser.metric ?? 0) > (winner.metric ?? 0) &&
  winner.nexthops[0]?.dev === loser.nexthops[0]?.dev;

const isDecided = (loss: Loss, node: string, route: RouteFact): boolean =>
  loss.node === node && linesOf(loss).includes(route.at);

export default defineRule({
  id: 'route/shadowed-or-duplicate',
  since: '0.1.0',
  severity: 'error',
  title: 'Two routes compete for the pods of one node',
  why:
    'Of two routes for one prefix the lower metric wins, and a longer prefix wins over all shorter ones. A route that an old CNI, an expired lease or a second network manager left behind can so take over the ' +
    'pods of a node, wholly or in part, while the right route still stands in the table and looks fine.',
  fix: 'Delete the stale route.',
  needs: ['route', ['flannel-lease', 'node', 'subnet-env', 'address']],
  uses: ['link', 'flannel-log'],
  causedBy: ['flannel/subnet-overlap', 'route/subnet-overlap'],
  seeAlso: ['route/wrong-device-or-gateway'],
  *check(view) {
    for (const host of view.hosts)
      for (const { subnet, owner, winner, loser } of rivalsOf(view, host)) {
        if (!overlapping(winner.prefix, subnet) || view.notComparable(winner.at, loser.at) !== undefined) continue;
        const losses = view.paths.losses.filter((l) => isDecided(l, host.node, winner));
        yield finding({
          nodes: [host.node],
          subject: subnet,
          message: `${host.node} has two routes for the pods of ${owner} (${subnet}): ${textOf(winner)} wins over ${textOf(loser)}${losses.length > 0 ? ', and the packets are lost' : ''}.`,
          severity: losses.length > 0 ? severityOf(losses, view.paths) : isSpare(winner, loser) ? 'info' : 'warning',
          evidence: [shows(winner, 'this one wins'), shows(loser, 'this one is never asked for them')],
          breaks: pairsOf(losses),
          repair: [{ node: host.node, kind: 'remove', at: winner.at }],
          fix: {
            summary: `on ${host.node} delete the stale one of the two`,
            commands: [
              ...[winner, loser].map((r) => `ip route delete ${textOf(r)}   # if this is the stale one`),
              `ip route get ${subnet.replace(/\d+\/\d+$/, '2')}   # what the kernel takes now`,
            ],
          },
        });
      }
  },
});
