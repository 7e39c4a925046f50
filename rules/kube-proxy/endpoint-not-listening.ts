import {
  defineRule,
  type EndpointsFact,
  type EvidenceDraft,
  endpointStep,
  finding,
  type Loss,
  type LostPath,
  type NonEmpty,
  natureOf,
  type Pair,
  type RuleResult,
  type SocketFact,
  serviceNameOf,
  shows,
  traceCommand,
  unknown,
  type View,
} from '#rule';

type Seen = 'service' | 'endpoints' | 'pod' | 'socket' | 'address' | 'iptables-table' | 'nft-chain' | 'ipvs-service';

/** An endpoint that refuses, and who is given its packets. */
interface Refusing {
  readonly loss: Loss;
  readonly path: LostPath;
  readonly port: number;
}

/** One port of a service with those of its endpoints that refuse. */
interface Refused {
  readonly dst: Pair['dst'];
  readonly refusing: Map<string, Refusing>;
  readonly pairs: Set<Pair>;
}

const isOfService = ({ dst }: Pair): boolean => /^(?:service|dns|api)$/.test(dst.kind);

/** Names and the API: all else in a cluster hangs on them. The metrics of the DNS are not. */
const isVital = ({ kind, port }: Pair['dst']): boolean => kind === 'api' || (kind === 'dns' && port === 53);

/** By the list of the service's endpoints, is it one with this port? What is none is of those who say where rules are old. */
function isListed(all: readonly EndpointsFact[], address: string, port: number): boolean {
  if (all.length === 0 || all.some((e) => (e.more ?? 0) > 0)) return true;
  return all.some(
    (e) =>
      e.addresses.some((a) => a.ip === address && a.ready !== false) &&
      (e.ports.length === 0 || e.ports.some((p) => p.port === port)),
  );
}

/**
 * The pod that the address is said to be of runs on another node than the one that refuses, or in a stack of its own: who took the address for
 * its own is the fault.
 */
function isElsewhere(view: View<Seen>, address: string, { node, netns }: Loss): boolean {
  const homes = view.cluster.pod
    .filter((p) => p.node !== undefined && p.ips.includes(address))
    .map((p) => view.node(p.node ?? '')?.name);
  const hasOwnStack = view.podStacks.some((s) => s.facts.address.some((a) => a.address === address));
  return (homes.length > 0 && !homes.includes(node)) || (netns === '' && hasOwnStack);
}

function refusedOf(view: View<Seen>): readonly Refused[] {
  const found = new Map<string, Refused>();
  for (const loss of view.paths.losses) {
    if (loss.by !== 'closed-port' || natureOf(loss) !== 'closed') continue;
    for (const path of loss.paths) {
      const { pair, outcome } = path;
      const { address = outcome.endpoint, port } = (isOfService(pair) && endpointStep(outcome)?.translates) || {};
      if (path.diverted || port === undefined || address !== outcome.endpoint) continue;
      const service = serviceNameOf(pair);
      const listed = view.cluster.endpoints.filter((e) => `${e.namespace}/${e.name}` === service);
      if (!isListed(listed, address, port) || isElsewhere(view, address, loss)) continue;
      const key = `${pair.dst.name} ${pair.dst.family}`;
      const held = found.get(key) ?? { dst: pair.dst, refusing: new Map(), pairs: new Set() };
      found.set(key, held);
      held.pairs.add(pair);
      if (!held.refusing.has(address)) held.refusing.set(address, { loss, path, port });
    }
  }
  return [...found.values()];
}

/** All endpoints that somebody's packets are given to. */
const endpointsOf = (view: View<Seen>, { dst }: Refused): ReadonlySet<string> =>
  new Set(
    view.paths.pairs
      .filter((p) => p.dst.name === dst.name && p.dst.family === dst.family)
      .flatMap((p) => p.trace.outcomes.flatMap((o) => (endpointStep(o) || o.legs.length === 0 ? [o.endpoint] : []))),
  );

const isWhole = (view: View<Seen>, refused: Refused): boolean =>
  [...endpointsOf(view, refused)].every((e) => refused.refusing.has(e));

/** What the stack listens on that could have been meant: first the very port, on another address. */
function listenersOf(view: View<Seen>, { loss, port }: Refusing, proto: string): readonly SocketFact[] {
  const stacks = loss.netns === '' ? view.allHosts : view.podStacks;
  const own = stacks
    .filter((s) => s.node === loss.node && s.netns === loss.netns)
    .flatMap((s) => s.facts.socket)
    .filter((s) => s.protocol === proto && (proto !== 'tcp' || s.state === 'LISTEN') && s.port !== undefined);
  const same = own.filter((s) => s.port === port);
  // A node listens on much that has nothing to do with it.
  return same.length > 0 || loss.netns === '' ? same : own.filter((s) => !/^(?:127\.|::1$)/.test(s.address ?? ''));
}

const some = (all: readonly (string | number)[]): string => {
  const each = [...new Set(all)];
  return each.length <= 3 ? each.join(', ') : `${each.slice(0, 3).join(', ')} and ${each.length - 3} more`;
};

