import {
  addressOwners,
  type BgpSession,
  bgpCause,
  bgpSessions,
  calicoAddresses,
  capturedName,
  defineRule,
  type EvidenceDraft,
  type Fix,
  finding,
  isCalicoRoute,
  type KeptAway,
  keptAway,
  knownAddresses,
  mainTable,
  type NodeFact,
  type NonEmpty,
  outputAt,
  type RouteFact,
  type RuleResult,
  type Severity,
  type StackView,
  secondsInState,
  sessionsTowards,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'bgp-peer' | 'bird-protocol' | 'calico-status' | 'route' | 'node' | 'pod' | 'component-log';
type Host = StackView<Seen>;

const NO_BACKEND = /^None of the BGP backend processes/;

const evidenceOf = (session: BgpSession): NonEmpty<EvidenceDraft> => {
  const [first, ...rest] = session.facts;
  return [shows(first), ...rest.slice(0, 2).map((f) => shows(f))];
};

interface Judged {
  readonly severity: Severity;
  readonly likely?: boolean;
  readonly because?: string;
  readonly more?: readonly EvidenceDraft[];
}

const STARTING = 60;

/** What keeps TCP 179 away, whoever of the two begins. */
function blockedBy({ view }: Context, { node }: Host, session: BgpSession, owner?: string): KeptAway | undefined {
  const own = view.node(node)?.addresses.find((a) => a.includes(':') === session.peer.includes(':'));
  const there = { node: owner, address: session.peer };
  return keptAway(view, { node, address: own }, there, 179, session.facts[0].at);
}

/** What is asked for every session, gathered once. */
interface Context {
  readonly view: View<Seen>;
  /** Node by each address that a capture gives it; '' when several claim it. */
  readonly owners: ReadonlyMap<string, string>;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly kubernetes: ReadonlyMap<string, NodeFact>;
  /** Are Calico's own addresses of the nodes known? */
  readonly addressed: boolean;
}

function contextOf(view: View<Seen>): Context {
  return {
    view,
    owners: addressOwners(view),
    kubernetes: new Map(view.cluster.node.map((n) => [capturedName(view.nodes, n.name), n])),
    hosts: new Map(view.allHosts.map((h) => [h.node, h])),
    addressed: view.cluster.node.some((n) => n.annotations['projectcalico.org/IPv4Address'] !== undefined),
  };
}

/** The other end's view of the session, when the peer was captured at the same time. */
function otherEnd(
  { view, hosts }: Context,
  host: Host,
  session: BgpSession,
  owner: string | undefined,
): BgpSession | undefined {
  const peer = owner === undefined ? undefined : hosts.get(owner);
  const mine = view.node(host.node)?.addresses ?? [];
  const other = peer && bgpSessions(peer.facts).find((s) => mine.includes(s.peer));
  return other && view.notComparable(session.facts[0].at, other.facts[0].at) === undefined ? other : undefined;
}

function judge(context: Context, host: Host, session: BgpSession, blocked?: KeptAway): Judged {
  const { view } = context;
  const owner = context.owners.get(session.peer);
  const node = owner === undefined ? undefined : context.kubernetes.get(owner);
  if (node?.ready === false)
    return {
      severity: 'warning',
      because: `${owner} is not Ready anyway`,
      more: [shows(node, `${node.name} is not Ready`)],
    };
  // What nobody lets through will not come up by itself.
  if (blocked?.both) return { severity: 'error' };
  const capture = view.captureOf(session.facts[0].at);
  const seconds = secondsInState(session, capture?.time ?? capture?.mtime);
  if (seconds !== undefined && seconds < STARTING)
    return { severity: 'warning', likely: true, because: `it is ${seconds} s in that state and may still be starting` };
  if (session.changing)
    return { severity: 'warning', likely: true, because: 'another capture shows it Established, so it comes and goes' };
  const other = otherEnd(context, host, session, owner);
  if (other?.established)
    return {
      severity: 'warning',
      likely: true,
      because: `${owner} shows it Established, so it comes and goes`,
      more: [shows(other.facts[0], `${owner} sees it so`)],
    };
  if (/Passive/i.test(session.says) && !other)
    return { severity: 'warning', likely: true, because: 'whether the peer tries to connect was not captured' };
  if (session.kind === 'mesh' && owner === undefined && context.addressed && view.clusterAbsence('node').known)
    return {
      severity: 'warning',
      likely: true,
      because: 'no Kubernetes node has that address, so a Calico node object may be left over',
    };
  if (session.kind === 'other' && owner === undefined && bgpSessions(host.facts).some((s) => s.established))
    return { severity: 'warning', because: 'other sessions are up' };
  return { severity: 'error', ...(other && { more: [shows(other.facts[0], `${owner} sees it so`)] }) };
}

const fixFor = (host: Host, session: BgpSession, blocked?: KeptAway): Fix => ({
  summary: blocked
    ? 'let TCP 179 pass between the nodes, in both directions'
    : `on ${host.node} look whether the peer answers, and on the peer whether BIRD runs and which address it uses`,
  commands: [
    ...(/^[0-9a-fA-F:.]+$/.test(session.peer) ? [`nc -vz ${session.peer} 179`] : []),
    'kubectl get pods -A -l k8s-app=calico-node -o wide',
    'calicoctl get nodes -o wide',
  ],
});

/** So many sessions that are all down have one cause, and it is on this side. */
const MANY = 3;

/** Nothing but sessions that are down: one finding instead of one per peer. */
function isolated(context: Context, host: Host): RuleResult | undefined {
  const sessions = bgpSessions(host.facts);
  const [first, ...rest] = sessions;
  if (!first || sessions.length < MANY || sessions.some((s) => s.established)) return undefined;
  if (sessions.some((s) => judge(context, host, s).severity !== 'error')) return undefined;
  const owner = context.owners.get(first.peer) || undefined;
  const blocked = blockedBy(context, host, first, owner);
  const says = new Set(sessions.map((s) => s.says)).size === 1 ? `: each is "${first.says}"` : '';
  return finding({
    nodes: [host.node],
    subject: 'all peers',
    message: `None of the ${sessions.length} BGP sessions of ${host.node} is established${says}, expected all: ${blocked?.says ?? `${bgpCause(first)}, or this node is cut off`}; it has no routes to the pods of other nodes and they none to its own.`,
    evidence: [
      shows(first.facts[0]),
      ...(blocked ? [blocked.evidence] : []),
      ...rest.slice(0, 2).map((s) => shows(s.facts[0])),
    ],
    fix: fixFor(host, first, blocked),
  });
}

function* downSessions(context: Context, host: Host): Iterable<RuleResult> {
  const all = isolated(context, host);
  if (all) {
    yield all;
    return;
  }
  for (const session of bgpSessions(host.facts)) {
    if (session.established) continue;
    const owner = context.owners.get(session.peer) || undefined;
    const blocked = blockedBy(context, host, session, owner);
    const { severity, likely, because, more = [] } = judge(context, host, session, blocked);
    const named = owner === undefined || owner === session.peer ? session.peer : `${session.peer} (${owner})`;
    const [shown, ...others] = evidenceOf(session);
    const ends: NonEmpty<EvidenceDraft> = [shown, ...(blocked ? [blocked.evidence] : []), ...others, ...more];
    yield finding({
      nodes: [host.node],
      subject: session.peer,
      message: `BGP of ${host.node} with ${named} is "${session.says}", expected Established: ${[blocked?.says, because ?? (blocked ? undefined : bgpCause(session)), because === undefined ? 'routes to the pods behind that peer are missing' : undefined].filter((t) => t !== undefined).join('; ')}.`,
      severity,
      ...(likely && { confidence: 'likely' as const }),
      evidence: ends,
      // A peer whose BIRD is gone, or that is cut off from all, is the cause and not this end.
      ...(owner !== undefined && {
        dueTo: ['bird', 'all peers'].map((subject) => ({
          rule: 'calico/bgp-not-established',
          nodes: [owner] as const,
          subject,
        })),
      }),
      fix: fixFor(host, session, blocked),
    });
  }
}

const birdRoute = (host: Host): RouteFact | undefined =>
  mainTable(host.facts.route).find((r) => r.proto === 'bird' && isCalicoRoute(r));

/** BIRD is not there at all. With VXLAN or policy only Calico runs without it, so there must be a sign that BGP is used. */
function* noBackend(context: Context, host: Host): Iterable<RuleResult> {
  if (bgpSessions(host.facts).length > 0) return;
  const { view } = context;
  const status = host.facts['calico-status'].find((s) => NO_BACKEND.test(s.message) || !s.running);
  const failed = view.model.captures.find(
    (c) =>
      c.command === 'birdcl' &&
      c.place.kind === 'stack' &&
      c.place.node === host.node &&
      /Unable to connect/.test(c.failure?.detail ?? ''),
  );
  if (!status && !failed) return;
  const peers = sessionsTowards(view.allHosts, context.owners, host.node);
  if (peers.some((p) => p.session.established)) return;
  const [peer] = peers;
  const route = birdRoute(host);
  if (!peer && !route) return;
  const proof: EvidenceDraft[] = [];
  if (failed) proof.push({ at: outputAt(failed) });
  if (status) proof.push(shows(status));
  if (peer) proof.push(shows(peer.session.facts[0], `${peer.node} wants a session with ${host.node}`));
  if (route) proof.push(shows(route, 'routes of BIRD show that BGP is in use'));
  const sure = peer !== undefined || (status !== undefined && NO_BACKEND.test(status.message));
  yield finding({
    nodes: [host.node],
    subject: 'bird',
    message: `BIRD is not running on ${host.node} although BGP is in use, expected running: the node neither announces its pods nor learns of others.`,
    ...(!sure && { confidence: 'likely' as const }),
    evidence: proof as unknown as NonEmpty<EvidenceDraft>,
    fix: {
      summary: `look why BIRD of calico-node on ${host.node} does not run, then restart that pod`,
      commands: [
        `kubectl get pods -A -l k8s-app=calico-node -o wide --field-selector spec.nodeName=${view.node(host.node)?.kubernetesName ?? host.node}`,
        'calicoctl node status',
      ],
    },
  });
}

/** A full mesh has one session per other node. */
function* missingPeers(view: View<Seen>, host: Host): Iterable<RuleResult> {
  const sessions = bgpSessions(host.facts).filter((s) => /^[0-9.]+$/.test(s.peer));
  const [any] = sessions;
  if (!any || !sessions.every((s) => s.kind === 'mesh')) return;
  if (
    !(host.absence('bgp-peer').known && host.facts['bgp-peer'].length > 0) &&
    !(host.absence('bird-protocol').known && host.facts['bird-protocol'].length > 0)
  )
    return;
  if (!view.clusterAbsence('node').known || sessions.length >= view.cluster.node.length - 1) return;
  const addresses = calicoAddresses(view);
  for (const n of view.cluster.node) {
    const node = capturedName(view.nodes, n.name);
    if (node === host.node || n.ready === false || view.notComparable(any.facts[0].at, n.at) !== undefined) continue;
    const calico = addresses.find((a) => a.node === node);
    const known = calico ? [calico.address] : knownAddresses(view.nodes, view.cluster, node).map((k) => k.address);
    const runs =
      calico !== undefined ||
      view.cluster.pod.some((p) => /^calico-node/.test(p.name) && p.node === n.name && p.status === 'Running');
    if (known.length === 0 || known.some((a) => sessions.some((s) => s.peer === a))) continue;
    yield finding({
      nodes: [host.node],
      subject: known[0] ?? node,
      message: `${host.node} has ${sessions.length} BGP peers in a full mesh of ${view.cluster.node.length} nodes and none is ${node} (${known[0]}): it has no routes to the pods there.`,
      ...(!runs && { confidence: 'likely' as const }),
      evidence: [
        shows(any.facts[0], `one of ${sessions.length} peers`),
        shows(n, `${n.name} is a node${runs ? ' with Calico' : ''}`),
      ],
      fix: {
        summary: `see whether Calico knows ${node}, and restart calico-node on ${host.node} if it does`,
        commands: ['calicoctl get nodes -o wide', 'calicoctl node status'],
      },
    });
  }
}

export default defineRule({
  id: 'calico/bgp-not-established',
  since: '0.1.0',
  severity: 'error',
  title: 'A BGP session of Calico is not established',
  why:
    'Without VXLAN Calico spreads the routes to pod blocks by BGP: BIRD on each node keeps a session over TCP 179 with every other node (or with route reflectors). A session that is down ' +
    'takes the routes of that peer with it, in both directions. With VXLAN or policy only no BIRD runs, and that is fine.',
  fix: 'Let TCP 179 pass between the nodes, see that Calico picked the right address for each node, and that calico-node runs on both ends.',
  addresses: 'equal',
  needs: [['bgp-peer', 'bird-protocol', 'calico-status', 'route']],
  uses: ['node', 'pod', 'component-log'],
  technology: 'calico',
  causedBy: [
    'calico/wrong-node-ip',
    'calico/duplicate-node-ip',
    'calico/bird-or-felix-not-ready',
    'iptables/firewalld-or-ufw-active',
    'iptables/input-blocks-overlay',
    'link/underlay-down',
  ],
  seeAlso: ['calico/missing-bird-routes', 'calico/wrong-node-ip'],
  *check(view) {
    const context = contextOf(view);
    for (const host of view.hosts) {
      const captured =
        host.facts['bgp-peer'].length + host.facts['bird-protocol'].length + host.facts['calico-status'].length > 0;
      yield* downSessions(context, host);
      yield* noBackend(context, host);
      yield* missingPeers(view, host);
      const route = captured ? undefined : birdRoute(host);
      const absence = host.absence('bgp-peer');
      if (route)
        yield unknown({
          node: host.node,
          input: 'bgp-peer',
          reason: absence.known ? 'empty' : absence.reason,
          detail: 'routes of BIRD show that BGP is in use',
          at: route.at,
        });
    }
  },
});
