import {
  defineRule,
  finding,
  isFlannelVxlan,
  type LinkFact,
  lostUnwrapped,
  oddVxlanEnds,
  shows,
  unknown,
  type VxlanEnd,
  vxlanEnd,
} from '#rule';

/** flannel's has a rule of its own, which knows where flannel's parameters come from. */
const isOverlay = (link: LinkFact): boolean =>
  !isFlannelVxlan(link.name) && (link.info?.kind === 'vxlan' || link.vxlan !== undefined || /^vxlan/.test(link.name));

/** Where the agent that made the device reads its parameters. */
function configOf(dev: string, node: string): { readonly summary: string; readonly commands: readonly string[] } {
  if (!/calico$/.test(dev))
    return {
      summary: `on ${node} delete ${dev} and let its agent make it again, after it has the configuration of the others`,
      commands: [`ip -d link show ${dev}   # on ${node}`, `ip link delete ${dev}   # on ${node}`],
    };
  return {
    summary: `on ${node} delete ${dev}, after vxlanVNI and vxlanPort are the same for all nodes; felix makes it again`,
    commands: [
      `calicoctl get felixconfiguration -o yaml   # default, and node.${node}`,
      `ip link delete ${dev}   # on ${node}`,
      `kubectl -n calico-system delete pod -l k8s-app=calico-node --field-selector spec.nodeName=${node}`,
    ],
  };
}

export default defineRule({
  id: 'link/vni-or-port-mismatch',
  since: '0.1.0',
  severity: 'error',
  title: 'Nodes use different VXLAN parameters for one overlay',
  why:
    'The receiver of a VXLAN packet looks for a device by the UDP port and the VNI. Where one node has another VNI or another port than its peers, what it sends arrives on their NICs and is dropped without a word, ' +
    'and so is what they send. It comes from a configuration that not every agent has read, or from a device that was kept when it changed.',
  fix: 'Give all nodes one configuration (Calico: vxlanVNI and vxlanPort of FelixConfiguration), delete the device on the odd node and restart its agent there.',
  needs: ['link'],
  seeAlso: ['capture/no-link-detail'],
  *check(view) {
    const byName = new Map<string, VxlanEnd[]>();
    for (const { node, facts } of view.hosts)
      for (const link of facts.link.filter(isOverlay)) {
        const end = vxlanEnd(node, link);
        const held = byName.get(link.name);
        if (end && held) held.push(end);
        else if (end) byName.set(link.name, [end]);
        else if (link.info === undefined && link.vxlan === undefined)
          yield unknown({
            node,
            input: 'VXLAN parameters (ip -d link show)',
            supply: 'link',
            reason: 'not-captured',
          });
      }
    for (const [dev, ends] of byName) {
      const { odd = [], common = [] } = oddVxlanEnds(ends) ?? {};
      const [other] = common;
      for (const { node, link, says } of other ? odd : []) {
        if (!other || view.notComparable(link.at, other.link.at) !== undefined) continue;
        // Two nodes may have devices of one name that have nothing to do with each other: packets tell.
        const lost = lostUnwrapped(view.paths, node);
        if (lost.length === 0) continue;
        const more = common.length > 1 ? ` and ${common.length - 1} more` : '';
        yield finding({
          nodes: [node, ...common.map((t) => t.node)],
          subject: `${dev} of ${node}`,
          message: `${dev} of ${node} has ${says}, and that of ${other.node}${more} has ${other.says}: neither takes what the other sends.`,
          evidence: [shows(link, says), shows(other.link, other.says)],
          breaks: lost,
          fix: configOf(dev, node),
        });
      }
    }
  },
});
