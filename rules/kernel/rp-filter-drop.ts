import {
  type At,
  type CauseDraft,
  defineRule,
  type FactChange,
  type Fix,
  finding,
  type Loss,
  type NonEmpty,
  nodesOf,
  openQuestions,
  pairsOf,
  severityOf,
  shows,
  waysOf,
} from '#rule';

interface OfDevice {
  readonly dev: string;
  readonly losses: [Loss, ...Loss[]];
}

/** One device's filter, or one rule, is one fault, whomever it drops. */
function byDevice(all: readonly Loss[]): readonly OfDevice[] {
  const groups = new Map<string, OfDevice>();
  for (const loss of all) {
    if (loss.by !== 'rp-filter' || loss.netns !== '' || loss.device === undefined) continue;
    const key = `${loss.node} ${loss.device} ${loss.table === undefined ? '' : loss.evidence[0]}`;
    const held = groups.get(key);
    if (held) held.losses.push(loss);
    else groups.set(key, { dev: loss.device, losses: [loss] });
  }
  return [...groups.values()];
}

/** A source that its own node ought to have replaced: of what pods send to hosts, or of what was sent to a service. */
function sourceKept(losses: readonly Loss[]): readonly CauseDraft[] {
  const paths = losses.flatMap((l) => l.paths);
  const nodes = [...new Set(losses.flatMap(nodesOf))] as [string, ...string[]];
  const toHosts = paths.some(({ pair }) => pair.src.kind === 'pods' && pair.dst.kind === 'node');
  const toServices = paths.some((p) =>
    p.outcome.legs.some((leg) => leg.direction === 'request' && leg.steps.some((s) => s.translates?.side === 'dst')),
  );
  return [
    ...(toHosts ? [{ rule: 'iptables/missing-egress-masquerade', nodes }] : []),
    ...(toServices
      ? ['kube-proxy/masquerade-broken', 'kube-proxy/cluster-cidr-mismatch'].map((rule) => ({ rule, nodes }))
      : []),
    { rule: 'route/asymmetric-path', nodes },
  ];
}

interface Filter {
  readonly name: string;
  /** What the look-up of the way back found. */
  readonly found: string;
  /** What the deciding line says. */
  readonly note: string;
  readonly repair?: NonEmpty<FactChange>;
  readonly fix: Fix;
}

/** The kernel's own filter, or a rule that asks the same (`-m rpfilter --invert`, `fib saddr . iif oif missing`): those of Calico and firewalld do. */
function filterOf({ node, reason, table }: Loss, dev: string, at: At): Filter {
  const addRoute: Fix = {
    summary: `on ${node} add the missing route back`,
    commands: [`ip route show table all   # on ${node}`],
  };
  if (table !== undefined)
    return {
      name: `A rule of ${table} that asks for the way back on ${node}`,
      found: /\((the(?:re)? [^()]*)\)$/.exec(reason)?.[1] ?? reason,
      note: `what comes by ${dev} must have its way back by it`,
      repair: [{ node, kind: 'remove', at }],
      fix: {
        ...addRoute,
        summary: `on ${node} make the way back the same as the way there, or let the sender use the address that ${node} routes to it`,
      },
    };
  const found = reason.replace(/^[^:]*: /, '');
  const strict = / strict /.test(reason);
  const name = `${strict ? 'Strict' : 'Loose'} reverse-path filtering on ${dev} of ${node}`;
  const note = `reverse-path filtering of ${dev} is ${strict ? 'strict' : 'loose'}`;
  if (!strict) return { name, found, note, fix: addRoute };
  return {
    name,
    found,
    note,
    repair: [{ node, kind: 'set', key: 'rp_filter', dev, value: 2 }],
    fix: {
      summary: `on ${node} make the way back the same, or let ${dev} filter loosely (the greater of all and the device counts)`,
      commands: [
        `sysctl -w net.ipv4.conf.${dev.replaceAll('.', '/')}.rp_filter=2`,
        'grep -rn rp_filter /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d',
      ],
    },
  };
}

export default defineRule({
  id: 'kernel/rp-filter-drop',
  since: '0.1.0',
  severity: 'error',
  title: 'Reverse-path filtering drops packets between pods',
  why:
    'With rp_filter the kernel looks up the way back to the source of each packet. Strict (1): it must leave by the device that the packet came from; loose (2): there must be some route. The greater ' +
    'of conf.all and conf.<device> counts. Packets that take one way and answers that take another are dropped without a word: two NICs, policy routing, a tunnel beside a direct route, a route that is ' +
    'missing or wrong. The counter is TcpExtIPReversePathFilter; the log tells only with log_martians.',
  fix: 'Make the ways symmetric (routes, ip rules), or set rp_filter of the device to 2.',
  needs: [['netconf', 'sysctl']],
  uses: ['network-counter'],
  addresses: 'contained',
  causedBy: [
    'route/policy-routing-hijack',
    'route/missing-peer-subnet',
    'route/wrong-device-or-gateway',
    'route/shadowed-or-duplicate',
    'route/blackhole-remote-pods',
    'route/subnet-overlap',
    'calico/missing-bird-routes',
    'calico/wrong-node-ip',
    'flannel/subnet-overlap',
  ],
  *check(view) {
    const { paths } = view;
    yield* openQuestions(paths, (m) => m.input.startsWith('rp_filter') || m.supply === 'netconf');
    for (const { dev, losses } of byDevice(paths.losses)) {
      const [loss] = losses;
      const [at] = loss.evidence;
      if (at === undefined) continue;
      const counter = view.allHosts
        .find((h) => h.node === loss.node)
        ?.facts['network-counter'].find((c) => c.name === 'TcpExtIPReversePathFilter' && c.value > 0);
      const filter = filterOf(loss, dev, at);
      const back = [...new Set(losses.flatMap((l) => l.evidence.slice(1)))];
      const others = losses.length === 1 ? '' : ` (and ${losses.length - 1} more like it)`;
      const skew = losses.every((l) => l.skew !== undefined) ? loss.skew : undefined;
      const { found } = filter;
      yield finding({
        nodes: [loss.node],
        subject: dev,
        message: `${filter.name} drops ${waysOf(losses)}: ${found}${found.startsWith('there is no route') ? '' : `, not by ${dev}`}${others}.`,
        severity: severityOf(losses, paths),
        confidence: skew === undefined ? 'certain' : 'likely',
        evidence: [
          { at, note: filter.note },
          ...back.slice(0, 3).map((line) => ({ at: line, note: 'the best way back' })),
          ...(counter ? [shows(counter, 'it has dropped packets')] : []),
          ...(skew === undefined ? [] : [{ at, note: skew }]),
        ],
        dueTo: sourceKept(losses),
        breaks: pairsOf(losses),
        ...(filter.repair && { repair: filter.repair }),
        fix: filter.fix,
      });
    }
  },
});
