import {
  acceptedBehind,
  allowForward,
  chainLike,
  defineRule,
  type EvidenceDraft,
  type FirewallTool,
  finding,
  isOfFirewall,
  type Loss,
  natureOf,
  openQuestions,
  pairsOf,
  podNetworks,
  severityOf,
  shows,
  stopsPingsOnly,
  toolOf,
  traceCommand,
  waysOf,
} from '#rule';

const WHO: Readonly<Record<FirewallTool, string>> = {
  docker: ' (docker sets the policy when it turns forwarding on)',
  firewalld: ' (firewalld)',
  ufw: ' (ufw)',
  felix: ' (Calico)',
  iptables: '',
  nft: '',
};

/** What conntrack calls invalid came another way: a consequence, and no rule to change. */
const ofInvalid = (loss: Loss): boolean => /ctstate INVALID|ct state (?:==? )?invalid/.test(loss.reason);

export default defineRule({
  id: 'iptables/forward-drop',
  since: '0.1.0',
  severity: 'error',
  title: 'FORWARD drops what pods send',
  why:
    "What pods send to other nodes is forwarded, so each packet must pass FORWARD. kube-proxy's KUBE-FORWARD accepts replies and what it masquerades, not new connections between pods; " +
    "the CNI must accept those (FLANNEL-FWD, CNI-FORWARD, Calico's mark). Docker, firewalld and ufw set the policy to DROP, or drop by rules of their own. The walk follows a packet through " +
    'all chains of all tables and both backends, and this is the one that dropped it.',
  fix: 'Let the CNI add its accept rules, or accept the pod network before the policy is reached.',
  needs: [['iptables-table', 'nft-chain']],
  uses: ['flannel-config', 'cluster-cidr', 'ip-pool', 'subnet-env'],
  seeAlso: ['iptables/reject-before-cni'],
  *check(view) {
    const { paths } = view;
    yield* openQuestions(paths, isOfFirewall);
    const networks = podNetworks({ cluster: view.cluster, hosts: view.allHosts });
    for (const loss of paths.losses) {
      if (loss.hook !== 'forward' || loss.tunnel || loss.netns !== '' || natureOf(loss) !== 'fault' || ofInvalid(loss))
        continue;
      const host = view.allHosts.find((h) => h.node === loss.node);
      const [at] = loss.evidence;
      if (!host || at === undefined || loss.by === 'reject' || acceptedBehind(loss, host.facts)) continue;
      const tool = toolOf(loss, host.facts);
      const user = chainLike(host.facts, /^DOCKER-USER$/);
      const docker = tool === 'docker' ? (user ?? chainLike(host.facts, /^DOCKER/)) : undefined;
      const proof: readonly EvidenceDraft[] = [
        ...(docker ? [shows(docker, 'docker has been here')] : []),
        ...(loss.skew === undefined ? [] : [{ at, note: loss.skew }]),
      ];
      const decides =
        loss.by === 'policy'
          ? 'its policy is DROP, and no rule before it accepts them'
          : `by ${loss.reason.replace(/^[^:]*: /, '')}`;
      yield finding({
        nodes: [loss.node],
        subject: loss.by === 'policy' ? `${loss.table} FORWARD policy` : loss.reason,
        message: `FORWARD of ${loss.node} drops ${waysOf([loss])}: ${decides}${WHO[tool]}.`,
        severity: severityOf([loss], paths),
        confidence: loss.skew === undefined ? 'certain' : 'likely',
        evidence: [{ at }, ...proof],
        breaks: pairsOf([loss]),
        repair: [{ node: loss.node, kind: 'remove', at }],
        fix: {
          summary: stopsPingsOnly(loss, paths)
            ? 'only pings are dropped; nothing to repair unless somebody relies on them'
            : `on ${loss.node} let the pod network pass FORWARD, and find what sets this at boot`,
          commands: [
            ...allowForward(
              tool === 'docker' && !user ? 'iptables' : tool,
              networks.length > 0 ? networks : ['POD_NETWORK'],
              loss,
            ),
            `${traceCommand(loss.paths[0])}   # what the walk saw`,
          ],
        },
      });
    }
  },
});
