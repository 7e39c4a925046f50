import {
  defineRule,
  finding,
  isPodBridgeName,
  type LinkFact,
  type Loss,
  nodesOf,
  pairsOf,
  type StackView,
  shows,
  unknown,
} from '#rule';

type Seen = 'sysctl' | 'link' | 'iptables-table' | 'nft-chain' | 'ipvs-service' | 'dns-query';

const KEY = 'net.bridge.bridge-nf-call-iptables';

/** A bridge with pods on it. */
function podBridge({ facts }: StackView<Seen>): LinkFact | undefined {
  return facts.link.find(
    (l) =>
      (isPodBridgeName(l.name) || l.info?.kind === 'bridge') &&
      !/^(?:docker\d|br-|virbr|lxdbr|podman)/.test(l.name) &&
      facts.link.some((p) => p.master === l.name && p.name.startsWith('veth')),
  );
}

/** Are services translated by netfilter on this node? A replacement (Cilium) does it elsewhere. */
const translates = ({ facts }: StackView<Seen>): boolean =>
  facts['iptables-table'].some(
    (t) => t.table === 'nat' && t.chains.name.some((c) => c.startsWith('KUBE-SVC-') || c === 'KUBE-SERVICES'),
  ) ||
  facts['nft-chain'].some((c) => c.table === 'kube-proxy' || c.chain === 'KUBE-SERVICES') ||
  facts['ipvs-service'].length > 0;

/** An answer that was not translated back, of a way that crosses this node's bridge alone. */
const isOf = (loss: Loss, node: string): boolean =>
  loss.step === 'deliver' && /^the answer comes from /.test(loss.reason) && nodesOf(loss).every((n) => n === node);

export default defineRule({
  id: 'kernel/bridge-nf-call-iptables-off',
  since: '0.1.0',
  severity: 'error',
  title: 'Bridged packets do not pass iptables: services of pods on the same node fail',
  why:
    "A pod asks a service, kube-proxy's rules send the packet to a pod on the same node, and the answer goes over the bridge straight to the client. Unless bridged packets pass netfilter " +
    '(br_netfilter, net.bridge.bridge-nf-call-iptables=1, or the flag of the bridge itself), nobody translates it back: the client gets an answer from an address that it never asked and resets it. ' +
    'From other nodes the same service works, which is the sign of it ("reply from unexpected source").',
  fix: 'Load br_netfilter and set net.bridge.bridge-nf-call-iptables=1, persistently.',
  needs: ['sysctl', 'link'],
  uses: ['iptables-table', 'nft-chain', 'ipvs-service', 'dns-query'],
  addresses: 'none',
  *check(view) {
    for (const host of view.hosts) {
      const bridge = podBridge(host);
      if (!bridge || !translates(host) || bridge.info?.attributes['nf_call_iptables'] === '1') continue;
      const setting = host.facts.sysctl.find((s) => s.key === KEY);
      if (setting?.value.trim() === '1') continue;
      if (!setting) {
        const absence = host.absence('sysctl', { key: KEY });
        yield unknown({
          node: host.node,
          input: `sysctl ${KEY}`,
          supply: 'sysctl',
          reason: absence.known ? 'empty' : absence.reason,
          ...(!absence.known && absence.detail !== undefined && { detail: absence.detail }),
        });
        continue;
      }
      const losses = view.paths.losses.filter((l) => isOf(l, host.node));
      const stray = [host, ...view.podStacks.filter((s) => s.node === host.node)]
        .flatMap((s) => s.facts['dns-query'])
        .find((q) => q.outcome === 'unexpected-source');
      const broken = losses.length > 0 || stray !== undefined;
      yield finding({
        nodes: [host.node],
        subject: bridge.name,
        message: `Packets that ${bridge.name} of ${host.node} bridges do not pass iptables (${KEY} is 0, expected 1): ${broken ? 'a pod that asks a service gets no valid answer from a pod on its own node' : 'a service will fail for a pod whenever it chooses a pod on the same node'}.`,
        severity: broken ? 'error' : 'warning',
        evidence: [
          shows(setting, 'bridged packets are not shown to iptables'),
          shows(bridge, 'the bridge of the pods'),
          ...(stray ? [shows(stray, 'symptom: the answer comes from the pod, and the service was asked')] : []),
        ],
        breaks: pairsOf(losses),
        repair: [{ node: host.node, kind: 'sysctl', key: KEY, value: '1' }],
        fix: {
          summary: `on ${host.node} load br_netfilter and turn it on, now and at each start`,
          commands: [
            'modprobe br_netfilter && echo br_netfilter > /etc/modules-load.d/br_netfilter.conf',
            `sysctl -w ${KEY}=1 && echo '${KEY} = 1' > /etc/sysctl.d/90-bridge-nf.conf`,
          ],
        },
      });
    }
  },
});
