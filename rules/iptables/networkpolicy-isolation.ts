import { defineRule, finding, natureOf, waysOf } from '#rule';

export default defineRule({
  id: 'iptables/networkpolicy-isolation',
  since: '0.1.0',
  severity: 'info',
  title: 'A NetworkPolicy denies the way: this is policy, and no fault',
  why:
    "Once a NetworkPolicy selects a pod, what no policy allows is dropped, by chains of the policy's enforcer: Calico's cali-tw-… and cali-fw-…, kube-router's KUBE-POD-FW-…, WEAVE-NPC, " +
    'kube-network-policies. A packet that ends there is not lost by a broken network. The walk stops at such a chain and says so, so that nobody looks for a fault.',
  fix: 'If the packet should pass, edit the NetworkPolicy of the pod; else nothing is to be done.',
  needs: [['iptables-table', 'nft-chain']],
  *check(view) {
    for (const loss of view.paths.losses) {
      const [at] = loss.evidence;
      if (natureOf(loss) !== 'policy' || at === undefined || !view.node(loss.node)) continue;
      const chain = loss.enforcer ?? loss.chain;
      const comment = /--comment "?([^"]*polic[^"]*)"?/.exec(loss.reason)?.[1];
      yield finding({
        nodes: [loss.node],
        subject: chain ?? loss.reason,
        message: `A NetworkPolicy denies ${waysOf([loss])} on ${loss.node} (chain ${chain}${comment === undefined ? '' : `: ${comment}`}): this is policy, not a fault.`,
        evidence: [{ at }],
        fix: {
          summary: 'if the packets should pass, edit the NetworkPolicy; else nothing is to be done',
          commands: ['kubectl get networkpolicy -A'],
        },
      });
    }
  },
});
