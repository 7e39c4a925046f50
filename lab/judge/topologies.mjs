import * as base from '../topologies.mjs';
import { CALICO, KUBEADM, macOf, nodesOf, oneNic, PODS, servicesOf } from '../topologies.mjs';

/**
 * The clusters on which cases are judged: those of the samples, and one for each other way to connect pods and to write
 * service rules. All have a machine outside.
 * @typedef {import('../topologies.mjs').Topology} Topology
 * @typedef {import('../topologies.mjs').Service} Service
 */

/** Every kind of service that kube-proxy has rules of its own for. @returns {Service[]} */
const richServices = (network) => [
  ...servicesOf(network),
  {
    namespace: 'default',
    name: 'web-sticky',
    clusterIp: `${network}.81`,
    app: 'web',
    affinity: 10800,
    ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }],
  },
  {
    namespace: 'default',
    name: 'web-local',
    clusterIp: `${network}.82`,
    app: 'toolbox',
    local: true,
    ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30082 }],
  },
  {
    namespace: 'default',
    name: 'web-balanced',
    clusterIp: `${network}.83`,
    app: 'web',
    balancer: { address: '203.0.113.83', ranges: ['192.168.50.12/32', '10.244.0.0/16'] },
    ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30083 }],
  },
  {
    namespace: 'default',
    name: 'web-edge',
    clusterIp: `${network}.84`,
    app: 'web',
    local: true,
    healthCheckNodePort: 32084,
    balancer: { address: '203.0.113.84' },
    ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30084 }],
  },
  {
    namespace: 'default',
    name: 'nobody',
    clusterIp: `${network}.85`,
    app: 'nobody',
    ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30085 }],
  },
  {
    namespace: 'kube-system',
    name: 'dns-outside',
    clusterIp: `${network}.86`,
    app: 'kube-dns',
    ports: [{ name: 'dns', protocol: 'UDP', port: 53, targetPort: 53, nodePort: 30053 }],
  },
];

/** Pods of `web` with a host port, as an ingress controller has it. */
const withHostPorts = (nodes) =>
  nodes.map((n) => ({ ...n, pods: n.pods.map((p) => (p.app === 'web' ? { ...p, hostPort: 8081 } : p)) }));

/** @type {Topology} */
const RICH = {
  ...KUBEADM,
  name: 'flannel-rich',
  services: richServices('10.96.0'),
  nodes: withHostPorts(KUBEADM.nodes),
};
/** @type {Topology} */
const RICH_LEGACY = { ...RICH, name: 'flannel-rich-legacy', iptables: 'legacy', rpFilter: 1 };
/** @type {Topology} */
const RICH_NFTABLES = { ...RICH, name: 'flannel-nftables', proxyMode: 'nftables', version: 'v1.33.4' };
/** @type {Topology} */
const HOST_GW = { ...RICH, name: 'flannel-host-gw', flavour: 'flannel-host-gw', rpFilter: 1 };

const segments = [
  { ip: '192.168.50.11', podCidr: '10.244.0.0/24', pods: PODS[0] },
  { ip: '192.168.50.12', podCidr: '10.244.1.0/24', pods: PODS[1] },
  { ip: '192.168.60.13', podCidr: '10.244.2.0/24', pods: PODS[2] },
];
const nicOnSegment = (name, ip) =>
  oneNic('eth0', 24)(name, ip).map((nic) => ({ ...nic, network: ip.startsWith('192.168.60.') ? 'lan2' : 'lan' }));

/** node-3 stands behind a router, on a network of its own. @type {Topology} */
const TWO_SEGMENTS = {
  ...KUBEADM,
  name: 'flannel-two-segments',
  lan2: { gateway: '192.168.60.1', length: 24 },
  nodes: nodesOf(segments, nicOnSegment),
};
/** The same with DirectRouting: nodes 1 and 2 without the tunnel. @type {Topology} */
const DIRECT_ROUTING = { ...TWO_SEGMENTS, name: 'flannel-direct-routing', directRouting: true };

