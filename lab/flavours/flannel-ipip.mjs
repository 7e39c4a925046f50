import { isOnLink } from './calico-ipip.mjs';
import * as vxlan from './flannel-vxlan.mjs';

/**
 * flannel's ipip backend (pkg/backend/ipip/ipip.go): `flannel.ipip` beside the module's own tunl0, with the node's address as `local`, and routes
 * through it whose gateway is taken as on link; with DirectRouting peers of the same network without it.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 */

const DEVICE = 'flannel.ipip';
const OVERHEAD = 20;

/** @param {Cluster} cluster @param {NodeSpec} node */
export function sync({ lab, topology }, node) {
  for (const peer of topology.nodes.filter((n) => n !== node)) {
    const device = topology.directRouting && isOnLink(node, peer) ? node.nics[0].name : DEVICE;
    lab.ip(node.name, ['route', 'replace', peer.podCidr, 'via', peer.internalIp, 'dev', device, 'onlink']);
  }
}

/** @param {Cluster} cluster */
export async function build(cluster) {
  const { lab, topology, state } = cluster;
  const mtu = topology.mtu - OVERHEAD;
  for (const node of topology.nodes) {
    const own = state.get(node.name);
    own.iface = node.nics[0].name;
    own.lease = { subnet: node.podCidr, publicIp: node.internalIp, backend: 'ipip' };
    lab.batch(node.name, [
      `link add ${DEVICE} mtu ${mtu} type ipip local ${node.internalIp}`,
      `address add ${vxlan.vtepAddress(node.podCidr)}/32 dev ${DEVICE}`,
      `link set ${DEVICE} up`,
    ]);
    vxlan.attachPods(cluster, node, mtu);
  }
  for (const node of topology.nodes) sync(cluster, node);
}

export const { rules, deviceOf } = vxlan;
