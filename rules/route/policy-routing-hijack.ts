import {
  defineRule,
  type FactChange,
  finding,
  type Loss,
  linesOf,
  lossesBy,
  type NonEmpty,
  openQuestions,
  type PolicyRuleFact,
  pairsOf,
  severityOf,
  shows,
  waysOf,
} from '#rule';

/** As `ip rule` prints it, on one line. */
const textOf = (r: PolicyRuleFact): string =>
  [
    `${r.priority}`,
    `${r.not ? 'not ' : ''}from ${r.from}`,
    ...[
      ['to', r.to],
      ['tos', r.tos],
      ['fwmark', r.fwmark && hexOf(r.fwmark)],
      ['iif', r.iif],
      ['oif', r.oif],
      ['uidrange', r.uidrange],
      ['ipproto', r.ipproto],
      ['sport', r.sport],
      ['dport', r.dport],
      ['tun_id', r.tunId],
    ].flatMap(([word, value]) => (value === undefined ? [] : [`${word} ${value}`])),
    r.action.kind === 'lookup' ? `lookup ${r.action.table}` : r.action.kind,
  ].join(' ');

const hexOf = ({ mark, mask }: { readonly mark: number; readonly mask: number }): string =>
  `0x${mark.toString(16)}${mask === 0xffffffff ? '' : `/0x${mask.toString(16)}`}`;

/** Who writes rules of that priority, as far as it is known. */
function author(r: PolicyRuleFact): { readonly name: string; readonly commands: readonly string[] } | undefined {
  // nm-cloud-setup (NetworkManager, src/nm-cloud-setup): 30200 and up, 30350, 30400.
  if (r.priority >= 30200 && r.priority <= 30500)
    return {
      name: 'nm-cloud-setup',
      commands: [
        'systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service',
        'reboot   # its rules and tables stay until then',
      ],
    };
  // tailscale (wgengine/router/router_linux.go): 5210 to 5270.
  if (r.priority >= 5200 && r.priority <= 5290)
    return { name: 'tailscale', commands: ['tailscale set --accept-routes=false'] };
  return undefined;
}

/** The service that goes takes all of its rules with it. */
function withTwins(rules: readonly PolicyRuleFact[], node: string, rule: PolicyRuleFact): NonEmpty<FactChange> {
  const known = author(rule);
  const twins = rules.filter((r) => r !== rule && known !== undefined && author(r)?.name === known.name);
  const remove = ({ at }: PolicyRuleFact): FactChange => ({ node, kind: 'remove', at });
  return [remove(rule), ...twins.map(remove)];
}

/** The rule beside the three usual ones that the lost packets were routed by. */
function decidedBy(rules: readonly PolicyRuleFact[], loss: Loss): PolicyRuleFact | undefined {
  if (loss.netns !== '' || !/^(?:wire|route|neighbour)$/.test(loss.step)) return undefined;
  const lines = new Set(linesOf(loss));
  return rules.find((r) => lines.has(r.at) && ![0, 32766, 32767].includes(r.priority));
}

export default defineRule({
  id: 'route/policy-routing-hijack',
  since: '0.1.0',
  severity: 'error',
  title: 'A policy rule sends packets of pods to a table that does not know them',
  why:
    'Rules of `ip rule` are asked before the main table, in the order of their numbers. The CNI writes its routes to the main table; a rule that matches earlier and finds a default route in a table of ' +
    'its own takes the packets away. nm-cloud-setup on RHEL images of clouds, VPN clients and hand-made source routing of a second NIC do that.',
  fix: 'Remove the rule or the service that writes it, or add the pod routes to its table.',
  needs: ['policy-rule'],
  onMissing: 'report',
  seeAlso: ['kernel/rp-filter-drop', 'route/missing-peer-subnet'],
  *check(view) {
    const { paths } = view;
    yield* openQuestions(
      paths,
      (m) => m.supply === 'policy-rule' || m.input.startsWith('policy-rule') || m.input.startsWith('ip rule'),
    );
    const rulesOf = (node: string): readonly PolicyRuleFact[] =>
      view.hosts.find((h) => h.node === node)?.facts['policy-rule'] ?? [];
    for (const [rule, losses] of lossesBy(paths.losses, (l) => decidedBy(rulesOf(l.node), l))) {
      const known = author(rule);
      const [loss] = losses;
      const { node } = loss;
      const skewed = losses.every((l) => l.skew !== undefined);
      yield finding({
        nodes: [node],
        subject: textOf(rule),
        message: `The rule "${textOf(rule)}" of ${node}${known ? ` (${known.name})` : ''} decides over ${waysOf(losses)}, and they are lost: ${loss.reason}.`,
        severity: severityOf(losses, paths),
        confidence: skewed ? 'likely' : 'certain',
        evidence: [
          shows(rule, 'asked before the main table'),
          ...loss.evidence.filter((at) => at !== rule.at).map((at) => ({ at })),
        ],
        breaks: pairsOf(losses),
        repair: withTwins(rulesOf(node), node, rule),
        fix: {
          summary: `on ${node} remove the rule, or the service that writes it`,
          commands: known?.commands ?? [
            `ip rule delete priority ${rule.priority}`,
            ...(rule.action.kind === 'lookup' ? [`ip route show table ${rule.action.table}   # what it led to`] : []),
          ],
        },
      });
    }
  },
});
