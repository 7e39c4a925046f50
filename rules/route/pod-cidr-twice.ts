import { defineRule, finding, type NodeFact, overlapping, shows, unknown, type View } from '#rule';

interface Shared {
  readonly a: NodeFact;
  readonly b: NodeFact;
  readonly cidr: string;
  readonly other: string;
}

/** Each two nodes whose objects give them subnets that overlap, by the first such. */
function sharedOf(view: View<'node'>): readonly Shared[] {
  const all = view.cluster.node;
  return all.flatMap((a, i) =>
    all.slice(i + 1).flatMap((b): readonly Shared[] => {
      if (a.name === b.name) return [];
      const both = a.podCidrs.flatMap((cidr) =>
        b.podCidrs.flatMap((other) => (overlapping(cidr, other) ? [{ a, b, cidr, other }] : [])),
      );
      return both.slice(0, 1);
    }),
  );
}

export default defineRule({
  id: 'route/pod-cidr-twice',
  since: '0.1.0',
  severity: 'error',
  title: 'Two nodes were given one pod subnet',
  why:
    'The node controller gives each node a subnet for its pods (spec.podCIDR), and the CNI hands out addresses from it and routes it to the node. Where two nodes have the same one, or one within the other, pods of both have equal ' +
    'addresses, and every other node reaches one of the two alone. A node object that was written by hand or restored, or a controller that was started anew with other sizes, does that.',
  fix: 'Give one of the nodes another subnet: drain it, delete its Node object and let kubelet register it again.',
  needs: ['node'],
  seeAlso: ['flannel/subnet-overlap', 'route/subnet-overlap'],
  *check(view) {
    // Of flannel the leases count, and flannel/subnet-overlap knows them.
    if (view.model.technologies.has('flannel')) return;
    for (const { a, b, cidr, other } of sharedOf(view)) {
      const why = view.notComparable(a.at, b.at);
      const [first, second] = [a, b].map((n) => view.node(n.name)?.name ?? n.name) as [string, string];
      if (why !== undefined) {
        yield unknown({ node: second, input: 'node', reason: 'not-comparable', detail: why, at: b.at });
        continue;
      }
      yield finding({
        nodes: [first, second],
        subject: cidr,
        message: `${first} and ${second} were given one pod subnet: ${cidr}${other === cidr ? '' : ` and ${other}`}. Their pods get equal addresses, and who sends to one of these reaches whichever node its route names.`,
        evidence: [shows(a, `${first}: ${cidr}`), shows(b, `${second}: ${other}`)],
        fix: {
          summary: `drain one of the two, delete its Node object, and let its kubelet register it again with a subnet of its own`,
          commands: [
            'kubectl get nodes -o custom-columns=NAME:.metadata.name,PODS:.spec.podCIDR',
            `kubectl drain ${b.name} --ignore-daemonsets && kubectl delete node ${b.name}   # then restart its kubelet`,
          ],
        },
      });
    }
  },
});
