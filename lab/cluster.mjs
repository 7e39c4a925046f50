import * as birdBgp from './flavours/bird-bgp.mjs';
import * as flannelVxlan from './flavours/flannel-vxlan.mjs';
import { kubeProxyRules } from './kube-proxy.mjs';
import { openLab } from './netns.mjs';
import { macOf, podNs } from './topologies.mjs';

/**
 * @typedef {import('./topologies.mjs').Topology} Topology
 * @typedef {import('./topologies.mjs').NodeSpec} NodeSpec
 * @typedef {import('./topologies.mjs').Pod} Pod
 * @typedef {{ lab: import('./netns.mjs').Lab, topology: Topology, state: Map<string, Record<string, any>>, agents?: Map<string, (request: object) => Promise<any>> }} Cluster
 */

const FLAVOURS = { 'flannel-vxlan': flannelVxlan, 'bird-bgp': birdBgp };

export const nodeOf = (cluster, name) => {
  const node = cluster.topology.nodes.find((n) => n.name === name);
  if (!node) throw new Error(`no node ${name} in ${cluster.topology.name}`);
  return node;
};

/** The LAN: a bridge in a namespace of its own that is also the default gateway of all nodes and the outside world. */
function makeLan(lab, { lan }) {
  lab.add('lan');
  lab.batch('lan', [
    `link add br0 address ${macOf('lan')} type bridge`,
    `address add ${lan.gateway}/${lan.length} dev br0`,
    'link set br0 up',
  ]);
  lab.sysctl('lan', { 'net.ipv4.ip_forward': 1 });
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
      const isFirst = node.nics.find((n) => n.network === 'lan') === nic;
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
      lab.batch('lan', [`link set ${port} master br0 mtu ${topology.mtu} up`]);
    }
    lab.batch(node.name, [
      `link set ${nic.name} mtu ${topology.mtu} up`,
      `address add ${nic.address} brd + dev ${nic.name}`,
    ]);
  }
  // The first NIC carries the default route, as dhcp on the first adapter leaves it.
  const { gateway } = node.nics[0].network === 'nat' ? topology.nat : topology.lan;
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

/** kube-proxy, kubelet and the CNI's own rules, restored by the real tool. */
function restoreRules(cluster, node) {
  const own = FLAVOURS[cluster.topology.flavour].rules(cluster, node);
  const tables = kubeProxyRules(cluster.topology, own);
  cluster.lab.exec(node.name, [`iptables-${cluster.topology.iptables}-restore`], { input: tables });
}

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
    for (const node of topology.nodes) makeNode(lab, topology, node);
    for (const node of topology.nodes) for (const pod of node.pods) lab.add(podNs(pod));
    await FLAVOURS[topology.flavour].build(cluster);
    for (const node of topology.nodes) restoreRules(cluster, node);
    return cluster;
  } catch (error) {
    lab.close();
    throw error;
  }
}
