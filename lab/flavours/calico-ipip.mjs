import { attachPods, caliOf } from './bird-bgp.mjs';
import { felixRules } from './felix.mjs';

/**
 * Calico with IPIP: Felix brings up `tunl0`, which the module made (felix/dataplane/linux/ipip_mgr.go), and Calico's BIRD writes routes
 * through it with their gateway taken as on link (its `krt_tunnel`, which Debian's BIRD has not, so the lab writes what it would).
 * CrossSubnet (`directRouting`): nodes of one network reach each other without the tunnel.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 */

const OVERHEAD = 20;
/** The tunnel's address is one of the node's block, here its first. */
export const tunnelAddress = (node) => node.podCidr.replace(/\/\d+$/, '');
export const isOnLink = (a, b) => a.internalIp.replace(/\d+$/, '') === b.internalIp.replace(/\d+$/, '');

/** @param {Cluster} cluster @param {NodeSpec} node */
export function sync({ lab, topology }, node) {
  for (const peer of topology.nodes.filter((n) => n !== node)) {
    const way =
      topology.directRouting && isOnLink(node, peer) ? ['dev', node.nics[0].name] : ['dev', 'tunl0', 'onlink'];
    lab.ip(node.name, ['route', 'replace', peer.podCidr, 'via', peer.internalIp, ...way, 'proto', 'bird']);
  }
}

export function makeSets({ lab, topology }, node, more = {}) {
  const sets = {
    'cali40masq-ipam-pools': [topology.clusterCidr],
    'cali40all-ipam-pools': [topology.clusterCidr],
    'cali40all-hosts-net': topology.nodes.map((n) => n.internalIp),
    'cali40this-host': ['127.0.0.0/8', node.internalIp, tunnelAddress(node)],
    ...more,
  };
  const input = Object.entries(sets).flatMap(([name, members]) => [
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
      `link set tunl0 mtu ${mtu} up`,
      `address add ${tunnelAddress(node)}/32 dev tunl0`,
      `route add blackhole ${node.podCidr} proto bird`,
    ]);
    attachPods(cluster, node, mtu);
    makeSets(cluster, node);
  }
  for (const node of topology.nodes) sync(cluster, node);
}

export const deviceOf = caliOf;
export const rules = ({ topology }, node) =>
  felixRules(node.pods.map(caliOf), { tunnel: 'tunl0', raw: topology.raw, appends: true });
