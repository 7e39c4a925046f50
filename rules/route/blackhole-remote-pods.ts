import {
  defineRule,
  finding,
  type Loss,
  lossesBy,
  openQuestions,
  pairsOf,
  type RouteFact,
  severityOf,
  waysOf,
} from '#rule';

const REFUSES = /^(?:blackhole|unreachable|prohibit)$/;

export default defineRule({
  id: 'route/blackhole-remote-pods',
  since: '0.1.0',
  severity: 'error',
  title: 'A blackhole route swallows packets for living pods',
  why:
    "Calico and others put a blackhole route on a node's own block, so that packets for pods that are gone do not loop; living pods have longer routes before it. Where the blackhole covers pods of another " +
    'node, the service network, or a local pod without its own route, packets for them end there: `blackhole` without a word, `unreachable` and `prohibit` with an ICMP error.',
  fix: 'Delete the route, or let the CNI write the missing longer one.',
  needs: ['route'],
  causedBy: ['route/missing-peer-subnet', 'calico/missing-bird-routes', 'flannel/subnet-overlap'],
  seeAlso: ['route/missing-peer-subnet'],
  *check(view) {
    const { paths } = view;
    yield* openQuestions(paths, (m) => m.input.startsWith('route') || m.supply === 'route');
    const refusedBy = (loss: Loss): RouteFact | undefined =>
      loss.netns !== '' || loss.step !== 'route'
        ? undefined
        : view.hosts
            .find((h) => h.node === loss.node)
            ?.facts.route.find((r) => loss.evidence.includes(r.at) && REFUSES.test(r.type));
    for (const [route, losses] of lossesBy(paths.losses, refusedBy)) {
      const [loss] = losses;
      const { node } = loss;
      const filtered = losses.every((l) => l.by === 'rp-filter');
      yield finding({
        nodes: [node],
        subject: `${route.type} ${route.prefix}`,
        message: `${node} has a ${route.type} route for ${route.prefix} and no longer one before it: ${waysOf(losses)} ${filtered ? 'are dropped, because there is no way back' : 'end there'}.`,
        severity: severityOf(losses, paths),
        confidence: losses.every((l) => l.skew !== undefined) ? 'likely' : 'certain',
        evidence: [{ at: route.at, note: loss.reason }],
        breaks: pairsOf(losses),
        repair: [{ node, kind: 'remove', at: route.at }],
        fix: {
          summary: `on ${node} find who owns ${route.prefix}: delete the route where another node does, else restart the CNI, which writes the pod's own route`,
          commands: [
            `ip route delete ${route.type} ${route.prefix}${route.table === 'main' ? '' : ` table ${route.table}`}`,
          ],
        },
      });
    }
  },
});
