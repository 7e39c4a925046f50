import { defineRule, finding, isFlannelVxlan, lostUnwrapped, oddVxlanEnds, shows, unknown, vxlanEnd } from '#rule';

export default defineRule({
  id: 'flannel/vni-or-port-mismatch',
  since: '0.1.0',
  severity: 'error',
  title: "Nodes use different VXLAN parameters for flannel's tunnel",
  why:
    'The receiver of a VXLAN packet looks for a device by the UDP port and the VNI. A node whose flannel.N has another VNI or another port sends packets that no device of its peers takes, and takes none of theirs: ' +
    'they arrive on the NIC and are dropped without a word. It happens when net-conf.json was changed and not every flannel was restarted, or its device was kept.',
  fix: 'Give all nodes one net-conf.json (Backend.VNI, Backend.Port), delete the device on the odd node and restart flannel there.',
  needs: ['link'],
  technology: 'flannel',
  seeAlso: ['capture/no-link-detail'],
  *check(view) {
    const tunnels = view.hosts.flatMap((h) =>
      h.facts.link
        .filter((l) => isFlannelVxlan(l.name))
        .flatMap((l) => vxlanEnd(h.node, l) ?? [])
        .slice(0, 1),
    );
    for (const host of view.hosts)
      if (host.facts.link.some((l) => isFlannelVxlan(l.name)) && !tunnels.some((t) => t.node === host.node))
        yield unknown({
          node: host.node,
          input: 'VXLAN parameters (ip -d link show)',
          supply: 'link',
          reason: 'not-captured',
        });
    const { odd = [], common = [] } = oddVxlanEnds(tunnels) ?? {};
    const [other] = common;
    if (!other) return;
    for (const { node, link, says } of odd) {
      if (view.notComparable(link.at, other.link.at) !== undefined) continue;
      const lost = lostUnwrapped(view.paths, node);
      yield finding({
        nodes: [node, ...common.map((t) => t.node)],
        subject: `${link.name} of ${node}`,
        message: `${link.name} of ${node} has ${says}, and that of ${other.node}${common.length > 1 ? ` and ${common.length - 1} more` : ''} has ${other.says}: neither takes what the other sends.`,
        evidence: [shows(link, says), shows(other.link, other.says)],
        breaks: lost,
        fix: {
          summary: `on ${node} delete ${link.name} and restart flannel, after all nodes have the same net-conf.json`,
          commands: [
            `ip link delete ${link.name}   # on ${node}`,
            `kubectl -n kube-flannel delete pod -l app=flannel --field-selector spec.nodeName=${node}`,
          ],
        },
      });
    }
  },
});
