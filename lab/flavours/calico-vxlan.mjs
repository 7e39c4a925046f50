import { attachPods, caliOf } from './bird-bgp.mjs';
import { felixRules } from './felix.mjs';

/**
 * Calico with VXLAN and no BIRD: Felix makes `vxlan.calico` (felix/dataplane/linux/vxlan_mgr.go: VNI 4096, port 4789,
 * nolearning), routes of protocol 80 and the permanent entries of the peers.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 */

const OVERHEAD = 50;
/** The tunnel's address is one of the node's block, here its first. */
const tunnelAddress = (node) => node.podCidr.replace(/\/\d+$/, '');

/** @param {Cluster} cluster @param {NodeSpec} node */
export function sync({ lab, topology }, node) {
  for (const peer of topology.nodes) {
    if (peer === node) continue;
    const gateway = tunnelAddress(peer);
    const own = ['dev', 'vxlan.calico'];
    lab.ip(node.name, ['neigh', 'replace', gateway, 'lladdr', peer.vtepMac, ...own, 'nud', 'permanent']);
    lab.exec(node.name, [
      'bridge',
      'fdb',
      'replace',
      peer.vtepMac,
      ...own,
      'dst',
      peer.internalIp,
      'self',
      'permanent',
    ]);
    lab.ip(node.name, ['route', 'replace', peer.podCidr, 'via', gateway, ...own, 'onlink', 'proto', '80']);
  }
}

/** Felix's sets of a node. @param {Cluster} cluster @param {NodeSpec} node */
export const felixSets = ({ topology }, node) => ({
  'cali40masq-ipam-pools': [topology.clusterCidr],
  'cali40all-ipam-pools': [topology.clusterCidr],
  'cali40all-vxlan-net': topology.nodes.filter((n) => n !== node).map((n) => n.internalIp),
  'cali40this-host': ['127.0.0.0/8', node.internalIp, tunnelAddress(node)],
});

function makeSets(cluster, node) {
  const { lab } = cluster;
  const input = Object.entries(felixSets(cluster, node)).flatMap(([name, members]) => [
    `create ${name} hash:net family inet maxelem 1048576`,
    ...members.map((member) => `add ${name} ${member}`),
  ]);
  lab.exec(node.name, ['ipset', 'restore'], { input: `${input.join('\n')}\n` });
}

/** @param {Cluster} cluster */
export async function build(cluster) {
  const { lab, topology } = cluster;
  const mtu = topology.mtu - OVERHEAD;
  for (const node of topology.nodes) {
    lab.batch(node.name, [
      `link add vxlan.calico address ${node.vtepMac} mtu ${mtu} type vxlan id 4096 local ${node.internalIp} dev ${node.nics[0].name} dstport 4789 nolearning`,
      `address add ${tunnelAddress(node)}/32 dev vxlan.calico`,
      'link set vxlan.calico up',
      `route add blackhole ${node.podCidr} proto 80`,
    ]);
    attachPods(cluster, node, mtu);
    makeSets(cluster, node);
  }
  for (const node of topology.nodes) sync(cluster, node);
}

export const deviceOf = caliOf;
export const rules = ({ topology }, node) =>
  felixRules(node.pods.map(caliOf), { tunnel: 'vxlan.calico', raw: topology.raw, appends: true });
