import * as vxlan from './flannel-vxlan.mjs';
import { addPeer, makeDevice } from './wireguard.mjs';

/**
 * flannel's wireguard backend (pkg/backend/wireguard): `flannel-wg` on port 51820 with the subnet's first address, one route for the whole pod
 * network into it, and a peer per lease that may send from its subnet.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 */

const DEVICE = 'flannel-wg';
const PORT = 51820;
const OVERHEAD = 80;

/** @param {Cluster} cluster @param {NodeSpec} node */
export function sync(cluster, node) {
  const { lab, topology } = cluster;
  for (const peer of topology.nodes)
    if (peer !== node) addPeer(cluster, node, peer, { device: DEVICE, port: PORT, allowed: [peer.podCidr] });
  lab.ip(node.name, ['route', 'replace', topology.clusterCidr, 'dev', DEVICE, 'scope', 'link']);
}

/** @param {Cluster} cluster */
export async function build(cluster) {
  const { lab, topology, state } = cluster;
  const mtu = topology.mtu - OVERHEAD;
  for (const node of topology.nodes) {
    const own = state.get(node.name);
    own.iface = node.nics[0].name;
    own.lease = { subnet: node.podCidr, publicIp: node.internalIp, backend: 'wireguard' };
    makeDevice(cluster, node, { device: DEVICE, port: PORT, mtu });
    lab.batch(node.name, [`address add ${vxlan.vtepAddress(node.podCidr)}/32 dev ${DEVICE}`, `link set ${DEVICE} up`]);
    vxlan.attachPods(cluster, node, mtu);
  }
  for (const node of topology.nodes) sync(cluster, node);
}

export const { rules, deviceOf } = vxlan;
