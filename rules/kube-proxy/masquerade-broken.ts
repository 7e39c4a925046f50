import {
  defineRule,
  type EvidenceDraft,
  finding,
  isOfFirewall,
  lostByKeptSource,
  masqueradeGapOf,
  openQuestions,
  type Probe,
  senderOf,
  shows,
  traceCommand,
  unknown,
  type View,
} from '#rule';

type Seen = 'iptables-table' | 'nft-chain' | 'nft-set' | 'ipvs-service' | 'service' | 'endpoints' | 'pod';

/** Ways that are walked to see whether a pod reaches itself. */
const MOST_ASKED = 4;

/** A pod of the node that asks a service of which it is an endpoint, and is given itself with its own address as source. */
interface ToItself {
  readonly service: string;
  readonly probe: Probe;
  readonly shows: EvidenceDraft;
}

function lostToItself(view: View<Seen>, node: string): ToItself | undefined {
  const nodeOf = new Map(view.cluster.pod.flatMap((p) => p.ips.map((ip) => [ip, view.node(p.node ?? '')?.name])));
  const hosts = new Set(view.nodes.flatMap((n) => n.addresses));
  const asked = view.cluster.endpoints.flatMap((e): ToItself[] => {
    const service = view.cluster.service.find((s) => s.namespace === e.namespace && s.name === e.name);
    const [dst] = service?.clusterIps ?? [];
    const [port] = service?.ports ?? [];
    const own = e.addresses.find((a) => a.ready !== false && nodeOf.get(a.ip) === node && !hosts.has(a.ip));
    if (!service || dst === undefined || !port || !own || view.notComparable(e.at, service.at) !== undefined) return [];
    const proto = port.protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp';
    const probe: Probe = { src: own.ip, dst, proto, port: port.port };
    return [{ service: `${e.namespace}/${e.name}`, probe, shows: shows(e, `${own.ip} is one of its endpoints`) }];
  });
  return asked.slice(0, MOST_ASKED).find(({ probe }) => {
    const walked = view.paths.trace(probe);
    return (
      walked.kind === 'trace' &&
      walked.trace.outcomes.some(
        (o) => o.verdict === 'dropped' && o.endpoint === probe.src && o.because?.by === 'martian-source',
      )
    );
  });
}

const sufferers = (paths: string, itself: ToItself | undefined): string =>
  [
    paths,
    itself
      ? `pods that ask their own service are lost where they get themselves (${itself.probe.src} of ${itself.service})`
      : '',
  ]
    .filter((s) => s !== '')
    .join(', and ') ||
  'NodePorts, and services that a node or their own pod asks, will fail wherever the answer takes another way';

export default defineRule({
  id: 'kube-proxy/masquerade-broken',
  since: '0.1.0',
  severity: 'error',
  title: "What kube-proxy marks is not masqueraded: answers of services don't come back",
  why:
    'kube-proxy marks packets whose answers must come back by its node (KUBE-MARK-MASQ, bit 0x4000): those of a node to a service, of NodePorts, and of a pod to itself through its service; its rules in ' +
    'nat POSTROUTING give the marked ones the address of the node. Where the mark is not set, is taken away, or nobody asks for it, a node asks with an address that the way back does not lead through the ' +
    'node, reverse-path filters drop the packet, the client gets an answer from somebody whom it never asked, and a pod gets its own packet and drops it.',
  fix: 'Restart kube-proxy on the node, which writes its rules again, and find what changes the mark or stands before KUBE-POSTROUTING.',
  needs: [['iptables-table', 'nft-chain']],
  uses: ['iptables-table', 'nft-chain', 'nft-set', 'ipvs-service', 'service', 'endpoints', 'pod'],
  seeAlso: ['kube-proxy/not-programmed'],
  *check(view) {
    yield* openQuestions(view.paths, isOfFirewall);
    for (const host of view.hosts) {
      const lost = lostByKeptSource(view.paths, host.node);
      const kept = lost.map(({ pair, outcome }) => ({ src: senderOf(pair), dst: outcome.endpoint }));
      const gap = masqueradeGapOf(host.facts, kept);
      if (gap?.at === undefined) continue;
      const nft = host.facts['nft-chain'].some((c) => c.table === 'kube-proxy' && c.family === 'ip');
      const listed = nft
        ? host.absence('nft-chain', { family: 'ip', table: 'kube-proxy' })
        : host.absence('iptables-table', { family: '4', table: 'nat' });
      if (gap.lacks && !listed.known) {
        yield unknown({
          node: host.node,
          input: nft ? 'nft list ruleset' : 'iptables-save',
          supply: nft ? 'nft-chain' : 'iptables-table',
          reason: listed.reason,
          ...(listed.detail !== undefined && { detail: listed.detail }),
        });
        continue;
      }
      const itself = lostToItself(view, host.node);
      const pairs = [...new Set(lost.map((p) => p.pair))];
      yield finding({
        nodes: [host.node],
        subject: gap.subject,
        message: `What kube-proxy of ${host.node} marks keeps its source: ${gap.says}. ${sufferers(lost.length > 0 ? `${pairs.length} of ${view.paths.pairs.length} paths are lost so` : '', itself)}.`,
        severity: lost.length > 0 || itself ? 'error' : 'warning',
        evidence: [{ at: gap.at, note: gap.says }, ...(itself ? [itself.shows] : [])],
        breaks: pairs,
        // What leaves too early goes; what is missing cannot be put back here.
        ...(!gap.lacks && { repair: [{ node: host.node, kind: 'remove', at: gap.at }] }),
        fix: {
          summary: `restart kube-proxy of ${host.node}, and find what changed its rules`,
          commands: [
            `kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=${host.node} | grep kube-proxy   # then delete that pod`,
            ...(itself ? [traceCommand(itself)] : []),
          ],
        },
      });
    }
  },
});
