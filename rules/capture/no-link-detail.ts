import { defineRule, type FdbFact, finding, type LinkFact, type NeighbourFact, type RouteFact, unknown } from '#rule';

/** Names that only a VXLAN device of a CNI has. */
const VXLAN = /^(?:flannel\.\d+|vxlan\.calico|vxlan-v6\.calico|cilium_vxlan|antrea-tun0|genev_sys_\d+|vxlan_sys_\d+)$/;

interface Facts {
  readonly link: readonly LinkFact[];
  readonly route: readonly RouteFact[];
  readonly neigh: readonly NeighbourFact[];
  readonly fdb: readonly FdbFact[];
}

/** Anything that shows the device. */
function shownBy({
  link,
  route,
  neigh,
  fdb,
}: Facts): { readonly dev: string; readonly fact: Facts[keyof Facts][number] } | undefined {
  for (const fact of link) if (VXLAN.test(fact.name)) return { dev: fact.name, fact };
  for (const fact of [...neigh, ...fdb]) if (VXLAN.test(fact.dev)) return { dev: fact.dev, fact };
  for (const fact of route)
    for (const { dev } of fact.nexthops) if (dev !== undefined && VXLAN.test(dev)) return { dev, fact };
  return undefined;
}

export default defineRule({
  id: 'capture/no-link-detail',
  since: '0.1.0',
  severity: 'info',
  title: 'The parameters of a tunnel were not captured',
  why: 'VNI, UDP port, local address and underlay device of a VXLAN are printed by `ip -d link` only. Without them a tunnel on the wrong interface or port looks healthy.',
  fix: 'Capture `ip -d link show`.',
  addresses: 'none',
  needs: [],
  uses: ['link', 'route', 'neigh', 'fdb'],
  seeAlso: ['flannel/wrong-interface'],
  *check(view) {
    let looked = false;
    for (const host of view.allHosts) {
      const shown = shownBy(host.facts);
      if (!shown) continue;
      looked = true;
      const detailed = host.facts.link.some((l) => l.name === shown.dev && l.vxlan !== undefined);
      if (detailed) continue;
      yield finding({
        nodes: [host.node],
        subject: shown.dev,
        message: `VNI, port and underlay of ${shown.dev} on ${host.node} are unknown: no output of ip -d link was captured.`,
        evidence: [{ at: shown.fact.at }],
        fix: { summary: `run on ${host.node}`, commands: ['ip -d link show'] },
      });
    }
    if (!looked && !view.allHosts.some((h) => h.absence('link').known))
      yield unknown({
        input: 'link',
        reason: 'not-captured',
        detail: 'no list of devices tells whether there is a tunnel',
      });
  },
});
