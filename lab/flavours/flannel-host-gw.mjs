import * as vxlan from './flannel-vxlan.mjs';

/**
 * flannel's host-gw backend (pkg/backend/hostgw, route_network.go): no device, one route per lease through its public
 * address, the NIC's whole MTU for the pods. Bridge, pods and iptables rules are those of the vxlan backend.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 */

/** @param {Cluster} cluster @param {NodeSpec} node */
export function sync({ lab, topology, state }, node) {
  for (const peer of topology.nodes) {
    const { lease } = state.get(peer.name);
    if (peer === node || lease.subnet === node.podCidr) continue;
    lab.ip(node.name, ['route', 'replace', lease.subnet, 'via', lease.publicIp, 'dev', state.get(node.name).iface]);
  }
}

/** @param {Cluster} cluster */
export async function build(cluster) {
  const { topology, state } = cluster;
  for (const node of topology.nodes) {
    const own = state.get(node.name);
    const nic = node.nics.find((n) => n.name === (topology.flannelIface ?? n.name));
    own.iface = nic.name;
    own.lease = { subnet: node.podCidr, publicIp: nic.address.replace(/\/\d+$/, ''), backend: 'host-gw' };
    own.subnetEnv = [
      `FLANNEL_NETWORK=${topology.clusterCidr}`,
      `FLANNEL_SUBNET=${vxlan.bridgeAddress(node.podCidr)}`,
      `FLANNEL_MTU=${topology.mtu}`,
      'FLANNEL_IPMASQ=true',
    ];
    vxlan.attachPods(cluster, node, topology.mtu);
  }
  for (const node of topology.nodes) sync(cluster, node);
}

export const { rules, deviceOf } = vxlan;
