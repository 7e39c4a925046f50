import { flannelLog } from '../flannel-log.mjs';
import { podNs, vethOf } from '../topologies.mjs';

/**
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 * @typedef {{ subnet: string, publicIp: string, vtepMac: string }} Lease
 */

/** flannel subtracts its overhead from the NIC's MTU: pkg/backend/vxlan/vxlan_network.go, encapOverhead. */
const OVERHEAD = 50;
/** An outer header of IPv6 is longer. */
const OVERHEAD6 = 70;
export const vtepAddress = (subnet) => subnet.replace(/\/\d+$/, '');
export const bridgeAddress = (subnet) => subnet.replace(/\d+\/(\d+)$/, '1/$1');
export const overlayMtu = (topology) => topology.mtu - (topology.v6 ? OVERHEAD6 : OVERHEAD);

/**
 * What `flanneld` does at its start: chooses a NIC (the default route's, unless told another), makes flannel.1 and
 * registers the lease. pkg/backend/vxlan/device.go: VNI 1, port 8472, nolearning, no queue length.
 * @param {Cluster} cluster @param {NodeSpec} node @param {{ iface?: string, vtepMac?: string }} [options]
 */
export function startFlannel(
  { lab, topology, state },
  node,
  { iface = node.nics[0].name, vtepMac = node.vtepMac } = {},
) {
  const nic = node.nics.find((n) => n.name === iface);
  const publicIp = nic.address.replace(/\/\d+$/, '');
  lab.batch(node.name, [
    `link add flannel.1 address ${vtepMac} mtu ${overlayMtu(topology)} txqueuelen 0 type vxlan id 1 local ${publicIp} dev ${iface} dstport 8472 nolearning`,
    `address add ${vtepAddress(node.podCidr)}/32 dev flannel.1`,
    'link set flannel.1 up',
  ]);
  const own = state.get(node.name);
  own.lease = { subnet: node.podCidr, publicIp, vtepMac };
  own.iface = iface;
  own.subnetEnv = [
    `FLANNEL_NETWORK=${topology.clusterCidr}`,
    `FLANNEL_SUBNET=${bridgeAddress(node.podCidr)}`,
    `FLANNEL_MTU=${overlayMtu(topology)}`,
    'FLANNEL_IPMASQ=true',
  ];
}

/** DirectRouting asks the kernel for a route to the peer and takes one without a gateway (vxlan_network.go, ip.DirectRouting). */
function isOnLink(node, iface, address) {
  const own = node.nics.find((n) => n.name === iface).address;
  return own.replace(/\d+\/24$/, '') === address.replace(/\d+$/, '');
}

/**
 * What each flanneld does for each lease it sees: ARP entry, FDB entry, then the route (vxlan_network.go,
 * handleSubnetEvents). A lease with the own subnet is taken for the own lease (subnet/watch.go), and a later lease
 * with an equal subnet replaces the neighbour and the route of the former, but not its FDB entry.
 * @param {Cluster} cluster @param {NodeSpec} node
 */
export function syncLeases({ lab, topology, state }, node) {
  const seen = [];
  for (const peer of topology.nodes) {
    const { lease } = state.get(peer.name);
    if (peer === node || lease.subnet === node.podCidr) continue;
    const { iface } = state.get(node.name);
    if (topology.directRouting && isOnLink(node, iface, lease.publicIp)) {
      lab.ip(node.name, ['route', 'replace', lease.subnet, 'via', lease.publicIp, 'dev', iface]);
      seen.push(lease);
      continue;
    }
    const gateway = vtepAddress(lease.subnet);
    lab.ip(node.name, ['neigh', 'replace', gateway, 'lladdr', lease.vtepMac, 'dev', 'flannel.1', 'nud', 'permanent']);
    lab.exec(node.name, [
      'bridge',
      'fdb',
      'replace',
      lease.vtepMac,
      'dev',
      'flannel.1',
      'dst',
      lease.publicIp,
      'self',
      'permanent',
    ]);
    lab.ip(node.name, ['route', 'replace', lease.subnet, 'via', gateway, 'dev', 'flannel.1', 'onlink']);
    seen.push(lease);
  }
  const own = state.get(node.name);
  own.log = flannelLog(topology, node, own, seen);
}

