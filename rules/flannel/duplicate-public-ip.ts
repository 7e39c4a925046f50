import { capturedName, defineRule, type EvidenceDraft, finding, isPlaceholder, shows, unknown, type View } from '#rule';

type Seen = 'flannel-lease' | 'flannel-log' | 'link' | 'node';

interface Registration {
  readonly node: string;
  readonly subnet?: string;
  readonly evidence: EvidenceDraft;
  /** A lease that names no node may be an old one of the same node. */
  readonly named: boolean;
}

/** Who registered which address: leases, the word of each node's own flannel, and the source that its device encapsulates with. */
function registrations(view: View<Seen>): Map<string, Registration[]> {
  const out = new Map<string, Registration[]>();
  const add = (ip: string | undefined, registration: Registration) => {
    if (ip !== undefined) out.set(ip, [...(out.get(ip) ?? []), registration]);
  };
  for (const l of view.cluster['flannel-lease'])
    if (l.source !== 'log')
      add(l.publicIp, {
        node: l.node === undefined ? `the owner of ${l.subnet}` : capturedName(view.nodes, l.node),
        subnet: l.subnet,
        evidence: shows(l),
        named: l.node !== undefined,
      });
  for (const host of view.allHosts) {
    const last = host.facts['flannel-log'].findLast(
      (l) => l.event.kind === 'external-address' || l.event.kind === 'interface',
    );
    if (last && (last.event.kind === 'external-address' || last.event.kind === 'interface'))
      add(last.event.address, { node: host.node, evidence: shows(last), named: true });
    for (const l of host.facts.link)
      if (l.vxlan?.local !== undefined && l.name.startsWith('flannel.'))
        add(l.vxlan.local, { node: host.node, evidence: shows(l), named: true });
  }
  return out;
}

/** Nodes that Kubernetes still knows; an empty list of nodes settles nothing. */
const isGone = (view: View<Seen>, node: string): boolean =>
  view.cluster.node.length > 0 &&
  view.clusterAbsence('node').known &&
  !view.cluster.node.some((n) => capturedName(view.nodes, n.name) === node) &&
  !view.nodes.some((n) => n.name === node);

export default defineRule({
  id: 'flannel/duplicate-public-ip',
  since: '0.1.0',
  severity: 'error',
  title: 'Several nodes registered one flannel PublicIP',
  why:
    'Each lease tells the peers where to send the overlay packets of a pod subnet. When nodes register the same address (the NAT address that every VirtualBox VM has, one external address of a site), ' +
    'every tunnel between them points at the sender itself or at only one of them.',
  fix: 'Start flannel with --iface of the network that the nodes share.',
  addresses: 'equal',
  needs: [['flannel-lease', 'flannel-log', 'link']],
  uses: ['node'],
  technology: 'flannel',
  causedBy: ['flannel/wrong-interface'],
  seeAlso: ['flannel/wrong-interface'],
  *check(view) {
    for (const [ip, all] of registrations(view)) {
      // A log of a pod that nothing places may be of a node that is there under its own name, or of a pod before its restart.
      const live = all.filter((r) => !isGone(view, r.node) && !isPlaceholder(r.node));
      const nodes = [...new Set(live.map((r) => r.node))].sort();
      const [node, other, ...rest] = nodes;
      if (node === undefined || other === undefined) continue;
      const first = live.find((r) => r.node === node) as Registration;
      const second = live.find((r) => r.node === other) as Registration;
      const why = view.notComparable(first.evidence.at, second.evidence.at);
      if (why !== undefined) {
        yield unknown({ input: 'flannel-lease', reason: 'not-comparable', detail: why, at: second.evidence.at });
        continue;
      }
      yield finding({
        nodes: [node, other, ...rest],
        subject: ip,
        message: `${nodes.join(', ')} registered the same flannel PublicIP ${ip}: their tunnels point at themselves.`,
        confidence: live.some((r) => !r.named) ? 'likely' : 'certain',
        evidence: [
          first.evidence,
          second.evidence,
          ...rest.map((n) => (live.find((r) => r.node === n) as Registration).evidence),
        ],
        fix: {
          summary: 'start flannel on these nodes with --iface of the network that they share, then restart all of it',
          commands: ['kubectl -n kube-flannel edit daemonset kube-flannel-ds   # args: --iface=<interface>'],
        },
      });
    }
  },
});
