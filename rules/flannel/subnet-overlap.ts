import {
  defineRule,
  finding,
  flannelDevice,
  overlapping,
  ownSubnets,
  type SubnetClaim,
  subnetClaims,
  unknown,
  type View,
} from '#rule';

type Seen = 'link' | 'address' | 'route' | 'subnet-env' | 'flannel-log' | 'flannel-lease' | 'node';

/** The same machine captured under two names: equal VTEP MAC and source address. */
function sameMachine(view: View<Seen>, a: string, b: string): boolean {
  const device = (node: string) => flannelDevice(view.allHosts.find((h) => h.node === node)?.facts.link ?? []);
  const left = device(a);
  const right = device(b);
  return left?.lladdr !== undefined && left.lladdr === right?.lladdr && left.vxlan?.local === right.vxlan?.local;
}

/**
 * A bridge with an address outside of what its node holds by lease, podCIDR or the address of flannel.N hands out nothing that is the node's:
 * that is flannel/subnet-env-mismatch, and the peer's subnet stays the peer's own. The route by the tunnel, which is older, wins (fib_magic
 * appends an equal prefix), so that nothing need be lost.
 */
function isStray(view: View<Seen>, claim: SubnetClaim, all: readonly SubnetClaim[]): boolean {
  if (claim.source !== 'host') return false;
  const host = view.allHosts.find((h) => h.node === claim.node);
  const vtep = ownSubnets(host?.facts ?? NOTHING).filter((o) => o.source === 'vtep-address');
  const held = [...all.filter((c) => c.node === claim.node && c.source !== 'host'), ...vtep];
  const told = held.filter((h) => view.notComparable(h.at, claim.at) === undefined);
  return told.length > 0 && told.every((h) => !overlapping(h.prefix, claim.prefix));
}

const NOTHING = { address: [], route: [], 'subnet-env': [], 'flannel-log': [] };

export default defineRule({
  id: 'flannel/subnet-overlap',
  since: '0.1.0',
  severity: 'error',
  title: 'Two nodes hold overlapping pod subnets',
  why:
    'Each node hands out pod addresses from its own subnet, and peers have one route for each subnet. When two nodes hold the same addresses, pods get equal IPs, each of the two nodes delivers ' +
    'packets for the other to its own bridge, and the rest of the cluster reaches whichever node its route happens to name.',
  fix: 'Give one of the nodes another subnet (delete and re-create its node object or lease), then recreate cni0 and the pods there.',
  needs: [['flannel-lease', 'node', 'subnet-env', 'address', 'flannel-log']],
  uses: ['link', 'route'],
  technology: 'flannel',
  seeAlso: ['flannel/subnet-env-mismatch'],
  *check(view) {
    const all = subnetClaims({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts });
    const claims = all.filter(
      (c): c is SubnetClaim & { node: string } => c.node !== undefined && !isStray(view, c, all),
    );
    const seen = new Set<string>();
    for (const [i, a] of claims.entries())
      for (const b of claims.slice(i + 1)) {
        if (a.node === b.node || !overlapping(a.prefix, b.prefix)) continue;
        const [left, right] = a.node < b.node ? [a, b] : [b, a];
        const pair = `${left.node} ${right.node}`;
        if (seen.has(pair) || sameMachine(view, a.node, b.node)) continue;
        const why = view.notComparable(a.at, b.at);
        if (why !== undefined) {
          yield unknown({ input: 'pod subnets', reason: 'not-comparable', detail: why, at: b.at });
          continue;
        }
        seen.add(pair);
        const alsoSaid = ({ node, prefix }: SubnetClaim) =>
          claims.filter((c) => c !== left && c !== right && c.node === node && c.prefix === prefix).slice(0, 4);
        yield finding({
          nodes: [left.node, right.node],
          subject: left.prefix === right.prefix ? left.prefix : `${left.prefix} and ${right.prefix}`,
          message: `${left.node} and ${right.node} hold overlapping pod subnets, ${left.prefix} and ${right.prefix}: their pods get equal addresses and reach only their own node.`,
          evidence: [
            { at: left.at, note: `${left.node} owns ${left.prefix}` },
            { at: right.at, note: `${right.node} owns ${right.prefix}` },
            ...[...alsoSaid(left), ...alsoSaid(right)].map((c) => ({ at: c.at, note: `${c.node} owns ${c.prefix}` })),
          ],
          fix: {
            summary: `give ${right.node} a subnet of its own, then remove its bridge so that pods get new addresses`,
            commands: [
              `kubectl get node ${left.node} ${right.node} -o custom-columns=NAME:.metadata.name,CIDR:.spec.podCIDR`,
              `ip link delete cni0   # on ${right.node}, after its podCIDR is right and flannel was restarted`,
            ],
          },
        });
      }
  },
});
