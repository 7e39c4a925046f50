import { podNs, vethOf } from '../topologies.mjs';

/**
 * kindnet as kind runs it: the ptp plugin (plugins/main/ptp/ptp.go) gives each pod a veth that the node routes to, all of
 * them with the gateway's address, and kindnetd writes one route per node and its masquerade chain.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 */

const gatewayOf = (node) => node.podCidr.replace(/\d+\/\d+$/, '1');

/** @param {Cluster} cluster @param {NodeSpec} node */
export function sync({ lab, topology }, node) {
  for (const peer of topology.nodes)
    if (peer !== node) lab.ip(node.name, ['route', 'replace', peer.podCidr, 'via', peer.internalIp]);
}

function attachPod({ lab, topology }, node, pod) {
  const veth = vethOf(pod);
  const gateway = gatewayOf(node);
  const mtu = ['mtu', String(topology.mtu)];
  const peer = ['peer', 'name', 'eth0', 'address', pod.mac, ...mtu, 'netns', lab.full(podNs(pod))];
  lab.ip(node.name, ['link', 'add', veth, ...mtu, 'type', 'veth', ...peer]);
  lab.batch(podNs(pod), [
    'link set eth0 up',
    `address add ${pod.address}/24 brd + dev eth0 noprefixroute`,
    `route add ${gateway} dev eth0 scope link src ${pod.address}`,
    `route add ${node.podCidr} via ${gateway} dev eth0 src ${pod.address}`,
    `route add default via ${gateway} dev eth0`,
  ]);
  lab.batch(node.name, [
    `link set ${veth} up`,
    `address add ${gateway}/32 dev ${veth}`,
    `route add ${pod.address}/32 dev ${veth} scope host`,
  ]);
}

/** @param {Cluster} cluster */
export async function build(cluster) {
  for (const node of cluster.topology.nodes) {
    for (const pod of node.pods) attachPod(cluster, node, pod);
    sync(cluster, node);
  }
}

export const deviceOf = vethOf;

/** kindnetd's chain (cmd/kindnetd/masq.go). */
export function rules({ topology }) {
  const say = (text) => `-m comment --comment "kind-masq-agent: ${text}"`;
  return {
    filter: [],
    nat: [
      ':KIND-MASQ-AGENT - [0:0]',
      `-A POSTROUTING -m addrtype ! --dst-type LOCAL ${say('ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom KIND-MASQ-AGENT chain')} -j KIND-MASQ-AGENT`,
      `-A KIND-MASQ-AGENT -d ${topology.clusterCidr} ${say('local traffic is not subject to MASQUERADE')} -j RETURN`,
      `-A KIND-MASQ-AGENT ${say('outbound traffic is subject to MASQUERADE (must be last in chain)')} -j MASQUERADE`,
    ],
  };
}
