import {
  type At,
  defineRule,
  type EvidenceDraft,
  endpointStep,
  finding,
  isPromised,
  type LostPath,
  type NonEmpty,
  type Pair,
  type ProxyDifference,
  type ProxySide,
  proxyDifferences,
  proxyEntriesOf,
  type RuleResult,
  unknown,
  type View,
} from '#rule';

type Seen =
  | 'iptables-table'
  | 'iptables-dump'
  | 'nft-chain'
  | 'nft-set'
  | 'ipvs-service'
  | 'service'
  | 'endpoints'
  | 'pod';

/** Dumps further apart (seconds) than this may show the same kube-proxy before and after a change. */
const APART = 600;

/** What kube-proxy of one node has otherwise, as far as it is equally certain. */
interface Outlier {
  readonly node: string;
  readonly family: 4 | 6;
  readonly all: NonEmpty<ProxyDifference>;
}

/** When a dump was made: by its own header, else by what is known of the capture. */
function timeOf(view: View<Seen>, line: At): number | undefined {
  const capture = view.captureOf(line);
  const dumps = view.allHosts.flatMap((h) => h.facts['iptables-dump']);
  const dump = dumps.find(
    (d) => d.generated !== undefined && capture !== undefined && view.captureOf(d.at) === capture,
  );
  const made = Date.parse(`${dump?.generated} UTC`);
  return Number.isNaN(made) ? capture?.time : made / 1000;
}

/** Why a difference may be one of time. */
function skewOf(view: View<Seen>, { at, proof, head }: ProxyDifference): string | undefined {
  const why = view.notComparable(at, proof.at);
  if (why !== undefined) return why;
  const [here, there] = [timeOf(view, head ?? at), timeOf(view, proof.at)];
  const apart = here === undefined || there === undefined ? 0 : Math.abs(here - there);
  return apart > APART ? `the two dumps were made ${Math.round(apart / 60)} minutes apart` : undefined;
}

function sidesOf(view: View<Seen>, family: 4 | 6): readonly ProxySide[] {
  return view.allHosts.flatMap((host): ProxySide[] => {
    const own = proxyEntriesOf(host.facts, family);
    if (!own) return [];
    const absence =
      own.mode === 'nftables'
        ? host.absence('nft-set', { family: family === 4 ? 'ip' : 'ip6', table: 'kube-proxy' })
        : host.absence('iptables-table', { family: `${family}`, table: 'nat' });
    return [{ node: host.node, own, whole: absence.known }];
  });
}

/** The request of a path as kube-proxy is asked for it. */
const keyOf = ({ pair: { dst }, probe }: LostPath): string =>
  dst.kind === 'node-port' ? `NodePort ${probe.proto} ${probe.port}` : `${probe.dst} ${probe.proto} ${probe.port}`;

/** What is lost because the node lacks an entry, or sends to whom nobody else does. */
function lostBy(view: View<Seen>, { node, all }: Outlier): readonly LostPath[] {
  const without = new Set(all.filter((d) => d.what !== 'endpoints').map((d) => d.key));
  const lines = new Set(all.flatMap((d) => d.strange.map(([, at]) => at)));
  return view.paths.losses.flatMap((loss) =>
    loss.paths.filter((path) => {
      const step = endpointStep(path.outcome);
      if (step) return step.node === node && step.at.some((at) => lines.has(at));
      const { src, dst } = path.pair;
      return (dst.kind === 'node-port' ? dst.node : src.node) === node && without.has(keyOf(path));
    }),
  );
}

const severalOf = (names: readonly string[]): string => {
  const unique = [...new Set(names)];
  return unique.length > 3 ? `${unique.slice(0, 2).join(', ')} and ${unique.length - 2} more` : unique.join(', ');
};

const labelOf = ({ key, name }: ProxyDifference): string => {
  const [first, proto, port] = key.split(' ');
  return first === 'NodePort' ? `NodePort ${port}/${proto} of ${name}` : `${name} (${first} port ${port}/${proto})`;
};

function saysOf(all: readonly ProxyDifference[]): string {
  const lacks = all.filter((d) => d.what === 'lacks').map(labelOf);
  const refuses = all.filter((d) => d.what === 'refuses').map(labelOf);
  const missing = all
    .filter((d) => d.what === 'endpoints' && d.missing.length > 0)
    .map((d) => `${d.missing.join(' and ')} of ${d.name}`);
  const strange = all
    .filter((d) => d.strange.length > 0)
    .map((d) => `${d.strange.map(([to]) => to).join(' and ')} for ${d.name}`);
  return [
    lacks.length > 0 ? `lacks ${severalOf(lacks)}` : '',
    refuses.length > 0 ? `refuses ${severalOf(refuses)} as without endpoints` : '',
    missing.length > 0 ? `sends nothing to ${severalOf(missing)}` : '',
    strange.length > 0 ? `sends to ${severalOf(strange)}` : '',
  ]
    .filter((s) => s !== '')
    .join('; ');
}

const noteOf = (d: ProxyDifference): string =>
  d.what === 'lacks'
    ? `beside this line the one for ${labelOf(d)} is missing`
    : d.what === 'refuses'
      ? `refuses ${d.name}`
      : d.strange.length > 0
        ? `no other node sends ${d.name} there`
        : `beside this line the one for ${d.missing[0]} is missing`;

