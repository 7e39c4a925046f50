import {
  acceptedBehind,
  allowForward,
  defineRule,
  finding,
  isOfFirewall,
  type Loss,
  natureOf,
  openQuestions,
  pairsOf,
  podNetworks,
  removeDecision,
  severityOf,
  shows,
  stopsPingsOnly,
  toolOf,
  waysOf,
} from '#rule';

const hears = (loss: Loss): string =>
  loss.answer === undefined
    ? 'the sender hears nothing'
    : /host|admin|prohibited|filtered/.test(loss.answer)
      ? `the sender gets "${loss.answer}", which programs call "No route to host"`
      : `the sender gets "${loss.answer}"`;

export default defineRule({
  id: 'iptables/reject-before-cni',
  since: '0.1.0',
  severity: 'error',
  title: 'A firewall rule refuses what pods send before the CNI can accept it',
  why:
    'Rules are tried in their order, and the first that decides is the last that is asked. Distributions and hardening ship FORWARD and INPUT chains that end in REJECT ' +
    '(RHEL: `-A FORWARD -j REJECT --reject-with icmp-host-prohibited`); rules that the CNI and kube-proxy append behind it are never reached. With firewalld the refusal stands in a table of ' +
    'its own, which is asked in addition: no accept elsewhere helps. Clients report "No route to host" although all routes are there.',
  fix: "Remove the rule, or exempt the pod network and the CNI's devices in the tool that writes it.",
  needs: [['iptables-table', 'nft-chain']],
  uses: ['flannel-config', 'cluster-cidr', 'ip-pool', 'subnet-env'],
  seeAlso: ['iptables/forward-drop', 'iptables/input-blocks-overlay'],
  *check(view) {
    const { paths } = view;
    yield* openQuestions(paths, isOfFirewall);
    const networks = podNetworks({ cluster: view.cluster, hosts: view.allHosts });
    for (const loss of paths.losses) {
      if (
        loss.tunnel ||
        loss.enforcerGap ||
        loss.netns !== '' ||
        natureOf(loss) !== 'fault' ||
        !/^(?:forward|input)$/.test(loss.hook ?? '')
      )
        continue;
      const host = view.allHosts.find((h) => h.node === loss.node);
      const [at] = loss.evidence;
      if (!host || at === undefined) continue;
      const behind = acceptedBehind(loss, host.facts);
      if (loss.hook === 'forward' && loss.by !== 'reject' && (!behind || /INVALID/.test(loss.reason))) continue;
      const tool = toolOf(loss, host.facts);
      const chain = loss.hook?.toUpperCase();
      const does = loss.by === 'reject' ? 'refuses' : 'drops';
      const rule = loss.by === 'policy' ? 'policy DROP' : loss.reason.replace(/^[^:]*: /, '');
      yield finding({
        nodes: [loss.node],
        subject: loss.by === 'policy' ? `${loss.table} ${chain} policy` : loss.reason,
        message: `${chain} of ${loss.node} ${does} ${waysOf([loss])} by ${rule}${behind ? `, before ${behind.name} is asked` : ''}: ${hears(loss)}.`,
        severity: severityOf([loss], paths),
        confidence: loss.skew === undefined ? 'certain' : 'likely',
        evidence: [
          { at },
          ...(behind ? [shows(behind, 'this jump comes too late')] : []),
          ...(loss.skew === undefined ? [] : [{ at, note: loss.skew }]),
        ],
        breaks: pairsOf([loss]),
        repair: [{ node: loss.node, kind: 'remove', at }],
        fix: {
          summary: stopsPingsOnly(loss, paths)
            ? 'only pings are refused; nothing to repair unless somebody relies on them'
            : `on ${loss.node} take the rule away or exempt the pod network, and find what writes it at boot (iptables-services, firewalld, a hardening script)`,
          commands:
            loss.hook === 'forward' || tool === 'firewalld'
              ? allowForward(tool, networks.length > 0 ? networks : ['POD_NETWORK'], loss)
              : removeDecision(loss),
        },
      });
    }
  },
});
