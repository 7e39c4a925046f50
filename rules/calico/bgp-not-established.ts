import {
  type BgpSession,
  bgpSessions,
  calicoAddresses,
  capturedName,
  defineRule,
  type EvidenceDraft,
  finding,
  isCalicoRoute,
  knownAddresses,
  mainTable,
  type NodeFact,
  type NonEmpty,
  outputAt,
  ownerOfAddress,
  type RouteFact,
  type RuleResult,
  type Severity,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'bgp-peer' | 'bird-protocol' | 'calico-status' | 'route' | 'node' | 'pod' | 'component-log';
type Host = StackView<Seen>;

const NO_BACKEND = /^None of the BGP backend processes/;

/** What BIRD's INFO column says of the cause (proto/bgp/bgp.c, bgp_state_dsc and bgp_err_class). First match counts. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/Connection refused/i, 'nothing listens on TCP 179 there, so BIRD is not running or listens on another address'],
  [/No route to host|unreachable/i, "the peer's address has no route or a firewall rejects TCP 179"],
  [/timed out/i, 'TCP 179 gets no answer: a firewall drops it or the address is wrong'],
  [/Hold timer expired/i, 'keepalives got lost: a firewall, the MTU or a peer without CPU'],
  [/Bad peer AS/i, 'the peer has another AS number than configured'],
  [
    /Connection closed|Connection reset|Connection rejected|Unacceptable|Cease/i,
    'the peer closes the connection: it expects another source address, AS number or password',
  ],
  [/OpenSent|OpenConfirm/i, 'TCP connects but the peer does not agree: AS number, password or source address'],
  [/Passive/i, 'this side waits for the peer to connect, and it does not'],
  [/^down/i, 'the session is shut down'],
  [/Active|Connect/i, 'TCP 179 of the peer does not answer: a firewall, a wrong address, or no BIRD there'],
];

const causeOf = (session: BgpSession): string =>
  CAUSES.find(([pattern]) => pattern.test(session.says))?.[1] ?? 'the session is not up';

const evidenceOf = (session: BgpSession): NonEmpty<EvidenceDraft> => {
  const [first, ...rest] = session.facts;
  return [shows(first), ...rest.map((f) => shows(f))];
};

/** Seconds since the session got into its state. Both clocks are the node's; its zone is unknown, so only an equal zone (UTC) is understood. */
function age(view: View<Seen>, session: BgpSession): number | undefined {
  const capture = view.captureOf(session.facts[0].at);
  const now = capture?.time ?? capture?.mtime;
  const m = /^(\d\d):(\d\d):(\d\d)/.exec(session.since ?? '');
  if (now === undefined || !m) return undefined;
  const since = Number(m[1]) * 3600 + Number(m[2]) * 60 + Number(m[3]);
  return (((Math.floor(now) - since) % 86400) + 86400) % 86400;
}

interface Judged {
  readonly severity: Severity;
  readonly likely?: boolean;
  readonly because?: string;
  readonly more?: readonly EvidenceDraft[];
}

const STARTING = 60;

/** Every address that any capture gives a node of this cluster. */
function ownersOf(view: View<Seen>): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const n of view.nodes) for (const a of n.addresses) out.set(a, n.name);
  for (const n of view.cluster.node) for (const a of n.internalIps) out.set(a, capturedName(view.nodes, n.name));
  for (const c of calicoAddresses(view)) out.set(c.address, c.node);
  return out;
}

/** The other end's view of the session, when the peer was captured. */
function otherEnd(view: View<Seen>, host: Host, owner: string | undefined): BgpSession | undefined {
  const peer = view.allHosts.find((h) => h.node === owner);
  const mine = view.node(host.node)?.addresses ?? [];
  return peer && bgpSessions(peer.facts).find((s) => mine.includes(s.peer));
}

