import { attachPods, caliOf } from './bird-bgp.mjs';
import { isOnLink, makeSets } from './calico-ipip.mjs';
import { felixRules } from './felix.mjs';
import { addPeer, makeDevice } from './wireguard.mjs';

/**
 * Calico that encrypts (felix/wireguard/wireguard.go): beside the routes that BIRD writes, a rule sends what WireGuard has not marked to table 1,
 * whose routes lead into `wireguard.cali`; what the table throws back goes on in the main one. Blocks are what a peer may send from.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 */

const DEVICE = 'wireguard.cali';
const PORT = 51820;
const OVERHEAD = 60;
export const MARK = '0x100000';
/** An address of the block, behind those of the pods. */
const tunnelAddress = (node) => node.podCidr.replace(/(\d+)\/\d+$/, (_, last) => String(Number(last) + 40));

/** @param {Cluster} cluster @param {NodeSpec} node */
export function sync(cluster, node) {
  const { lab, topology } = cluster;
  for (const peer of topology.nodes.filter((n) => n !== node)) {
    const gateway = isOnLink(node, peer) ? peer.internalIp : topology.lan.gateway;
    lab.ip(node.name, ['route', 'replace', peer.podCidr, 'via', gateway, 'dev', node.nics[0].name, 'proto', 'bird']);
    addPeer(cluster, node, peer, { device: DEVICE, port: PORT, allowed: [`${tunnelAddress(peer)}/32`, peer.podCidr] });
    for (const to of [`${tunnelAddress(peer)}/32`, peer.podCidr])
      lab.ip(node.name, ['route', 'replace', to, 'dev', DEVICE, 'scope', 'link', 'proto', '80', 'table', '1']);
  }
  for (const own of [node.podCidr]) lab.ip(node.name, ['route', 'replace', 'throw', own, 'proto', '80', 'table', '1']);
}

/** @param {Cluster} cluster */
export async function build(cluster) {
  const { lab, topology } = cluster;
  const mtu = topology.mtu - OVERHEAD;
  for (const node of topology.nodes) {
    makeDevice(cluster, node, { device: DEVICE, port: PORT, mtu, mark: MARK });
    lab.sysctl(node.name, { 'net.ipv4.conf.all.src_valid_mark': 1 });
    lab.batch(node.name, [
      `address add ${tunnelAddress(node)}/32 dev ${DEVICE}`,
      `link set ${DEVICE} up`,
      `route add blackhole ${node.podCidr} proto bird`,
      `rule add not from all fwmark ${MARK}/${MARK} lookup 1 priority 99`,
    ]);
    attachPods(cluster, node, mtu);
    makeSets(cluster, node);
  }
  for (const node of topology.nodes) sync(cluster, node);
}

export const deviceOf = caliOf;
export const rules = ({ topology }, node) => felixRules(node.pods.map(caliOf), { raw: topology.raw, appends: true });
