import {
  defineRule,
  type EndpointsFact,
  type EvidenceDraft,
  endpointStep,
  finding,
  isOfFirewall,
  isPromised,
  type LostPath,
  openQuestions,
  type Pair,
  type RuleResult,
  type Step,
  serviceNameOf,
  shows,
  traceCommand,
  unknown,
  type View,
} from '#rule';

type Seen = 'iptables-table' | 'nft-chain' | 'ipvs-service' | 'service' | 'endpoints' | 'pod' | 'node';

/** Somebody who is given a service's packets and is no endpoint of it. */
interface Stale {
  readonly service: string;
  readonly address: string;
  readonly port: number | undefined;
  readonly why: string;
  readonly endpoints: EndpointsFact;
  /** The step that gave it the packets, by node. */
  readonly steps: Map<string, Step>;
  readonly lost: Pair[];
  readonly first: LostPath;
}

/** What is known of a service's endpoints, and of who could be one. */
interface Known {
  readonly ofService: ReadonlyMap<string, readonly EndpointsFact[]>;
  readonly pods: ReadonlySet<string>;
  readonly nodes: ReadonlySet<string>;
  /** Were all pods listed? */
  readonly listed: boolean;
}

function knownOf(view: View<Seen>): Known {
  const ofService = new Map<string, EndpointsFact[]>();
  for (const e of view.cluster.endpoints) {
    const name = `${e.namespace}/${e.name}`;
    ofService.set(name, [...(ofService.get(name) ?? []), e]);
  }
  return {
    ofService,
    pods: new Set(view.cluster.pod.flatMap((p) => p.ips)),
    nodes: new Set([...view.cluster.node.flatMap((n) => n.internalIps), ...view.nodes.flatMap((n) => n.addresses)]),
    listed: view.cluster.pod.length > 0 && view.clusterAbsence('pod').known,
  };
}

/** Why the address and port are no endpoint; undefined: they are, or it is not known. A pod that is listed may be on its way out. */
function whyStale(
  known: Known,
  endpoints: readonly EndpointsFact[],
  address: string,
  port: number | undefined,
): string | undefined {
  const held = endpoints.filter((e) => e.addresses.some((a) => a.ip === address));
  const isCut = endpoints.some((e) => (e.more ?? 0) > 0);
  if (held.length === 0) {
    if (known.pods.has(address) || known.nodes.has(address) || (isCut && !known.listed)) return undefined;
    return known.listed ? 'which is no endpoint of it and no pod' : 'which is no endpoint of it';
  }
  const ports = held.flatMap((e) => e.ports.map((p) => p.port));
  if (isCut || port === undefined || ports.length === 0 || ports.includes(port)) return undefined;
  return `where its endpoint has port ${[...new Set(ports)].join(', ')}`;
}

function staleOf(view: View<Seen>): readonly Stale[] {
  const known = knownOf(view);
  const found = new Map<string, Stale>();
  for (const pair of view.paths.pairs) {
    if (!/^(?:service|dns|api|node-port)$/.test(pair.dst.kind)) continue;
    const service = serviceNameOf(pair);
    const endpoints = known.ofService.get(service) ?? [];
    const [listed] = endpoints;
    for (const outcome of listed ? pair.trace.outcomes : []) {
      const step = endpointStep(outcome);
      if (!listed || !step || !view.node(step.node)) continue;
      const { address, port } = step.translates ?? {};
      if (address === undefined) continue;
      const key = `${service} ${address} ${port ?? ''}`;
      const why = found.get(key)?.why ?? whyStale(known, endpoints, address, port);
      if (why === undefined) continue;
      const { trace } = pair;
      const probe = {
        src: trace.src,
        dst: trace.dst,
        proto: trace.proto,
        ...(trace.port !== undefined && { port: trace.port }),
      };
      const stale: Stale = found.get(key) ?? {
        service,
        address,
        port,
        why,
        endpoints: listed,
        steps: new Map(),
        lost: [],
        first: { pair, outcome, probe },
      };
      found.set(key, stale);
      if (!stale.steps.has(step.node)) stale.steps.set(step.node, step);
      if (outcome.verdict === 'dropped') stale.lost.push(pair);
    }
  }
  return [...found.values()];
}

function* resultsOf(view: View<Seen>, stale: Stale): Generator<RuleResult> {
  const { service, address, port, why, endpoints, steps, lost, first } = stale;
  const [[node, step] = ['', undefined], ...others] = [...steps].sort(([a], [b]) => (a < b ? -1 : 1));
  const [at] = step?.at ?? [];
  if (at === undefined) return;
  const target = port === undefined ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const skew = view.notComparable(at, endpoints.at);
  if (skew !== undefined) {
    yield unknown({
      node,
      input: `whether ${target} was an endpoint of ${service} then`,
      reason: 'not-comparable',
      detail: skew,
      at,
    });
    return;
  }
  const promised = lost.filter((pair) => isPromised({ ...first, pair }));
  const evidence: [EvidenceDraft, ...EvidenceDraft[]] = [
    { at, note: `${node} sends there` },
    ...others.slice(0, 2).flatMap(([n, s]) => s.at.slice(0, 1).map((line) => ({ at: line, note: `${n} too` }))),
    shows(endpoints, 'the endpoints of the service'),
  ];
  const where = others.length === 0 ? node : `${node} and ${others.length} more`;
  yield finding({
    nodes: [node, ...others.map(([n]) => n)],
    subject: `${service} to ${target}`,
    message: `kube-proxy of ${where} gives packets for ${service} to ${target}, ${why}: ${lost.length === 0 ? 'nobody is known to answer there' : `${lost.length} of ${view.paths.pairs.length} paths lose the share of their connections that goes there`}.`,
    severity: promised.length > 0 ? 'error' : 'warning',
    confidence: lost.length > 0 ? 'certain' : 'likely',
    evidence,
    // Of one node alone, the rules of the others tell more.
    ...(others.length === 0 && { restsOn: [at] }),
    ...(lost.length > 0 && { breaks: [...new Set(lost)] }),
    fix: {
      summary: `see why kube-proxy of ${where} does not learn of changes (does it reach the API server?), and restart it`,
      commands: [
        `kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=${view.node(node)?.kubernetesName ?? node}`,
        traceCommand(first),
      ],
    },
  });
}

export default defineRule({
  id: 'kube-proxy/stale-endpoint',
  since: '0.1.0',
  severity: 'error',
  title: 'A node sends packets for a service to what is no endpoint of it',
  why:
    'kube-proxy writes the endpoints of each service into the rules of its node. Where it no longer hears of changes (cut off from the API server, hung, replaced by something that left its rules behind), the rules go on ' +
    'naming pods that are gone or ports that they had before. One connection out of as many as there are endpoints then hangs or is refused, from that node alone, and it looks like a fault of the application.',
  fix: 'See in the log of kube-proxy on that node why it is cut off, and restart it: it writes all of its rules again.',
  needs: ['endpoints', ['iptables-table', 'nft-chain', 'ipvs-service']],
  uses: ['service', 'pod', 'node', 'iptables-table', 'nft-chain', 'ipvs-service'],
  seeAlso: ['kube-proxy/nodes-disagree', 'kube-proxy/not-programmed', 'kube-proxy/stale-udp-conntrack'],
  *check(view) {
    yield* openQuestions(view.paths, isOfFirewall);
    for (const stale of staleOf(view)) yield* resultsOf(view, stale);
  },
});
