import {
  type At,
  defineRule,
  type EvidenceDraft,
  finding,
  isOfFirewall,
  type Loss,
  type LostPath,
  openQuestions,
  type ProxyGap,
  pairsOf,
  proofOf,
  proxyGapOf,
  proxyModeOf,
  type Served,
  serviceNameOf,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen =
  | 'iptables-table'
  | 'nft-chain'
  | 'nft-set'
  | 'ipvs-service'
  | 'service'
  | 'endpoints'
  | 'pod'
  | 'kube-proxy-config';

interface Unserved {
  readonly loss: Loss;
  readonly path: LostPath;
  /** Whose rules ought to have translated it. */
  readonly node: string;
}

/** What would show that nobody translated the packet: it leaves for nowhere, or something refuses it in that node. */
const isSign = (loss: Loss): boolean =>
  loss.step === 'wire' ||
  loss.by === 'closed-port' ||
  loss.by === 'reject' ||
  // The nftables mode drops what is for an address that it knows no service of.
  loss.chain === 'cluster-ips-check' ||
  (loss.step === 'route' && loss.by === undefined);

function unserved(losses: readonly Loss[]): readonly Unserved[] {
  return losses.flatMap((loss) =>
    isSign(loss)
      ? loss.paths.flatMap((path): Unserved[] => {
          const { src, dst } = path.pair;
          const node = dst.kind === 'node-port' ? dst.node : src.node;
          // A node's own packet is routed before any rule sees it: without a route that is no fault of kube-proxy.
          const unrouted = loss.step === 'route' && src.kind === 'node' && loss.node === node;
          return path.unserved && node !== undefined && !unrouted ? [{ loss, path, node }] : [];
        })
      : [],
  );
}

const servedBy = ({ pair: { dst }, probe }: LostPath, address: string | undefined): Served => ({
  name: dst.kind === 'node-port' ? `NodePort ${dst.port} (${/\((.+)\)$/.exec(dst.name)?.[1] ?? ''})` : dst.name,
  ip: dst.kind === 'node-port' ? (address ?? '') : probe.dst,
  proto: probe.proto,
  port: probe.port ?? 0,
  ...(dst.kind === 'node-port' && { nodePort: true as const }),
});

/** One thing that lacks, and all that is lost for it. */
interface Group {
  readonly node: string;
  readonly gap: ProxyGap;
  readonly of: [Unserved, ...Unserved[]];
  readonly services: Set<string>;
}

function groupsOf(view: View<Seen>): readonly Group[] {
  const groups = new Map<string, Group>();
  const chosen = view.cluster['kube-proxy-config'].some((c) => c.nodePortAddresses.length > 0);
  for (const u of unserved(view.paths.losses)) {
    const host = view.allHosts.find((h) => h.node === u.node);
    const { dst, src } = u.path.pair;
    if (!host || (dst.kind === 'node-port' && chosen)) continue;
    const served = servedBy(u.path, view.node(u.node)?.addresses[0]);
    const gap = proxyGapOf(host.facts, src.kind === 'node' && src.node === u.node ? 'output' : 'prerouting', served);
    if (!gap) continue;
    const key = `${u.node} ${gap.subject} ${gap.says}`;
    const held = groups.get(key);
    if (held) held.of.push(u);
    else groups.set(key, { node: u.node, gap, of: [u], services: new Set() });
    groups.get(key)?.services.add(served.name);
  }
  return [...groups.values()];
}

/** Ready endpoints of the service, as proof that there is somebody to serve. */
function living(view: View<Seen>, { pair }: LostPath): { readonly at: At } | undefined {
  const name = serviceNameOf(pair);
  return view.cluster.endpoints.find((e) => `${e.namespace}/${e.name}` === name && e.addresses.length > 0);
}

export default defineRule({
  id: 'kube-proxy/not-programmed',
  since: '0.1.0',
  severity: 'error',
  title: 'A node has no working rules for services',
  why:
    "The address of a service is nobody's: rules of kube-proxy on the node where a packet starts, or where it arrives for a NodePort, replace it by that of an endpoint (iptables: KUBE-SERVICES, jumped to " +
    'from nat PREROUTING for pods and from OUTPUT for the node itself; nftables: the table kube-proxy; IPVS: virtual servers). Where a piece of them lacks, or something decides before they are ' +
    'asked, the packet leaves untranslated for a network that does not know it, or is refused, though the service has endpoints.',
  fix: 'Look at the log of kube-proxy on the node, and restart it: it writes all of its rules again.',
  needs: [['iptables-table', 'nft-chain', 'ipvs-service']],
  uses: ['nft-set', 'service', 'endpoints', 'pod', 'kube-proxy-config', 'nft-chain', 'iptables-table', 'ipvs-service'],
  seeAlso: ['kube-proxy/nodes-disagree', 'trace/path-lost'],
  *check(view) {
    yield* openQuestions(view.paths, isOfFirewall);
    const runs = view.allHosts.some((h) => proxyModeOf(h.facts) !== undefined);
    const pods = view.cluster.pod.filter((p) => p.name.startsWith('kube-proxy'));
    for (const { node, gap, of, services } of groupsOf(view)) {
      // Where no node has its rules and none of its pods is seen, something else (Cilium, a proxy in eBPF) may serve.
      if (!runs && pods.length === 0) {
        yield unknown({ node, input: 'who serves services here', reason: 'not-captured' });
        continue;
      }
      const [{ loss, path }] = of;
      const ready = living(view, path);
      const skew = gap.at === undefined || !ready ? undefined : view.notComparable(gap.at, ready.at);
      const own = [
        ...(gap.at === undefined ? [] : [{ at: gap.at, note: gap.says }]),
        ...(gap.at === undefined ? proofOf(loss) : []),
        ...(ready ? [{ at: ready.at, note: `the service has endpoints` }] : []),
      ];
      const pod = pods.find((p) => p.node === node || view.node(p.node ?? '')?.name === node);
      const [first, ...more]: readonly EvidenceDraft[] = own;
      if (!first) continue;
      const names = [...services].sort();
      const several = names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(' and ');
      const pairs = pairsOf(of.map((u) => ({ ...u.loss, paths: [u.path] as const })));
      yield finding({
        nodes: [node],
        subject: gap.subject,
        message: `${node} does not serve ${several}: ${gap.says}. ${pairs.length} of ${view.paths.pairs.length} paths are lost so.`,
        severity: pairs.some((p) => p.dst.kind !== 'node-port' && !p.dst.external && p.src.kind !== 'outside')
          ? 'error'
          : 'warning',
        confidence: skew === undefined ? 'certain' : 'likely',
        // Where other nodes have what this one lacks, that is told first.
        ...(gap.at !== undefined && { restsOn: [gap.at] }),
        evidence: [first, ...more, ...(pod ? [shows(pod, 'its kube-proxy')] : [])],
        breaks: pairs,
        fix: {
          summary: `see why kube-proxy of ${node} did not write the rules, or what took them away, and restart it`,
          commands: [
            `kubectl -n kube-system logs ${pod?.name ?? 'KUBE_PROXY_POD'} | tail -50`,
            `kubectl -n kube-system delete pod ${pod?.name ?? 'KUBE_PROXY_POD'}   # its daemonset makes it again`,
          ],
        },
      });
    }
  },
});