/** A second network on a switch of its own, and flannel told to use it. @type {Topology} */
const DUAL_HOMED = {
  ...KUBEADM,
  name: 'flannel-dual-homed',
  lan2: { gateway: '10.80.0.1', length: 24 },
  flannelIface: 'eth1',
  nodes: KUBEADM.nodes.map((n, i) => ({
    ...n,
    nics: [...n.nics, { name: 'eth1', mac: macOf(`eth1 ${n.name}`), address: `10.80.0.${11 + i}/24`, network: 'lan2' }],
  })),
};

/** @type {Topology} */
const KINDNET = { ...RICH, name: 'kindnet', flavour: 'kindnet' };
/** @type {Topology} */
const KINDNET_NFTABLES = { ...RICH_NFTABLES, name: 'kindnet-nftables', flavour: 'kindnet' };

/** @type {Topology} */
const CALICO_VXLAN = {
  ...CALICO,
  name: 'calico-vxlan',
  flavour: 'calico-vxlan',
  raw: true,
  services: richServices('10.96.0'),
  nodes: withHostPorts(CALICO.nodes),
};
/** @type {Topology} */
const CALICO_VXLAN_LEGACY = { ...CALICO_VXLAN, name: 'calico-vxlan-legacy', iptables: 'legacy', raw: false };
/** @type {Topology} */
const CALICO_RICH = { ...CALICO_VXLAN, name: 'calico-bgp-rich', flavour: 'bird-bgp' };

/** All pods on one layer 2, over VXLAN that learns. @type {Topology} */
const FLAT = {
  ...RICH,
  name: 'flat-vxlan',
  flavour: 'flat-vxlan',
  clusterCidr: '10.32.0.0/16',
  nodes: withHostPorts(
    nodesOf(
      KUBEADM.nodes.map((n, i) => ({ ip: n.internalIp, podCidr: `10.32.${i}.0/24`, pods: PODS[i], docker: i === 1 })),
      oneNic('eth0', 24),
    ),
  ),
};
/** Pods with cards on the LAN. @type {Topology} */
const MACVLAN = {
  ...KUBEADM,
  name: 'macvlan',
  flavour: 'macvlan',
  nodes: KUBEADM.nodes.map((n, i) => ({
    ...n,
    pods: n.pods.map((p) => ({ ...p, address: p.address.replace(/^.*\.(\d+)$/, `192.168.50.1${i}$1`) })),
  })),
};
/** A cloud: every node has an address without a subnet, and all goes by the gateway. @type {Topology} */
const CLOUD = {
  ...RICH,
  name: 'flannel-cloud',
  nodes: RICH.nodes.map((n) => ({ ...n, nics: n.nics.map((nic) => ({ ...nic, address: `${n.internalIp}/32` })) })),
};

/** The same clusters with both families; probes are sent by IPv6. @type {readonly Topology[]} */
const DUAL = [
  { ...RICH, name: 'flannel-dual-stack' },
  { ...RICH_LEGACY, name: 'flannel-dual-stack-legacy' },
  { ...HOST_GW, name: 'flannel-host-gw-dual-stack' },
  { ...TWO_SEGMENTS, name: 'flannel-two-segments-dual-stack', rpFilter: 0 },
  { ...CALICO_RICH, name: 'calico-bgp-dual-stack' },
  { ...CALICO_VXLAN, name: 'calico-vxlan-dual-stack' },
  { ...KINDNET, name: 'kindnet-dual-stack' },
].map((t) => ({ ...t, v6: true }));

const { VIRTUALBOX, TWO_NETWORKS, EMPTY_NODE, OVERLAPPING, GRAVITY } = base;

