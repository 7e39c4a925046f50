import * as birdBgp from './flavours/bird-bgp.mjs';
import * as calicoIpip from './flavours/calico-ipip.mjs';
import * as calicoVxlan from './flavours/calico-vxlan.mjs';
import * as calicoWireguard from './flavours/calico-wireguard.mjs';
import * as flannelHostGw from './flavours/flannel-host-gw.mjs';
import * as flannelIpip from './flavours/flannel-ipip.mjs';
import * as flannelVxlan from './flavours/flannel-vxlan.mjs';
import * as flannelWireguard from './flavours/flannel-wireguard.mjs';
import * as flatVxlan from './flavours/flat-vxlan.mjs';
import * as kindnet from './flavours/kindnet.mjs';
import * as macvlan from './flavours/macvlan.mjs';
import * as tunnelMesh from './flavours/tunnel-mesh.mjs';
import { makeSix, restoreSixRules } from './ipv6.mjs';
import { kubeProxyRules } from './kube-proxy.mjs';
import { addressesOf, DEVICE, ipvsServices, ipvsSets } from './kube-proxy-ipvs.mjs';
import { kubeProxyTable } from './kube-proxy-nft.mjs';
import { openLab } from './netns.mjs';
import { macOf, podNs } from './topologies.mjs';

/**
 * @typedef {import('./topologies.mjs').Topology} Topology
 * @typedef {import('./topologies.mjs').NodeSpec} NodeSpec
 * @typedef {import('./topologies.mjs').Pod} Pod
 * @typedef {{ lab: import('./netns.mjs').Lab, topology: Topology, state: Map<string, Record<string, any>>, agents?: Map<string, (request: object) => Promise<any>> }} Cluster
 */

const FLAVOURS = {
  'flannel-vxlan': flannelVxlan,
  'flannel-host-gw': flannelHostGw,
  'bird-bgp': birdBgp,
  'calico-vxlan': calicoVxlan,
  kindnet,
  'calico-ipip': calicoIpip,
  'calico-wireguard': calicoWireguard,
  'flannel-ipip': flannelIpip,
  'flannel-wireguard': flannelWireguard,
  'tunnel-mesh': tunnelMesh,
  'flat-vxlan': flatVxlan,
  macvlan,
};

export const nodeOf = (cluster, name) => {
  const node = cluster.topology.nodes.find((n) => n.name === name);
  if (!node) throw new Error(`no node ${name} in ${cluster.topology.name}`);
  return node;
};

const JUMBO = 9216;
const BRIDGES = { lan: 'br0', lan2: 'br1' };

/**
 * The LAN: a bridge in a namespace of its own that is also the default gateway of all nodes and the outside world. A second
 * segment is a second bridge there, and the namespace routes between them.
 */
function makeLan(lab, topology) {
  lab.add('lan');
  for (const [network, bridge] of Object.entries(BRIDGES)) {
    const lan = topology[network];
    if (!lan) continue;
    lab.batch('lan', [
      `link add ${bridge} address ${macOf(network)} type bridge`,
      `address add ${lan.gateway}/${lan.length} dev ${bridge}`,
      `link set ${bridge} up`,
    ]);
  }
  lab.sysctl('lan', { 'net.ipv4.ip_forward': 1 });
}

/** A machine on the LAN that is no node: nothing of it is ever captured. */
function makeOutside(lab, { lan, outside, mtu }) {
  lab.add('outside');
  const peer = ['peer', 'name', 'eth0', 'address', macOf('outside'), 'netns', lab.full('outside')];
  lab.ip('lan', ['link', 'add', 'outside', 'type', 'veth', ...peer]);
  lab.batch('lan', [`link set outside master br0 mtu ${JUMBO} up`]);
  lab.batch('outside', [
    `link set eth0 mtu ${mtu} up`,
    `address add ${outside}/${lan.length} brd + dev eth0`,
    `route add default via ${lan.gateway}`,
  ]);
}

/** VirtualBox's NAT engine: per machine a network that no other machine is on. */
function makeNat(lab, node, nic, nat) {
  const ns = `nat-${node.name}`;
  lab.add(ns);
  lab.ip(ns, [
    'link',
    'add',
    'vm',
    'address',
    '52:54:00:12:35:02',
    'type',
    'veth',
    'peer',
    'name',
    nic.name,
    'address',
    nic.mac,
    'netns',
    lab.full(node.name),
  ]);
  lab.batch(ns, [`address add ${nat.gateway}/${nat.length} dev vm`, 'link set vm up']);
}

function makeNics(lab, topology, node) {
  for (const nic of node.nics) {
    if (nic.network === 'nat') makeNat(lab, node, nic, topology.nat);
    else {
      // The port is called like its node, further ones like the NIC too.
      const isFirst = node.nics.find((n) => n.network !== 'nat') === nic;
      const port = isFirst ? node.name : `${node.name}-${nic.name}`;
      lab.ip('lan', [
        'link',
        'add',
        port,
        'type',
        'veth',
        'peer',
        'name',
        nic.name,
        'address',
        nic.mac,
        'netns',
        lab.full(node.name),
      ]);
      // A switch that takes whatever a NIC sends: what is too long is lost at a NIC, which is captured.
      const mtu = topology.outside ? JUMBO : topology.mtu;
      lab.batch('lan', [`link set ${port} master ${BRIDGES[nic.network]} mtu ${mtu} up`]);
    }
    lab.batch(node.name, [
      `link set ${nic.name} mtu ${topology.mtu} up`,
      `address add ${nic.address}${nic.address.endsWith('/32') ? '' : ' brd +'} dev ${nic.name}`,
    ]);
  }
  // The first NIC carries the default route, as dhcp on the first adapter leaves it.
  const { gateway } = topology[node.nics[0].network];
  // A cloud gives an address without a subnet, and the way to its gateway.
  if (node.nics[0].address.endsWith('/32'))
    lab.ip(node.name, ['route', 'add', gateway, 'dev', node.nics[0].name, 'scope', 'link']);
  lab.ip(node.name, ['route', 'add', 'default', 'via', gateway, 'dev', node.nics[0].name]);
}

