import {
  type At,
  defineRule,
  finding,
  innerSnat,
  isOfFirewall,
  openQuestions,
  type Pair,
  type PathOutcome,
  type Step,
  senderOf,
} from '#rule';

interface Rewritten {
  readonly node: string;
  readonly at: At;
  readonly says: string;
  /** The rule that gave the packet the mark for which it is masqueraded. */
  readonly mark?: Step;
  readonly pairs: [Pair, ...Pair[]];
  readonly outcome: PathOutcome;
}

/** Pods that talk to pods, by the rule that takes their own address away. */
function rewritten(pairs: readonly Pair[]): readonly Rewritten[] {
  const byRule = new Map<string, Rewritten>();
  for (const pair of pairs) {
    if (pair.src.kind !== 'pods' || pair.dst.kind !== 'pods') continue;
    for (const outcome of pair.trace.outcomes) {
      const request = outcome.legs.find((l) => l.direction === 'request');
      const step = innerSnat(request?.steps ?? []);
      const [at] = step?.at ?? [];
      if (!step || at === undefined) continue;
      const held = byRule.get(`${step.node} ${at}`);
      const before = request?.steps.slice(0, request.steps.indexOf(step)) ?? [];
      const mark = /MARK|mark|requiring SNAT/.test(step.says)
        ? before.findLast((s) => s.node === step.node && /^mark 0x/.test(s.says) && s.at.length > 0)
        : undefined;
      if (held) held.pairs.push(pair);
      else
        byRule.set(`${step.node} ${at}`, {
          node: step.node,
          at,
          says: step.says,
          ...(mark && { mark }),
          pairs: [pair],
          outcome,
        });
    }
  }
  return [...byRule.values()];
}

/** Are packets of a pair lost that the rule took the source from, be they between pods or not? */
const losesBy = ({ trace }: Pair, rule: At): boolean =>
  trace.outcomes.some(
    ({ verdict, legs }) =>
      verdict === 'dropped' &&
      legs.some((l) => l.steps.some((s) => s.translates?.side === 'src' && s.at.includes(rule))),
  );

export default defineRule({
  id: 'iptables/unexpected-snat',
  since: '0.1.0',
  severity: 'error',
  title: 'Packets between pods get another source address',
  why:
    'Kubernetes promises that pods see each other with their own addresses. A MASQUERADE or SNAT rule that is too wide takes the source away: `-o eth0 -j MASQUERADE` with host-gw or BGP, a pod ' +
    "network in flannel's or Calico's configuration that does not hold the peer's subnet, ip-masq-agent with wrong nonMasqueradeCIDRs, docker's rule for an old subnet. NetworkPolicies then match " +
    'the wrong pod, access logs show nodes, and answers may take another way back.',
  fix: "Narrow the rule, or put an exemption for the pod network before it; correct the pod network in the CNI's configuration.",
  needs: [['iptables-table', 'nft-chain']],
  causedBy: ['flannel/network-config-mismatch', 'kube-proxy/cluster-cidr-mismatch', 'link/duplicate-mac'],
  *check(view) {
    yield* openQuestions(view.paths, isOfFirewall);
    for (const { node, at, says, mark, pairs, outcome } of rewritten(view.paths.pairs)) {
      const [, to = '', rule = ''] = /^SNAT to (\S*): (.*)$/s.exec(says) ?? [];
      const lost = pairs.filter((p) => p.trace.verdict === 'dropped');
      const [first] = pairs;
      const more = pairs.length === 1 ? '' : ` (and ${pairs.length - 1} more path${pairs.length === 2 ? '' : 's'})`;
      const marked = mark?.at[0];
      const proof = {
        at,
        note: `this rule takes the source away${outcome.seenSource === undefined ? '' : `; the receiver sees ${outcome.seenSource}`}`,
      };
      yield finding({
        nodes: [node],
        subject: rule,
        message: `${node} gives packets from ${first.src.name} to ${first.dst.name}${more} the source ${to}, expected the pod's own (${senderOf(first)}): pods are promised to see each other without NAT${lost.length > 0 ? ', and these packets are lost' : ''}.`,
        severity: lost.length > 0 ? 'error' : 'warning',
        evidence: marked === undefined ? [proof] : [{ at: marked, note: 'this rule marks them for it' }, proof],
        // A packet that is led over another node meets rules that were not made for it.
        dueTo: [
          'route/wrong-device-or-gateway',
          'route/shadowed-or-duplicate',
          'route/policy-routing-hijack',
          'flannel/network-config-mismatch',
        ].map((rule) => ({
          rule,
          nodes: [node, ...pairs.flatMap((p) => p.src.node ?? [])] as const,
        })),
        breaks: view.paths.pairs.filter((p) => losesBy(p, at)),
        repair: [{ node, kind: 'remove', at: marked ?? at }],
        fix: {
          summary: `on ${node} narrow the rule so that it spares the pod network, in the tool that writes it`,
          commands: [
            `dumplint trace BUNDLE ${first.trace.src} ${first.trace.dst} --verbose   # seen source and the rule`,
          ],
        },
      });
    }
  },
});