/** Fewer pods, because a guest without KVM is slow. */
const FEW = [
  [
    ['coredns', 2],
    ['web', 3],
  ],
  [['web', 3]],
  [['toolbox', 3]],
];
const withFew = (topology) => ({
  ...topology,
  nodes: nodesOf(
    topology.nodes.map((n, i) => {
      const first = Number(/(\d+)\/\d+$/.exec(n.podCidr)[1]);
      return { ip: n.internalIp, podCidr: n.podCidr, pods: FEW[i].map(([kind, last]) => [kind, first + last]) };
    }),
    topology.lan2 ? nicOnSegment : oneNic('eth0', 24),
  ),
});
/** Calico's blocks on the same two segments. */
const CALICO_SEGMENTS = {
  ...CALICO,
  lan2: TWO_SEGMENTS.lan2,
  nodes: CALICO.nodes.map((n, i) => ({ ...n, internalIp: segments[i].ip })),
};

const IPVS_SERVICES = richServices('10.96.0').filter(
  (s) => !['web-balanced', 'web-edge', 'dns-outside'].includes(s.name),
);

/**
 * What the lab's own kernels may lack and a Debian kernel has: IPIP, GRE, WireGuard, IPVS. Made in a virtual machine (../vm).
 * @type {readonly Topology[]}
 */
const IN_MACHINE = [
  { ...CALICO, name: 'calico-ipip', flavour: 'calico-ipip', raw: true },
  { ...CALICO_SEGMENTS, name: 'calico-ipip-cross-subnet', flavour: 'calico-ipip', directRouting: true, raw: true },
  { ...CALICO, name: 'calico-wireguard', flavour: 'calico-wireguard', raw: true },
  { ...KUBEADM, name: 'flannel-ipip', flavour: 'flannel-ipip' },
  { ...TWO_SEGMENTS, name: 'flannel-ipip-direct-routing', flavour: 'flannel-ipip', directRouting: true },
  { ...KUBEADM, name: 'flannel-wireguard', flavour: 'flannel-wireguard' },
  { ...KUBEADM, name: 'ipip-mesh', rpFilter: 0, flavour: 'tunnel-mesh', tunnel: 'ipip' },
  { ...KUBEADM, name: 'gre-mesh', rpFilter: 0, flavour: 'tunnel-mesh', tunnel: 'gre' },
  { ...KUBEADM, name: 'flannel-ipvs', proxyMode: 'ipvs', services: IPVS_SERVICES },
  { ...KUBEADM, name: 'flannel-ipip-ipvs', flavour: 'flannel-ipip', proxyMode: 'ipvs' },
].map(withFew);

/** A free address of the LAN. In a pod network nothing is outside: what the walk is not shown there it takes for a lost pod. */
const withOutside = (topology) =>
  topology.lan.gateway.startsWith(topology.clusterCidr.replace(/0\.0\/16$/, ''))
    ? topology
    : { ...topology, outside: topology.lan.gateway.replace(/\d+$/, '200') };

/** @type {readonly Topology[]} */
export const TOPOLOGIES = [
  KUBEADM,
  RICH,
  RICH_LEGACY,
  RICH_NFTABLES,
  HOST_GW,
  TWO_SEGMENTS,
  DIRECT_ROUTING,
  DUAL_HOMED,
  TWO_NETWORKS,
  VIRTUALBOX,
  EMPTY_NODE,
  GRAVITY,
  CALICO,
  CALICO_RICH,
  CALICO_VXLAN,
  CALICO_VXLAN_LEGACY,
  KINDNET,
  KINDNET_NFTABLES,
  OVERLAPPING,
  FLAT,
  MACVLAN,
  CLOUD,
  ...DUAL,
].map(withOutside);

/** @type {readonly Topology[]} */
export const MACHINE_TOPOLOGIES = IN_MACHINE.map(withOutside);

/** The judge's edition of a topology that a case brings itself. */
export const judged = (topology) => TOPOLOGIES.find((t) => t.name === topology.name) ?? withOutside(topology);