function judge(view: View<Seen>, host: Host, session: BgpSession, owners: ReadonlyMap<string, string>): Judged {
  const owner = owners.get(session.peer);
  const node: NodeFact | undefined = view.cluster.node.find((n) => capturedName(view.nodes, n.name) === owner);
  if (node?.ready === false)
    return {
      severity: 'warning',
      because: `${owner} is not Ready anyway`,
      more: [shows(node, `${node.name} is not Ready`)],
    };
  const seconds = age(view, session);
  if (seconds !== undefined && seconds < STARTING)
    return { severity: 'warning', likely: true, because: `it is ${seconds} s in that state and may still be starting` };
  if (session.changing)
    return { severity: 'warning', likely: true, because: 'another capture shows it Established, so it comes and goes' };
  const other = otherEnd(view, host, owner);
  if (other?.established)
    return {
      severity: 'warning',
      likely: true,
      because: `${owner} shows it Established, so it comes and goes`,
      more: [shows(other.facts[0], `${owner} sees it so`)],
    };
  if (/Passive/i.test(session.says) && !other)
    return { severity: 'warning', likely: true, because: 'whether the peer tries to connect was not captured' };
  const addressed = view.cluster.node.some((n) => n.annotations['projectcalico.org/IPv4Address'] !== undefined);
  if (session.kind === 'mesh' && owner === undefined && addressed && view.clusterAbsence('node').known)
    return {
      severity: 'warning',
      likely: true,
      because: 'no Kubernetes node has that address, so a Calico node object may be left over',
    };
  const redundant = bgpSessions(host.facts).some((s) => s.established);
  if (session.kind === 'other' && owner === undefined && redundant)
    return { severity: 'warning', because: 'other sessions are up' };
  return { severity: 'error', ...(other && { more: [shows(other.facts[0], `${owner} sees it so`)] }) };
}

function* downSessions(view: View<Seen>, host: Host, owners: ReadonlyMap<string, string>): Iterable<RuleResult> {
  for (const session of bgpSessions(host.facts)) {
    if (session.established) continue;
    const { severity, likely, because, more = [] } = judge(view, host, session, owners);
    const owner = owners.get(session.peer);
    const named = owner === undefined || owner === session.peer ? session.peer : `${session.peer} (${owner})`;
    const ends: NonEmpty<EvidenceDraft> = [...evidenceOf(session), ...more];
    yield finding({
      nodes: [host.node],
      subject: session.peer,
      message: `BGP of ${host.node} with ${named} is "${session.says}", expected Established: ${because ?? `${causeOf(session)}; routes to the pods behind that peer are missing`}.`,
      severity,
      ...(likely && { confidence: 'likely' as const }),
      evidence: ends,
      fix: {
        summary: `on ${host.node} look whether the peer answers, and on the peer whether BIRD runs and which address it uses`,
        commands: [
          ...(/^[0-9a-fA-F:.]+$/.test(session.peer) ? [`nc -vz ${session.peer} 179`] : []),
          'kubectl get pods -A -l k8s-app=calico-node -o wide',
          'calicoctl get nodes -o wide',
        ],
      },
    });
  }
}

/** Rows of other nodes about a session with this one. */
function seenByPeers(view: View<Seen>, host: Host): readonly { readonly node: string; readonly session: BgpSession }[] {
  return view.allHosts
    .filter((h) => h.node !== host.node)
    .flatMap((h) =>
      bgpSessions(h.facts)
        .filter((s) => ownerOfAddress(view.nodes, view.cluster.node, s.peer) === host.node)
        .map((session) => ({ node: h.node, session })),
    );
}

const birdRoute = (host: Host): RouteFact | undefined =>
  mainTable(host.facts.route).find((r) => r.proto === 'bird' && isCalicoRoute(r));

/** BIRD is not there at all. With VXLAN or policy only Calico runs without it, so there must be a sign that BGP is used. */
function* noBackend(view: View<Seen>, host: Host): Iterable<RuleResult> {
  if (bgpSessions(host.facts).length > 0) return;
  const status = host.facts['calico-status'].find((s) => NO_BACKEND.test(s.message) || !s.running);
  const failed = view.model.captures.find(
    (c) =>
      c.command === 'birdcl' &&
      c.place.kind === 'stack' &&
      c.place.node === host.node &&
      /Unable to connect/.test(c.failure?.detail ?? ''),
  );
  if (!status && !failed) return;
  const peers = seenByPeers(view, host);
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
  needs: [['bgp-peer', 'bird-protocol', 'calico-status', 'route']],
  uses: ['node', 'pod', 'component-log'],
  technology: 'calico',
  causedBy: [
    'calico/wrong-node-ip',
    'calico/duplicate-node-ip',
    'calico/bird-or-felix-not-ready',
    'iptables/firewalld-or-ufw-active',
  ],
  seeAlso: ['calico/missing-bird-routes', 'calico/wrong-node-ip'],
  *check(view) {
    const owners = ownersOf(view);
    for (const host of view.hosts) {
      const captured =
        host.facts['bgp-peer'].length + host.facts['bird-protocol'].length + host.facts['calico-status'].length > 0;
      yield* downSessions(view, host, owners);
      yield* noBackend(view, host);
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
