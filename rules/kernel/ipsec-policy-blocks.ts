import {
  defineRule,
  finding,
  type Loss,
  lossesBy,
  openQuestions,
  pairsOf,
  severityOf,
  shows,
  traceCommand,
  waysOf,
  type XfrmDefaultFact,
  type XfrmPolicyFact,
} from '#rule';

type Policy = XfrmPolicyFact | XfrmDefaultFact;

/** A policy as `ip xfrm policy delete` takes it. */
function selectorOf({ direction, source, destination, selector = {}, mark, ifId, sub }: XfrmPolicyFact): string {
  return [
    `dir ${direction} src ${source} dst ${destination}`,
    ...Object.entries(selector).map(([word, value]) => `${word} ${value}`),
    ...(mark ? [`mark 0x${mark.value.toString(16)} mask 0x${mark.mask.toString(16)}`] : []),
    ...(ifId ? [`if_id ${ifId}`] : []),
    ...(sub ? ['ptype sub'] : []),
  ].join(' ');
}

const subjectOf = (policy: Policy): string =>
  policy.kind === 'xfrm-default' ? `default for ${policy.direction}` : selectorOf(policy);

const repairOf = (policy: Policy): string =>
  policy.kind === 'xfrm-default'
    ? `ip xfrm policy setdefault ${policy.direction} accept`
    : `ip xfrm policy delete ${selectorOf(policy)}`;

const does = (policy: Policy): string =>
  policy.kind === 'xfrm-policy' && policy.action === 'allow' ? 'wants packets sealed that come as they are' : 'blocks';

export default defineRule({
  id: 'kernel/ipsec-policy-blocks',
  since: '0.1.0',
  severity: 'error',
  title: 'A policy of IPsec drops packets of the cluster',
  why:
    'The kernel asks the policies of `ip xfrm policy` for every packet that it sends, passes on or takes, beside the chains of the firewall: one with `action block` drops it, and one that names a ' +
    'tunnel drops what comes without. strongSwan, Libreswan and encrypting CNIs leave such policies behind when they are killed or removed; no rule of iptables shows them, and tcpdump still sees the packets come in.',
  fix: 'Delete the policy if nothing needs it any more, or start the daemon that it belongs to on both ends.',
  needs: [['xfrm-policy', 'xfrm-default']],
  uses: ['address', 'route', 'xfrm-policy', 'xfrm-default'],
  onMissing: 'skip',
  seeAlso: ['trace/path-lost'],
  *check(view) {
    const { paths } = view;
    yield* openQuestions(paths, (m) => m.input.startsWith('what IPsec does'));
    const policies = new Map<number, Policy>();
    for (const { facts } of view.allHosts)
      for (const fact of [...facts['xfrm-policy'], ...facts['xfrm-default']]) policies.set(fact.at, fact);
    const blockedBy = (loss: Loss): Policy | undefined =>
      loss.by === 'ipsec' ? policies.get(loss.evidence[0] ?? 0) : undefined;
    for (const [policy, losses] of lossesBy(paths.losses, blockedBy)) {
      const [loss] = losses;
      const where = loss.netns === '' ? loss.node : `pod ${loss.netns} on ${loss.node}`;
      const skewed = losses.every((l) => l.skew !== undefined);
      yield finding({
        nodes: [loss.node],
        subject: `${loss.netns === '' ? '' : `${loss.netns}: `}${subjectOf(policy)}`,
        message: `An IPsec policy of ${where} ${does(policy)}: ${waysOf(losses)} are lost there.`,
        severity: severityOf(losses, paths),
        confidence: skewed ? 'likely' : 'certain',
        evidence: [shows(policy, 'the policy that drops them')],
        breaks: pairsOf(losses),
        repair: [{ node: loss.node, kind: 'remove', at: policy.at }],
        fix: {
          summary: `on ${where} delete the policy if nothing needs it, or run the daemon that it belongs to on both ends`,
          commands: [repairOf(policy), 'ip -s xfrm state   # which tunnels there are', traceCommand(loss.paths[0])],
        },
      });
    }
  },
});