/** Services that lead to the same dead ports, the gravest first, and those of which nobody else answers before others. */
function alike(view: View<Seen>): readonly (readonly [Refused, ...Refused[]])[] {
  const groups = new Map<string, [Refused, ...Refused[]]>();
  const rank = (r: Refused): number => (isVital(r.dst) ? 0 : 2) + (isWhole(view, r) ? 0 : 1);
  for (const refused of [...refusedOf(view)].sort((a, b) => rank(a) - rank(b))) {
    const key = [...refused.refusing.values()]
      .map((r) => `${r.path.outcome.endpoint} ${r.port}`)
      .sort()
      .join();
    const held = groups.get(key);
    if (held) held.push(refused);
    else groups.set(key, [refused]);
  }
  return [...groups.values()];
}

function* resultsOf(view: View<Seen>, [refused, ...others]: readonly [Refused, ...Refused[]]): Generator<RuleResult> {
  const { dst, refusing } = refused;
  const all = [...refusing.values()];
  const [first] = all;
  const step = first && endpointStep(first.path.outcome);
  const [at] = step?.at ?? [];
  if (!first || !step || at === undefined) return;
  const { loss, path, port } = first;
  if (loss.skew !== undefined) {
    yield unknown({
      node: loss.node,
      input: `whether anything listened on ${dst.proto} port ${port} of ${path.outcome.endpoint} then`,
      reason: 'not-comparable',
      detail: loss.skew,
      at,
    });
    return;
  }
  const endpoints = endpointsOf(view, refused);
  const whole = isWhole(view, refused);
  const listeners = listenersOf(view, first, dst.proto);
  const [socket] = listeners;
  const isSame = socket?.port === port;
  const addresses = some([...refusing.keys()]);
  const ports = some(all.map((r) => r.port));
  const where = whole
    ? `port ${ports} of ${refusing.size === 1 ? `its endpoint ${addresses}` : `its endpoints (${addresses})`}`
    : `port ${ports} of ${addresses}, ${refusing.size === 1 ? 'one' : refusing.size} of its ${endpoints.size} endpoints`;
  const there = refusing.size === 1 ? 'it listens' : 'they listen';
  const instead = !socket
    ? ''
    : isSame
      ? `; ${there} on ${some(listeners.map((s) => `${s.address ?? '*'}:${s.port}`))} alone`
      : `; ${there} on ${some(listeners.map((s) => s.port ?? 0).sort((a, b) => a - b))}`;
  const listed = view.cluster.endpoints.find((e) => `${e.namespace}/${e.name}` === serviceNameOf(path.pair));
  const service = view.cluster.service.find((s) => `${s.namespace}/${s.name}` === serviceNameOf(path.pair));
  const evidence: NonEmpty<EvidenceDraft> = [
    { at, note: `${step.node} sends there` },
    ...(socket ? [shows(socket, `what ${loss.netns === '' ? loss.node : 'the pod'} listens on`)] : []),
    ...(listed ? [shows(listed, 'the endpoints of the service')] : []),
    ...(service && !listed ? [shows(service)] : []),
  ];
  const nodes = [...new Set(all.map((r) => r.loss.node))].sort();
  const name = serviceNameOf(path.pair);
  yield finding({
    nodes: [nodes[0] ?? loss.node, ...nodes.slice(1)],
    subject: `${dst.name}${dst.family === 6 ? ' over IPv6' : ''}`,
    message: `${dst.name} leads to ${where}, where nothing listens${instead}: ${whole ? 'whoever asks the service is refused' : 'the share of its connections that goes there is refused'}.${others.length === 0 ? '' : ` ${some(others.map((o) => o.dst.name))} ${others.length === 1 ? 'leads' : 'lead'} there too.`}`,
    severity: isVital(dst) ? 'error' : 'warning',
    evidence,
    breaks: [...new Set([refused, ...others].flatMap((r) => [...r.pairs]))],
    fix: {
      summary: isSame
        ? 'let the program listen on the address of the pod (0.0.0.0, or ::)'
        : `let targetPort of the service be a port on which its pods listen, or see why the program there does not listen on ${ports}`,
      commands: [
        `kubectl -n ${name.replace(/\/.*/, '')} get service ${name.replace(/.*\//, '')} -o yaml`,
        traceCommand(path),
      ],
    },
  });
}

export default defineRule({
  id: 'kube-proxy/endpoint-not-listening',
  since: '0.1.0',
  severity: 'error',
  title: 'A service leads to a port on which nothing listens',
  why:
    'kube-proxy gives the packets of a service to the targetPort of its endpoints, and asks nobody whether a program listens there: a pod without a readiness probe counts as ready as soon as it runs. Where targetPort ' +
    'is another port than the program\'s, where the program listens on 127.0.0.1 alone, or has died, the pod\'s kernel refuses ("connection refused") each connection that it is given, while the network, the service and the ' +
    'pod all look healthy. A pod by its name and the right port answers.',
  fix: 'Compare targetPort with what the pod listens on (`ss -ltn` in its namespace), and the address that it listens on with 0.0.0.0.',
  needs: ['service'],
  uses: ['endpoints', 'pod', 'socket', 'address', 'iptables-table', 'nft-chain', 'ipvs-service'],
  onMissing: 'skip',
  seeAlso: ['kube-proxy/no-endpoints', 'kube-proxy/stale-endpoint'],
  *check(view) {
    for (const group of alike(view)) yield* resultsOf(view, group);
  },
});
