import * as vxlan from './flannel-vxlan.mjs';

/**
 * One tunnel per peer, as kube-router's overlay has it with IPIP (pkg/controllers/routing, `tun-…`), and GRE in the same way: both ends are
 * parameters of the device, and the routes name no gateway. Bridge and pods are those of the bridge plugin.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 */

/** GRE has its key behind its header. */
const overhead = ({ tunnel }) => (tunnel === 'gre' ? 28 : 20);
export const deviceTo = (peer) => `tun-${peer.internalIp.replaceAll('.', '').slice(-11)}`;

/** @param {Cluster} cluster @param {NodeSpec} node */
export function sync({ lab, topology }, node) {
  for (const peer of topology.nodes)
    if (peer !== node)
      lab.ip(node.name, [
        'route',
        'replace',
        peer.podCidr,
        'dev',
        deviceTo(peer),
        'src',
        node.internalIp,
        'proto',
        '17',
      ]);
}

/** @param {Cluster} cluster */
export async function build(cluster) {
  const { lab, topology, state } = cluster;
  const mtu = topology.mtu - overhead(topology);
  for (const node of topology.nodes) {
    const own = state.get(node.name);
    own.iface = node.nics[0].name;
    own.lease = { subnet: node.podCidr, publicIp: node.internalIp, backend: topology.tunnel };
    const ends = (peer) =>
      `local ${node.internalIp} remote ${peer.internalIp} ttl 64${topology.tunnel === 'gre' ? ' key 77' : ''}`;
    for (const peer of topology.nodes.filter((n) => n !== node))
      lab.batch(node.name, [
        `link add ${deviceTo(peer)} mtu ${mtu} type ${topology.tunnel} ${ends(peer)}`,
        `link set ${deviceTo(peer)} up`,
      ]);
    vxlan.attachPods(cluster, node, mtu);
  }
  for (const node of topology.nodes) sync(cluster, node);
}

export const { rules, deviceOf } = vxlan;
