import { podNs, vethOf } from '../topologies.mjs';

/**
 * One layer 2 for all pods, as Weave and Docker's overlay make it: a bridge on every node in one subnet, and a VXLAN device as a port of it that
 * floods what it does not know to all peers and learns where each lladdr is.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 */

const OVERHEAD = 50;
const lengthOf = (topology) => topology.clusterCidr.split('/')[1];
/** The bridge's address: where its pods send what leaves the overlay. */
const gatewayOf = (node) => node.podCidr.replace(/\d+\/\d+$/, '1');

/** @param {Cluster} cluster @param {NodeSpec} node */
export function sync({ lab, topology }, node) {
  const held = lab.exec(node.name, ['bridge', 'fdb', 'show', 'dev', 'vx42']).stdout;
  for (const peer of topology.nodes)
    if (peer !== node && !held.includes(`00:00:00:00:00:00 dst ${peer.internalIp} `))
      lab.exec(node.name, [
        ...['bridge', 'fdb', 'append', '00:00:00:00:00:00', 'dev', 'vx42', 'dst', peer.internalIp],
        ...['self', 'permanent'],
      ]);
}

/** @param {Cluster} cluster */
export async function build(cluster) {
  const { lab, topology } = cluster;
  const mtu = String(topology.mtu - OVERHEAD);
  for (const node of topology.nodes) {
    lab.batch(node.name, [
      `link add weave address ${node.bridgeMac} mtu ${mtu} type bridge`,
      `address add ${gatewayOf(node)}/${lengthOf(topology)} brd + dev weave`,
      'link set weave up',
      `link add vx42 address ${node.vtepMac} mtu ${mtu} type vxlan id 42 local ${node.internalIp} dev ${node.nics[0].name} dstport 4789 learning`,
      'link set vx42 master weave up',
    ]);
    for (const pod of node.pods) {
      const peer = ['peer', 'name', 'eth0', 'address', pod.mac, 'mtu', mtu, 'netns', lab.full(podNs(pod))];
      lab.ip(node.name, ['link', 'add', vethOf(pod), 'mtu', mtu, 'type', 'veth', ...peer]);
      lab.batch(node.name, [`link set ${vethOf(pod)} master weave up`]);
      lab.exec(node.name, ['bridge', 'link', 'set', 'dev', vethOf(pod), 'hairpin', 'on']);
      lab.batch(podNs(pod), [
        'link set eth0 up',
        `address add ${pod.address}/${lengthOf(topology)} brd + dev eth0`,
        `route add default via ${gatewayOf(node)} dev eth0`,
      ]);
    }
  }
  for (const node of topology.nodes) sync(cluster, node);
}

export const deviceOf = vethOf;

/** Weave's rules, without its policies (weave/net/bridge.go). */
export function rules({ topology }) {
  const net = topology.clusterCidr;
  return {
    filter: ['-A FORWARD -i weave -j ACCEPT', '-A FORWARD -o weave -j ACCEPT'],
    nat: [
      ':WEAVE - [0:0]',
      '-A POSTROUTING -j WEAVE',
      `-A WEAVE -s ${net} -d 224.0.0.0/4 -j RETURN`,
      `-A WEAVE ! -s ${net} -d ${net} -j MASQUERADE`,
      `-A WEAVE -s ${net} ! -d ${net} -j MASQUERADE`,
    ],
  };
}
