import {
  type CauseDraft,
  defineRule,
  finding,
  type Loss,
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

/** One device's filter is one fault, whomever it drops. */
function byDevice(all: readonly Loss[]): readonly OfDevice[] {
  const groups = new Map<string, OfDevice>();
  for (const loss of all) {
    if (loss.by !== 'rp-filter' || loss.netns !== '' || loss.device === undefined) continue;
    const key = `${loss.node} ${loss.device}`;
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
      const [setting] = loss.evidence;
      if (setting === undefined) continue;
      const strict = / strict /.test(loss.reason);
      const counter = view.allHosts
        .find((h) => h.node === loss.node)
        ?.facts['network-counter'].find((c) => c.name === 'TcpExtIPReversePathFilter' && c.value > 0);
      const found = loss.reason.replace(/^[^:]*: /, '');
      const back = [...new Set(losses.flatMap((l) => l.evidence.slice(1)))];
      const others = losses.length === 1 ? '' : ` (and ${losses.length - 1} more like it)`;
      const skew = losses.every((l) => l.skew !== undefined) ? loss.skew : undefined;
      yield finding({
        nodes: [loss.node],
        subject: dev,
        message: `${strict ? 'Strict' : 'Loose'} reverse-path filtering on ${dev} of ${loss.node} drops ${waysOf(losses)}: ${found}${found.startsWith('there is no route') ? '' : `, not by ${dev}`}${others}.`,
        severity: severityOf(losses, paths),
        confidence: skew === undefined ? 'certain' : 'likely',
        evidence: [
          { at: setting, note: `reverse-path filtering of ${dev} is ${strict ? 'strict' : 'loose'}` },
          ...back.slice(0, 3).map((at) => ({ at, note: 'the best way back' })),
          ...(counter ? [shows(counter, 'it has dropped packets')] : []),
          ...(skew === undefined ? [] : [{ at: setting, note: skew }]),
        ],
        dueTo: sourceKept(losses),
        breaks: pairsOf(losses),
        ...(strict && { repair: [{ node: loss.node, kind: 'set', key: 'rp_filter', dev, value: 2 }] as const }),
        fix: strict
          ? {
              summary: `on ${loss.node} make the way back the same, or let ${dev} filter loosely (the greater of all and the device counts)`,
              commands: [
                `sysctl -w net.ipv4.conf.${dev.replaceAll('.', '/')}.rp_filter=2`,
                'grep -rn rp_filter /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d',
              ],
            }
          : {
              summary: `on ${loss.node} add the missing route back`,
              commands: [`ip route show table all   # on ${loss.node}`],
            },
      });
    }
  },
});
