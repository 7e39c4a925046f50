import {
  type CauseDraft,
  defineRule,
  finding,
  type Loss,
  type LostPath,
  openQuestions,
  pairsOf,
  type RouteFact,
  type StackView,
  type Step,
  severityOf,
  shows,
  traceCommand,
  type View,
  waysOf,
} from '#rule';

type Seen = 'route' | 'address';

interface Turn {
  readonly host: StackView<Seen>;
  readonly route: RouteFact;
}

/** Two routes of which one leads to the node that stops the packets, and the other leads the other direction past it. */
interface Divergence {
  readonly there: Turn;
  readonly back: Turn;
  readonly losses: [Loss, ...Loss[]];
}

/** What stops packets for the way that they took: conntrack that saw one direction alone, and the filter of reverse paths. */
const isStateful = (loss: Loss): boolean =>
  loss.netns === '' && (loss.by === 'rp-filter' || /ctstate INVALID|ct state (?:==? )?invalid/.test(loss.reason));

/** A source that its node ought to have replaced comes by the right way, and is told by other rules. */
function keptSource({ pair, outcome }: LostPath): boolean {
  const translated = outcome.legs.some(
    (l) => l.direction === 'request' && l.steps.some((s) => s.translates?.side === 'dst'),
  );
  return translated || (pair.src.kind === 'pods' && pair.dst.kind === 'node');
}

const isDefault = (r: RouteFact): boolean => r.prefix === '0.0.0.0/0' || r.prefix === '::/0';

/** The route that a step of the walk shows. */
function turnOf(view: View<Seen>, step: Step | undefined): Turn | undefined {
  const host = view.allHosts.find((h) => h.node === step?.node);
  const route = host?.facts.route.find((r) => step?.at.includes(r.at));
  return host && route && !isDefault(route) ? { host, route } : undefined;
}

const routeSteps = (steps: readonly Step[]): readonly Step[] =>
  steps.filter((s) => s.kind === 'route' && s.netns === '' && s.at.length > 0);

function divergenceOf(view: View<Seen>, loss: Loss): Omit<Divergence, 'losses'> | undefined {
  const [path] = loss.paths;
  if (keptSource(path)) return undefined;
  const direction = path.outcome.because?.direction;
  const lost = path.outcome.legs.findLast((l) => l.direction === direction);
  const other = path.outcome.legs.find((l) => l.direction === (direction === 'reply' ? 'request' : 'reply'));
  const before = routeSteps(lost?.steps ?? []).filter((s) => s.node !== loss.node);
  const there = turnOf(view, before.at(-1));
  const target = view.allHosts.find((h) => h.node === loss.node);
  const via = there?.route.nexthops.map((n) => n.via) ?? [];
  // The packet was sent here by that route: a switch or a wrong neighbour entry is another fault.
  if (!there || !target?.facts.address.some((a) => via.includes(a.address))) return undefined;
  const [, ...wayBack] = loss.evidence;
  const back =
    loss.by === 'rp-filter'
      ? turnOf(view, { kind: 'route', node: loss.node, netns: '', says: '', at: wayBack })
      : turnOf(
          view,
          routeSteps(other?.steps ?? []).find((s) => s.node !== there.host.node && s.node !== loss.node),
        );
  return back && { there, back };
}

function divergences(view: View<Seen>): readonly Divergence[] {
  const out = new Map<string, Divergence>();
  for (const loss of view.paths.losses) {
    const found = isStateful(loss) ? divergenceOf(view, loss) : undefined;
    if (!found) continue;
    const key = `${found.there.route.at} ${loss.node}`;
    const held = out.get(key);
    if (held) held.losses.push(loss);
    else out.set(key, { ...found, losses: [loss] });
  }
  return [...out.values()];
}

const textOf = (r: RouteFact): string => {
  const [hop] = r.nexthops;
  return `${r.prefix}${hop?.via === undefined ? '' : ` via ${hop.via}`}${hop?.dev === undefined ? '' : ` dev ${hop.dev}`}`;
};

/** Faults of one route alone, which lead packets another way than their answers. */
const OF_ONE_ROUTE = [
  'route/wrong-device-or-gateway',
  'route/missing-peer-subnet',
  'route/shadowed-or-duplicate',
  'route/policy-routing-hijack',
  'route/pod-cidr-twice',
  'route/subnet-overlap',
  'calico/missing-bird-routes',
  'calico/wrong-node-ip',
  'flannel/subnet-overlap',
  'flannel/wrong-interface',
] as const;

export default defineRule({
  id: 'route/asymmetric-path',
  since: '0.1.0',
  severity: 'error',
  title: 'Packets and their answers take different ways, and something on one of them needs both',
  why:
    'Each direction of a connection is routed on its own, and may take another way; that is legal as long as nobody on it keeps state. A strict reverse-path filter drops what comes by another device than ' +
    'the way back (RFC 3704), and conntrack on a node that saw one direction alone calls the next packet INVALID, which kube-proxy and firewalls drop. Both routes look right where they stand.',
  fix: 'Make the two routes lead the same way (the same device, no third node between), or filter reverse paths loosely.',
  needs: ['route', 'address'],
  seeAlso: ['kernel/rp-filter-drop', 'route/wrong-device-or-gateway'],
  *check(view) {
    yield* openQuestions(view.paths, (m) => m.input.startsWith('rp_filter') || m.supply === 'netconf');
    for (const { there, back, losses } of divergences(view)) {
      const [loss] = losses;
      const nodes = [...new Set([there.host.node, loss.node, back.host.node])] as [string, ...string[]];
      const why = view.notComparable(there.route.at, back.route.at);
      const stops =
        loss.by === 'rp-filter'
          ? `the reverse-path filter of ${loss.device ?? 'the device'} there`
          : `conntrack there, which sees one direction alone,`;
      yield finding({
        nodes,
        subject: `${there.host.node} ${there.route.prefix}`,
        message: `${there.host.node} sends ${waysOf(losses)} over ${loss.node} by ${textOf(there.route)}, and the other direction goes by ${textOf(back.route)} of ${back.host.node}: ${stops} drops them.`,
        severity: severityOf(losses, view.paths),
        confidence: why === undefined ? 'certain' : 'likely',
        evidence: [
          shows(there.route, `there: ${there.host.node} sends by this route`),
          shows(back.route, `back: ${back.host.node} sends by this one`),
          ...(why === undefined ? [] : [{ at: there.route.at, note: why }]),
        ],
        dueTo: OF_ONE_ROUTE.map((rule): CauseDraft => ({ rule, nodes })),
        breaks: pairsOf(losses),
        fix: {
          summary: `let ${there.host.node} and ${back.host.node} use the same way for each other's pods; see which of the two routes the CNI wrote`,
          commands: [`ip route show ${there.route.prefix}   # on ${there.host.node}`, traceCommand(loss.paths[0])],
        },
      });
    }
  },
});