/** A bridge that never had a port shows carrier; with a dead port at its start docker0 has none, as on a real node. */
function makeDocker(lab, node) {
  lab.batch(node.name, [
    `link add docker0 address 02:42:ac:11:00:0${node.name.slice(-1)} type bridge`,
    'address add 172.17.0.1/16 brd 172.17.255.255 dev docker0',
    'link add gone type veth peer name gone1',
    'link set gone master docker0 up',
    'link set docker0 up',
    'link del gone',
  ]);
}

function makeNode(lab, topology, node) {
  lab.add(node.name);
  const { rpFilter } = topology;
  lab.sysctl(node.name, {
    'net.ipv4.conf.all.rp_filter': rpFilter,
    'net.ipv4.conf.default.rp_filter': rpFilter,
    'net.ipv4.ip_forward': 1,
    'net.bridge.bridge-nf-call-iptables': 1,
    'net.bridge.bridge-nf-call-ip6tables': 1,
  });
  makeNics(lab, topology, node);
  if (node.docker) makeDocker(lab, node);
}

/** Services in the kernel's balancer, their addresses and sets; what was there before goes. */
function restoreIpvs({ lab, topology }, node) {
  lab.exec(node.name, ['ip', 'link', 'delete', DEVICE], { mayFail: true });
  lab.sysctl(node.name, {
    'net.ipv4.vs.conntrack': 1,
    'net.ipv4.vs.conn_reuse_mode': 0,
    'net.ipv4.vs.expire_nodest_conn': 1,
    'net.ipv4.vs.expire_quiescent_template': 1,
  });
  const { stdout } = lab.ip(node.name, ['-4', '-o', 'addr', 'show']);
  const own = [...stdout.matchAll(/^\d+: (\S+) +inet ([\d.]+)/gm)]
    .filter(([, dev]) => dev !== 'lo')
    .map(([, , a]) => a);
  lab.batch(node.name, [
    `link add ${DEVICE} type dummy`,
    ...addressesOf(topology).map((a) => `address add ${a}/32 dev ${DEVICE}`),
  ]);
  lab.exec(node.name, ['ipvsadm', '-C']);
  lab.exec(node.name, ['ipvsadm', '-R'], { input: ipvsServices(topology, node, own) });
}

/**
 * kube-proxy, kubelet and the CNI's own rules, restored by the real tool; what was there before goes.
 * @param {Cluster} cluster @param {NodeSpec} node
 */
export function restoreRules(cluster, node) {
  const { lab, topology } = cluster;
  const own = FLAVOURS[topology.flavour].rules(cluster, node);
  if (topology.proxyMode === 'ipvs')
    lab.exec(node.name, ['ipset', 'restore', '-exist'], { input: ipvsSets(topology, node) });
  lab.exec(node.name, [`iptables-${topology.iptables}-restore`], { input: kubeProxyRules(topology, own, node) });
  if (topology.v6) restoreSixRules(cluster, node, own);
  if (topology.proxyMode === 'nftables')
    lab.exec(node.name, ['nft', '-f', '-'], { input: kubeProxyTable(topology, node) });
  if (topology.proxyMode === 'ipvs') restoreIpvs(cluster, node);
}

/** Host side of a pod's veth. */
export const podDevice = (topology, pod) => FLAVOURS[topology.flavour].deviceOf(pod);
/** The overlay's device, where the flavour has one. */
export const tunnelOf = (topology) =>
  ({
    'flannel-vxlan': 'flannel.1',
    'calico-vxlan': 'vxlan.calico',
    'calico-ipip': 'tunl0',
    'calico-wireguard': 'wireguard.cali',
    'flannel-ipip': 'flannel.ipip',
    'flannel-wireguard': 'flannel-wg',
    'tunnel-mesh': 'tun-',
  })[topology.flavour];
export const isFlannel = (topology) => topology.flavour.startsWith('flannel');
export const isCalico = (topology) => topology.flavour === 'bird-bgp' || topology.flavour.startsWith('calico-');
export const bridgeOf = (topology) =>
  isFlannel(topology) || topology.flavour === 'tunnel-mesh'
    ? 'cni0'
    : topology.flavour === 'flat-vxlan'
      ? 'weave'
      : undefined;
/** What the CNI's daemon writes for all peers, written again: routes, neighbours, FDB entries. */
export const syncPeers = (cluster, node) => FLAVOURS[cluster.topology.flavour].sync(cluster, node);

/**
 * Builds the cluster that a topology declares: namespaces, links, addresses, the flavour's overlay, iptables rules.
 * @param {Topology} topology
 * @returns {Promise<Cluster>}
 */
export async function buildCluster(topology) {
  const lab = openLab();
  const cluster = { lab, topology, state: new Map(topology.nodes.map((n) => [n.name, {}])) };
  try {
    makeLan(lab, topology);
    if (topology.outside) makeOutside(lab, topology);
    for (const node of topology.nodes) makeNode(lab, topology, node);
    for (const node of topology.nodes) for (const pod of node.pods) lab.add(podNs(pod));
    await FLAVOURS[topology.flavour].build(cluster);
    if (topology.v6) makeSix(cluster, FLAVOURS[topology.flavour].deviceOf);
    for (const node of topology.nodes) restoreRules(cluster, node);
    return cluster;
  } catch (error) {
    lab.close();
    throw error;
  }
}
