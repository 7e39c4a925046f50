import {
  contains,
  defineRule,
  type EndClass,
  endOfPostrouting,
  finding,
  nodeAddresses,
  overlaps,
  parseAddress,
  parsePrefix,
  rulesOf,
  type StackView,
  type Trace,
  unknown,
  type View,
} from '#rule';

/** RFC 1918 and RFC 6598: nobody outside routes these. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map((t) => parsePrefix(t));

/** Any address of the internet. */
const OUTSIDE = '8.8.8.8';

type Seen = 'address' | 'bgp-peer' | 'route' | 'iptables-table';

/** Does the network around the node know the pod's address? Then no masquerading is missing. */
function isRoutable(host: StackView<Seen>, pod: string): boolean {
  const address = parseAddress(pod);
  if (!address || !PRIVATE.some((p) => p && contains(p, address))) return true;
  const lan = nodeAddresses(host.facts.address).map((a) => parsePrefix(`${a.address}/${a.prefixLength}`));
  // Pods with addresses of the nodes' own network (AWS, Azure), and BGP sessions with routers (top of rack).
  return (
    lan.some(
      (p) => p !== undefined && p.length < 32 && overlaps(p, { ...address, length: address.family === 4 ? 32 : 128 }),
    ) || host.facts['bgp-peer'].some((p) => !/mesh/.test(p.type))
  );
}

/** A captured router beside the nodes that has a route to the pod: it knows the way back. */
const isRouted = (view: View<Seen>, pod: string): boolean => {
  const address = parseAddress(pod);
  return (
    address !== undefined &&
    view.allHosts.some(
      (h) =>
        view.node(h.node)?.beside === true &&
        h.facts.route.some((r) => {
          const prefix = r.type === 'unicast' ? parsePrefix(r.prefix) : undefined;
          return prefix !== undefined && prefix.length > 0 && contains(prefix, address);
        }),
    )
  );
};

/** The source with which the packet leaves the node for the world; undefined: it does not get there. */
function leavesWith(
  trace: Trace,
): { readonly step: Trace['outcomes'][number]['legs'][number]['steps'][number]; readonly snat: boolean } | undefined {
  for (const outcome of trace.outcomes) {
    const steps = outcome.legs.find((l) => l.direction === 'request')?.steps ?? [];
    const step = steps.find((s) => s.kind === 'wire');
    if (step) return { step, snat: steps.some((s) => s.translates?.side === 'src') };
  }
  return undefined;
}

/**
 * The parts of kube-proxy's that took the CNI's masquerading with them: what ends nat POSTROUTING for all, or emptied it. Where it is still there, with
 * rules of its own that would masquerade for the CNI, what kube-proxy lacks is not what the CNI lacks.
 */
function takenWith(host: StackView<Seen>): readonly string[] {
  const table = host.facts['iptables-table'].find((t) => t.family === 4 && t.table === 'nat');
  if (table && endOfPostrouting(table)) return ['nat POSTROUTING', 'KUBE-POSTROUTING'];
  const rules = table ? rulesOf(table, 'POSTROUTING') : [];
  return rules.some((r) => r.spec.target?.name !== 'KUBE-POSTROUTING') ? [] : ['nat POSTROUTING'];
}

export default defineRule({
  id: 'iptables/missing-egress-masquerade',
  since: '0.1.0',
  severity: 'warning',
  title: 'Pods leave the cluster with their own addresses',
  why:
    "Pod addresses are private to the cluster. What a pod sends to the world must leave with the node's address (MASQUERADE in POSTROUTING: flannel --ip-masq, Calico natOutgoing, kindnet, ip-masq-agent), or " +
    "no answer finds the way back: image pulls by pods, external DNS servers, webhooks time out. It is right only where the network around the nodes routes the pods' addresses.",
  fix: 'Turn masquerading on in the CNI: flannel `--ip-masq`, Calico `natOutgoing: true` of the pool.',
  needs: [['iptables-table', 'nft-chain']],
  uses: ['address', 'bgp-peer', 'route', 'iptables-table'],
  causedBy: ['flannel/network-config-mismatch'],
  seeAlso: ['iptables/unexpected-snat'],
  *check(view) {
    const pods = new Map<string, EndClass>();
    // Pods' addresses of IPv6 may be routed anywhere: a prefix does not tell.
    for (const { src } of view.paths.pairs)
      if (src.kind === 'pods' && src.family === 4 && src.node !== undefined) pods.set(src.node, src);
    for (const host of view.hosts) {
      const pod = pods.get(host.node);
      if (!pod || isRoutable(host, pod.end) || isRouted(view, pod.end)) continue;
      const asked = view.paths.trace({ src: pod.end, dst: OUTSIDE, proto: 'udp', port: 53 });
      if (asked.kind === 'error') continue;
      if (asked.trace.verdict === 'unknown') {
        for (const m of asked.trace.missing) yield unknown(m);
        continue;
      }
      const left = leavesWith(asked.trace);
      if (!left || left.snat || left.step.node !== host.node) continue;
      const { outcomes } = asked.trace;
      // What is not tracked is never translated: that is a fault of its own.
      if (outcomes.some((o) => o.legs.some((l) => l.steps.some((s) => s.untracks)))) continue;
      const lines = outcomes.flatMap((o) =>
        o.legs.flatMap((l) =>
          l.steps.filter((s) => s.node === host.node && s.kind === 'route' && s.netns === '').flatMap((s) => s.at),
        ),
      );
      const [at] = lines;
      if (at === undefined) continue;
      yield finding({
        nodes: [host.node],
        subject: 'pods to outside',
        message: `Pods of ${host.node} leave the cluster by ${left.step.dev ?? 'the default route'} with their own addresses (${pod.end}), expected masquerading: no answer finds the way back.`,
        confidence: 'likely',
        evidence: [
          { at, note: `by this route ${pod.end} leaves for ${OUTSIDE}, and no rule of nat POSTROUTING matches` },
        ],
        // What ends nat POSTROUTING, or emptied the table, takes the CNI's part too.
        dueTo: [
          ...takenWith(host).map((subject) => ({
            rule: 'kube-proxy/masquerade-broken',
            nodes: [host.node] as const,
            subject,
          })),
          { rule: 'kube-proxy/not-programmed', nodes: [host.node], subject: 'KUBE-SERVICES' },
        ],
        fix: {
          summary: `turn masquerading on in the CNI, unless the network around ${host.node} routes the pods' addresses`,
          commands: [
            "kubectl -n kube-flannel get daemonset kube-flannel-ds -o jsonpath='{.spec.template.spec.containers[0].args}'   # flannel: --ip-masq",
            'calicoctl get ippool -o wide   # Calico: NAT must be true',
          ],
        },
      });
    }
  },
});