/** The CNI bridge plugin as flannel's delegate: cni0 with the first address, veths as hairpin ports; the first pod makes the bridge. */
export function attachPods({ lab, topology }, node, mtu = overlayMtu(topology)) {
  if (node.pods.length === 0) return;
  lab.batch(node.name, [
    `link add cni0 address ${node.bridgeMac} mtu ${mtu} type bridge`,
    `address add ${bridgeAddress(node.podCidr)} brd + dev cni0`,
    'link set cni0 up',
  ]);
  const gateway = bridgeAddress(node.podCidr).replace(/\/\d+$/, '');
  for (const pod of node.pods) {
    const veth = vethOf(pod);
    lab.ip(node.name, [
      'link',
      'add',
      veth,
      'mtu',
      String(mtu),
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'address',
      pod.mac,
      'mtu',
      String(mtu),
      'netns',
      lab.full(podNs(pod)),
    ]);
    lab.batch(node.name, [`link set ${veth} address ${hostMac(pod)} master cni0 up`]);
    lab.exec(node.name, ['bridge', 'link', 'set', 'dev', veth, 'hairpin', 'on']);
    lab.batch(podNs(pod), [
      'link set eth0 up',
      `address add ${pod.address}/${node.podCidr.split('/')[1]} brd + dev eth0`,
      `route add default via ${gateway} dev eth0`,
      `route add ${topology.clusterCidr} via ${gateway} dev eth0`,
    ]);
  }
}
const hostMac = (pod) => pod.mac.replace(/^../, (b) => (Number.parseInt(b, 16) ^ 0x10).toString(16).padStart(2, '0'));

/**
 * Gravity's planet routes the service network to a dummy, so that nodes without a default route reach services. Small
 * kernels have no dummy device; an ifb is the same to routing (no ARP, swallows all), and the scrubber calls it dummy.
 */
function makeServiceRoute({ lab, topology }, node) {
  const add = ['link', 'add', 'flannel.null', 'address', node.vtepMac.replace(/..$/, '00'), 'type'];
  const dummy = lab.exec(node.name, ['ip', ...add, 'dummy'], { mayFail: true });
  if (dummy.status !== 0) lab.ip(node.name, [...add, 'ifb']);
  lab.batch(node.name, [
    'link set flannel.null txqueuelen 1000 up',
    `route add ${topology.serviceCidr} dev flannel.null`,
  ]);
}

/** @param {Cluster} cluster */
export async function build(cluster) {
  const { topology } = cluster;
  // flanneld of the VirtualBox cluster is told the right NIC; the fault takes that away.
  for (const node of topology.nodes)
    startFlannel(cluster, node, { iface: topology.flannelIface ?? node.nics.find((n) => n.network !== 'nat').name });
  for (const node of topology.nodes) {
    if (topology.flannel === 'gravity') makeServiceRoute(cluster, node);
    attachPods(cluster, node);
    syncLeases(cluster, node);
  }
}

/** FLANNEL-POSTRTG and FLANNEL-FWD since flannel 0.20; before, rules stood directly in POSTROUTING and FORWARD. */
export function rules({ topology }, node) {
  const net = topology.clusterCidr;
  if (topology.flannel === 'gravity') {
    return {
      filter: [],
      nat: [
        `-A POSTROUTING -s ${net} -d ${net} -j RETURN`,
        `-A POSTROUTING -s ${net} ! -d 224.0.0.0/4 -j MASQUERADE`,
        `-A POSTROUTING ! -s ${net} -d ${node.podCidr} -j RETURN`,
        `-A POSTROUTING ! -s ${net} -d ${net} -j MASQUERADE`,
      ],
    };
  }
  const masq = '-m comment --comment "flanneld masq"';
  const forward = '-m comment --comment "flanneld forward"';
  return {
    filter: [
      ':FLANNEL-FWD - [0:0]',
      `-A FORWARD ${forward} -j FLANNEL-FWD`,
      `-A FLANNEL-FWD -s ${net} ${forward} -j ACCEPT`,
      `-A FLANNEL-FWD -d ${net} ${forward} -j ACCEPT`,
    ],
    nat: [
      ':FLANNEL-POSTRTG - [0:0]',
      `-A POSTROUTING ${masq} -j FLANNEL-POSTRTG`,
      `-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 ${masq} -j RETURN`,
      `-A FLANNEL-POSTRTG -s ${node.podCidr} -d ${net} ${masq} -j RETURN`,
      `-A FLANNEL-POSTRTG -s ${net} -d ${node.podCidr} ${masq} -j RETURN`,
      `-A FLANNEL-POSTRTG ! -s ${net} -d ${node.podCidr} ${masq} -j RETURN`,
      `-A FLANNEL-POSTRTG -s ${net} ! -d 224.0.0.0/4 ${masq} -j MASQUERADE --random-fully`,
      `-A FLANNEL-POSTRTG ! -s ${net} -d ${net} ${masq} -j MASQUERADE --random-fully`,
    ],
  };
}

/** All that the daemon writes for its peers. */
export const sync = (cluster, node) => syncLeases(cluster, node);
export const deviceOf = vethOf;
