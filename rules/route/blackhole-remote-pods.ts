import {
  contains,
  defineRule,
  finding,
  isCalicoRoute,
  type Loss,
  lossesBy,
  mainTable,
  openQuestions,
  ownPodsOf,
  pairsOf,
  parseAddress,
  placesOf,
  prefixOf,
  type RouteFact,
  senderOf,
  severityOf,
  waysOf,
} from '#rule';

const isIn = (route: RouteFact, address: string): boolean => {
  const [prefix, ip] = [prefixOf(route), parseAddress(address)];
  return prefix !== undefined && ip !== undefined && contains(prefix, ip);
};

const REFUSES = /^(?:blackhole|unreachable|prohibit)$/;

export default defineRule({
  id: 'route/blackhole-remote-pods',
  since: '0.1.0',
  severity: 'error',
  title: 'A blackhole route swallows packets for living pods',
  why:
    "Calico and others put a blackhole route on a node's own block, so that packets for pods that are gone do not loop; living pods have longer routes before it. Where the blackhole covers pods of another " +
    'node, or the service network, packets for them end there: `blackhole` without a word, `unreachable` and `prohibit` with an ICMP error.',
  fix: 'Delete the route, or let the CNI write the missing longer one.',
  needs: ['route'],
  uses: ['pod', 'node'],
  causedBy: [
    'route/missing-peer-subnet',
    'calico/missing-bird-routes',
    'flannel/subnet-overlap',
    // Of a table of its own: the rule that leads there.
    'route/policy-routing-hijack',
  ],
  seeAlso: ['route/missing-peer-subnet', 'route/pod-without-route'],
  *check(view) {
    const { paths } = view;
    yield* openQuestions(paths, (m) => m.input.startsWith('route') || m.supply === 'route');
    const nodeOf = placesOf(view);
    const refusedElsewhere = (node: string, { prefix }: RouteFact): boolean =>
      view.allHosts.some(
        (h) => h.node !== node && mainTable(h.facts.route).some((r) => r.prefix === prefix && r.type === 'blackhole'),
      );
    // The block is the node's own where Calico refuses it there alone. What it then swallows is for nobody, unless a pod borrowed the address.
    const isHealthy = (loss: Loss, route: RouteFact): boolean =>
      route.type === 'blackhole' &&
      isCalicoRoute(route) &&
      !refusedElsewhere(loss.node, route) &&
      loss.paths.every(({ outcome, pair }) =>
        [outcome.endpoint, senderOf(pair)].every((address) => !isIn(route, address) || nodeOf(address) === undefined),
      );
    // A pod of the very node that has no route of its own is another rule's.
    const isOwn = (loss: Loss): boolean => [...ownPodsOf(loss, nodeOf).values()].flat().length === loss.paths.length;
    const refusedBy = (loss: Loss): RouteFact | undefined => {
      if (loss.netns !== '' || loss.step !== 'route' || isOwn(loss)) return undefined;
      const host = view.hosts.find((h) => h.node === loss.node);
      const route = host?.facts.route.find((r) => loss.evidence.includes(r.at) && REFUSES.test(r.type));
      return route && !isHealthy(loss, route) ? route : undefined;
    };
    for (const [route, losses] of lossesBy(paths.losses, refusedBy)) {
      const [loss] = losses;
      const { node } = loss;
      const filtered = losses.every((l) => l.by === 'rp-filter');
      yield finding({
        nodes: [node],
        subject: `${route.type} ${route.prefix}`,
        message: `${node} has ${route.type === 'unreachable' ? 'an' : 'a'} ${route.type} route for ${route.prefix} and no longer one before it: ${waysOf(losses)} ${filtered ? 'are dropped, because there is no way back' : 'end there'}.`,
        severity: severityOf(losses, paths),
        confidence: losses.every((l) => l.skew !== undefined) ? 'likely' : 'certain',
        evidence: [{ at: route.at, note: loss.reason }],
        breaks: pairsOf(losses),
        repair: [{ node, kind: 'remove', at: route.at }],
        fix: {
          summary: `on ${node} find who owns ${route.prefix}: delete the route where another node does`,
          commands: [
            `ip route delete ${route.type} ${route.prefix}${route.table === 'main' ? '' : ` table ${route.table}`}`,
          ],
        },
      });
    }
  },
});
