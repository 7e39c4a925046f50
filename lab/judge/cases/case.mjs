import { spawnSync } from 'node:child_process';
import { bridgeOf, isCalico, isFlannel, tunnelOf } from '../../cluster.mjs';
import { changesOf, forget } from './changes.mjs';
import { placeOf } from './place.mjs';

/**
 * Cases in short. `make(on, at, cluster)` changes the cluster by `on` (changes.mjs), which knows the way back, at the place `at`
 * (place.mjs). `needs` are traits of the topology, without which the case says nothing. `kernel` says what the kernel did when the case
 * was tried alone; with `story` in front it is what a log shows. `wavers`: the outcome hangs on timing, a walk must fork there. `between`: it
 * breaks what lies between the nodes, which no capture shows.
 *
 * @typedef {import('../../cluster.mjs').Cluster} Cluster
 * @typedef {import('../../topologies.mjs').Topology} Topology
 * @typedef {{
 *   needs?: readonly string[], kernel: string, harmless?: true, wavers?: true, between?: true, large?: true,
 *   make: (on: import('./changes.mjs').Changes, at: import('./place.mjs').Place, cluster: Cluster) => unknown,
 * }} Short
 * @typedef {import('../case.mjs').Case & { category: string, kernel: string, wavers?: true, large?: true }} Case
 */

/** Some kernels are built without it. */
let vlans;
function hasVlanFiltering() {
  vlans ??=
    spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'b', 'type', 'bridge', 'vlan_filtering', '1']).status === 0;
  return vlans;
}

/**
 * `bridge`: pods are ports of a bridge; `routed`: each has a route. `vxlan`: pods elsewhere are reached through a tunnel, `plain`: by the NIC.
 * `bird`: real BIRD runs. `kube-proxy`: its rules are iptables'; `kube-proxy-nft`: nftables'. `nodeport`: there is one. `siblings`: every node that is struck has two pods.
 * `cni-rules`: the CNI's own rules accept forwarding. `sets`: rules ask ipsets. `vlan-filtering`: the kernel can do that. `on-link`: nodes ask each other for
 * their addresses, and not a router alone. `two-nics`: nodes have a second card.
 * @param {Topology} topology @returns {ReadonlySet<string>}
 */
export function traitsOf(topology) {
  const { flavour, proxyMode = 'iptables' } = topology;
  const tunnel = tunnelOf(topology) !== undefined && !topology.directRouting;
  const traits = {
    bridge: bridgeOf(topology) !== undefined,
    routed: bridgeOf(topology) === undefined && flavour !== 'macvlan',
    vxlan: tunnel && flavour.endsWith('-vxlan'),
    ipip: flavour.endsWith('-ipip'),
    gre: topology.tunnel === 'gre',
    'ip-tunnel': flavour.endsWith('-ipip') || flavour === 'tunnel-mesh',
    'tunnel-mesh': flavour === 'tunnel-mesh',
    'own-tunnel': flavour === 'flannel-ipip' || flavour === 'tunnel-mesh',
    wireguard: flavour.endsWith('-wireguard'),
    ipvs: proxyMode === 'ipvs',
    plain: tunnelOf(topology) === undefined,
    bird: flavour === 'bird-bgp',
    'kube-proxy': proxyMode === 'iptables',
    'kube-proxy-nft': proxyMode === 'nftables',
    nodeport: topology.services.some((s) => s.ports.some((p) => p.nodePort)),
    siblings: topology.nodes.some((n) => n.pods.length > 1),
    'cni-rules': isCalico(topology) || (isFlannel(topology) && topology.flannel !== 'gravity'),
    sets: isCalico(topology),
    'vlan-filtering': hasVlanFiltering(),
    'on-link': topology.nodes.every((n) => n.nics.some((nic) => !nic.address.endsWith('/32'))),
    'two-nics': topology.nodes.every((n) => n.nics.length > 1),
  };
  return new Set(Object.keys(traits).filter((name) => traits[name]));
}

const words = (id) => id.replaceAll('-', ' ');

/**
 * @param {string} category @param {Record<string, Short>} cases
 * @returns {Case[]}
 */
export const casesOf = (category, cases) =>
  Object.entries(cases).map(([id, { needs = [], make, harmless, kernel, ...rest }]) => ({
    id: `${category}.${id}`,
    category,
    kind: harmless ? 'oddity' : 'fault',
    story: `${category}: ${words(id)}. ${kernel}`.trim(),
    kernel,
    ...rest,
    fits: (topology) => needs.every((need) => traitsOf(topology).has(need)),
    async break(cluster, pick) {
      const on = changesOf(cluster);
      try {
        await make(on, placeOf(cluster.topology, pick), cluster);
      } catch (error) {
        await on.undo();
        throw error;
      }
      await forget(cluster);
      return on.undo;
    },
  }));
