import { defineRule, type EvidenceDraft, finding, ownSubnets, unknown } from '#rule';

export default defineRule({
  id: 'capture/mixed-clusters',
  since: '0.1.0',
  severity: 'warning',
  title: 'The captures come from different clusters or moments',
  why:
    "Captures that contradict each other on who a node is (its pod subnet, its VTEP, the cluster's tag) were not taken of one cluster at one time. Comparing them would find faults that never existed, " +
    'so checks that need two captures are made only inside one pasted block or between captures dated close together.',
  fix: 'Split the input by cluster and moment, or capture all nodes again together.',
  needs: [],
  uses: ['address', 'route', 'subnet-env', 'flannel-log', 'flannel-config'],
  seeAlso: ['capture/time-spread'],
  *check(view) {
    const [first] = view.model.contradictions;
    if (!first) {
      const identified =
        view.cluster['flannel-config'].length > 0 || view.allHosts.some((h) => ownSubnets(h.facts).length > 0);
      if (!identified)
        yield unknown({
          input: 'pod subnets',
          // Only flannel writes down whose subnet is whose.
          ...((view.model.technologies.has('flannel') || view.model.technologies.size === 0) && {
            supply: 'subnet-env',
          }),
          reason: 'not-captured',
          detail: 'no capture says which pod subnet or cluster it belongs to',
        });
      return;
    }
    const nodes = [...new Set(view.model.contradictions.flatMap((c) => (c.node === undefined ? [] : [c.node])))];
    const [node = view.nodes[0]?.name ?? 'cluster', ...others] = nodes;
    const evidence = view.model.contradictions.flatMap((c) =>
      c.at.map((at, i): EvidenceDraft => (i === 0 ? { at, note: c.says } : { at })),
    );
    const [head, ...rest] = evidence;
    if (!head) return;
    yield finding({
      nodes: [node, ...others],
      subject: [...new Set(view.model.contradictions.map((c) => c.what))].join(', '),
      message: `The captures are of different clusters or moments (${first.says}): they were compared only where they belong together.`,
      evidence: [head, ...rest.slice(0, 7)],
    });
  },
});
