import {
  defineRule,
  finding,
  isOfFirewall,
  isPromised,
  lostByKeptSource,
  masqueradeGapOf,
  openQuestions,
  unknown,
} from '#rule';

export default defineRule({
  id: 'kube-proxy/masquerade-broken',
  since: '0.1.0',
  severity: 'error',
  title: "What kube-proxy marks is not masqueraded: answers of services don't come back",
  why:
    'kube-proxy marks packets whose answers must come back by its node (KUBE-MARK-MASQ, bit 0x4000): those of a node to a service, of NodePorts, and of a pod to itself through its service; its rules in ' +
    'nat POSTROUTING give the marked ones the address of the node. Where the mark is not set, is taken away, or nobody asks for it, a node asks with an address that the way back does not lead through the ' +
    'node, reverse-path filters drop the packet, the client gets an answer from somebody whom it never asked, and a pod gets its own packet and drops it.',
  fix: 'Restart kube-proxy on the node, which writes its rules again, and find what changes the mark or stands before KUBE-POSTROUTING.',
  needs: [['iptables-table', 'nft-chain']],
  uses: ['iptables-table', 'nft-chain', 'nft-set', 'ipvs-service'],
  seeAlso: ['kube-proxy/not-programmed'],
  *check(view) {
    yield* openQuestions(view.paths, isOfFirewall);
    for (const host of view.hosts) {
      const gap = masqueradeGapOf(host.facts);
      if (gap?.at === undefined) continue;
      const nft = host.facts['nft-chain'].some((c) => c.table === 'kube-proxy' && c.family === 'ip');
      const listed = nft
        ? host.absence('nft-chain', { family: 'ip', table: 'kube-proxy' })
        : host.absence('iptables-table', { family: '4', table: 'nat' });
      if (gap.lacks && !listed.known) {
        yield unknown({
          node: host.node,
          input: nft ? 'nft list ruleset' : 'iptables-save',
          supply: nft ? 'nft-chain' : 'iptables-table',
          reason: listed.reason,
          ...(listed.detail !== undefined && { detail: listed.detail }),
        });
        continue;
      }
      const lost = lostByKeptSource(view.paths, host.node);
      const pairs = [...new Set(lost.map((p) => p.pair))];
      yield finding({
        nodes: [host.node],
        subject: gap.subject,
        message: `What kube-proxy of ${host.node} marks keeps its source: ${gap.says}. ${lost.length > 0 ? `${pairs.length} of ${view.paths.pairs.length} paths are lost so.` : 'NodePorts, and services that a node or their own pod asks, will fail wherever the answer takes another way.'}`,
        severity: lost.some(isPromised) ? 'error' : 'warning',
        evidence: [{ at: gap.at, note: gap.says }],
        breaks: pairs,
        fix: {
          summary: `restart kube-proxy of ${host.node}, and find what changed its rules`,
          commands: [
            `kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=${host.node} | grep kube-proxy   # then delete that pod`,
          ],
        },
      });
    }
  },
});