function evidenceOf(all: NonEmpty<ProxyDifference>): NonEmpty<EvidenceDraft> {
  const [first, ...others] = all;
  const rest = [
    ...others.slice(0, 4).map((d) => ({ at: d.at, note: noteOf(d) })),
    ...all.slice(0, 3).map((d) => ({ at: d.proof.at, note: `${d.proof.node} has it: ${d.name}` })),
    ...all
      .flatMap((d) => (d.object === undefined ? [] : [{ at: d.object, note: `what the API server says of ${d.name}` }]))
      .slice(0, 2),
    ...all
      .flatMap((d) => (d.head === undefined ? [] : [{ at: d.head, note: 'what the entry is missing from' }]))
      .slice(0, 2),
    // Lines that other rules decide by, so that what they find is known to come of this.
    ...all.flatMap((d) => d.strange.map(([to, at]) => ({ at, note: `sends to ${to}` }))),
  ];
  const head: EvidenceDraft = { at: first.at, note: noteOf(first) };
  return [head, ...rest.filter((e, i) => e.at !== head.at && rest.findIndex((o) => o.at === e.at) === i)];
}

function resultOf(view: View<Seen>, outlier: Outlier): RuleResult {
  const { node, family, all } = outlier;
  const [first] = all;
  const lost = lostBy(view, outlier);
  const breaks: readonly Pair[] = [...new Set(lost.map((p) => p.pair))];
  const others = [...new Set(all.flatMap((d) => d.others))].sort();
  const kubernetesName = view.node(node)?.kubernetesName ?? node;
  const isCertain = all.some((d) => d.sure === 'certain');
  const undecided = all.every((d) => d.undecided);
  const who = others.length > 3 ? `${others.length} other nodes` : others.join(' and ');
  const doubt = undecided
    ? ` Which of the two is right no captured object says.`
    : first.sure === 'possible'
      ? ' Endpoints that are chosen by node or zone look so too.'
      : '';
  return finding({
    nodes: undecided ? [node, ...others] : [node],
    subject: `${first.sure === 'possible' ? 'services, possibly' : 'services'}${family === 6 ? ' over IPv6' : ''}`,
    message: `kube-proxy of ${node} has other rules than ${who}: it ${saysOf(all)}.${breaks.length > 0 ? ` ${breaks.length} of ${view.paths.pairs.length} paths are lost so.` : ''}${doubt}`,
    severity: isCertain && lost.some(isPromised) ? 'error' : 'warning',
    confidence: isCertain ? 'certain' : first.sure,
    evidence: evidenceOf(all),
    ...(breaks.length > 0 && { breaks }),
    fix: {
      summary: `see why kube-proxy of ${node} does not learn of changes (does it reach the API server?), and restart it: it writes all of its rules again`,
      commands: [
        `kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=${kubernetesName} | grep kube-proxy`,
        'kubectl -n kube-system logs KUBE_PROXY_POD | tail -50   # then delete that pod',
      ],
    },
  });
}

function* disagreements(view: View<Seen>, sides: readonly ProxySide[], family: 4 | 6): Generator<RuleResult> {
  const objects = {
    services: view.cluster.service,
    listed: view.cluster.service.length > 0 && view.clusterAbsence('service').known,
    endpoints: view.cluster.endpoints,
    pods: new Map(
      view.cluster.pod.flatMap((p) => p.ips.map((ip) => [ip, view.node(p.node ?? '')?.name ?? p.node] as const)),
    ),
  };
  for (const { node } of sides.length > 1 ? sides.filter((s) => !s.whole) : [])
    yield unknown({ node, input: 'all rules of kube-proxy', supply: 'iptables-table', reason: 'truncated' });
  const groups = new Map<string, [ProxyDifference, ...ProxyDifference[]]>();
  const skewed = new Set<string>();
  for (const d of proxyDifferences(sides, objects, family)) {
    const skew = skewOf(view, d);
    if (skew !== undefined) {
      if (!skewed.has(d.node))
        yield unknown({
          node: d.node,
          input: 'whether all nodes serve the same services',
          reason: 'not-comparable',
          detail: skew,
          at: d.at,
        });
      skewed.add(d.node);
      continue;
    }
    const key = `${d.node} ${d.sure === 'possible'}`;
    const held = groups.get(key);
    if (held) held.push(d);
    else groups.set(key, [d]);
  }
  for (const all of groups.values()) yield resultOf(view, { node: all[0].node, family, all });
}

export default defineRule({
  id: 'kube-proxy/nodes-disagree',
  since: '0.1.0',
  severity: 'error',
  title: 'kube-proxy of one node has other services or endpoints than the rest',
  why:
    'Every kube-proxy writes the same services, NodePorts and endpoints into the rules of its node, but for those that a traffic policy or hints choose by node. One that no longer hears of changes (cut off from the API server, hung, its ' +
    'rules changed by hand or by another program) goes on with what it knew: services that came later are not answered on that node, endpoints that came later get nothing from it, and those that are gone still get their share.',
  fix: 'See in the log of kube-proxy on that node why it is cut off, and restart it: it writes all of its rules again.',
  needs: [['iptables-table', 'nft-chain', 'ipvs-service']],
  uses: ['iptables-table', 'iptables-dump', 'nft-chain', 'nft-set', 'ipvs-service', 'service', 'endpoints', 'pod'],
  addresses: 'equal',
  onMissing: 'skip',
  seeAlso: ['kube-proxy/not-programmed', 'kube-proxy/stale-endpoint'],
  *check(view) {
    const [four, six] = [sidesOf(view, 4), sidesOf(view, 6)];
    if (four.length < 2 && six.length < 2)
      yield unknown({
        input: "kube-proxy's rules of two nodes",
        supply: 'iptables-table',
        reason: 'not-captured',
      });
    yield* disagreements(view, four, 4);
    yield* disagreements(view, six, 6);
  },
});
