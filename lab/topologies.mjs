import { createHash } from 'node:crypto';

/**
 * @typedef {{ protocol: 'TCP' | 'UDP', port: number, name?: string }} Listen
 * @typedef {{ namespace: string, name: string, app: string, address: string, mac: string, hostPort?: number, listen: readonly Listen[] }} Pod
 * @typedef {{ name: string, mac: string, address: string, network: 'lan' | 'lan2' | 'nat' }} Nic
 * @typedef {{
 *   name: string, controlPlane: boolean, nics: readonly Nic[], internalIp: string, podCidr: string, vtepMac: string,
 *   bridgeMac: string, docker?: boolean, pods: readonly Pod[], listen: readonly Listen[],
 * }} NodeSpec
 * @typedef {{ name: string, protocol: 'TCP' | 'UDP', port: number, targetPort: number, nodePort?: number }} ServicePort
 * @typedef {{
 *   namespace: string, name: string, clusterIp: string, app: string, ports: readonly ServicePort[],
 *   affinity?: number, local?: boolean, balancer?: { address: string, ranges?: readonly string[] }, healthCheckNodePort?: number,
 * }} Service `affinity`: seconds of ClientIP; `local`: externalTrafficPolicy
 * @typedef {{
 *   name: string, flavour: 'flannel-vxlan' | 'flannel-host-gw' | 'bird-bgp' | 'calico-vxlan' | 'kindnet' | 'flat-vxlan' | 'macvlan'
 *     | 'calico-ipip' | 'calico-wireguard' | 'flannel-ipip' | 'flannel-wireguard' | 'tunnel-mesh', tunnel?: 'gre' | 'ipip', clusterCidr: string, serviceCidr: string, mtu: number,
 *   lan: { gateway: string, length: number }, lan2?: { gateway: string, length: number }, nat?: { gateway: string, length: number },
 *   outside?: string, directRouting?: boolean, v6?: boolean, proxyMode?: 'iptables' | 'nftables' | 'ipvs', raw?: boolean,
 *   kubeProxy: 'current' | '1.16', flannel: 'current' | 'gravity', rpFilter: 0 | 1 | 2, iptables: 'nft' | 'legacy',
 *   flannelIface?: string, version: string, nodes: readonly NodeSpec[], services: readonly Service[],
 * }} Topology
 */

/** A stable MAC: locally administered, unicast, from a name. */
export function macOf(text) {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 6);
  bytes[0] = (bytes[0] & 0xfc) | 0x02;
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(':');
}

/** The five characters that the API server appends to generated names (its alphabet has no vowels). */
export function suffixOf(text) {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return [...createHash('sha256').update(text).digest().subarray(0, 5)].map((b) => alphabet[b % 27]).join('');
}

export const podNs = (pod) => `pod-${pod.name}`;
/** Host side of a pod's veth: a name like the CNI plugin's random one, but the same in each run. */
export const vethOf = (pod) =>
  `veth${createHash('sha1').update(`${pod.namespace}/${pod.name}`).digest('hex').slice(0, 8)}`;

const DNS = [
  { name: 'dns', protocol: 'UDP', port: 53 },
  { name: 'dns-tcp', protocol: 'TCP', port: 53 },
  { name: 'metrics', protocol: 'TCP', port: 9153 },
];
const KINDS = {
  coredns: { namespace: 'kube-system', set: 'coredns-7c65d6cfc9', app: 'kube-dns', listen: DNS },
  web: {
    namespace: 'default',
    set: 'web-6d4f7c8b9d',
    app: 'web',
    listen: [{ name: 'http', protocol: 'TCP', port: 8080 }],
  },
  toolbox: {
    namespace: 'default',
    set: 'toolbox-5c9d8f7b64',
    app: 'toolbox',
    listen: [{ protocol: 'TCP', port: 8080 }],
  },
};

/** @returns {Pod} */
export function pod(kind, node, address) {
  const { namespace, set, app, listen } = KINDS[kind];
  const name = `${set}-${suffixOf(`${kind} ${node}`)}`;
  return { namespace, name, app, address, mac: macOf(`pod ${name}`), listen };
}

/** Nodes as (address, pod subnet, [pod kind and last octet]). */
export function nodesOf(rows, nicsOf) {
  return rows.map(({ ip, podCidr, pods, docker = false }, i) => {
    const name = `node-${i + 1}`;
    const inSubnet = (last) => podCidr.replace(/\d+\/\d+$/, String(last));
    return {
      name,
      controlPlane: i === 0,
      nics: nicsOf(name, ip),
      internalIp: ip,
      podCidr,
      vtepMac: macOf(`vtep ${name}`),
      bridgeMac: macOf(`bridge ${name}`),
      docker,
      pods: pods.map(([kind, last]) => pod(kind, name, inSubnet(last))),
      listen: i === 0 ? [{ name: 'https', protocol: 'TCP', port: 6443 }] : [],
    };
  });
}

export const servicesOf = (base) => [
  {
    namespace: 'default',
    name: 'kubernetes',
    clusterIp: `${base}.1`,
    app: 'apiserver',
    ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 }],
  },
  {
    namespace: 'default',
    name: 'web',
    clusterIp: `${base}.80`,
    app: 'web',
    ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30080 }],
  },
  {
    namespace: 'kube-system',
    name: 'kube-dns',
    clusterIp: `${base}.10`,
    app: 'kube-dns',
    ports: DNS.map((p) => ({ ...p, targetPort: p.port })),
  },
];

export const PODS = [
  [
    ['coredns', 2],
    ['web', 3],
  ],
  [
    ['coredns', 2],
    ['web', 3],
  ],
  [
    ['web', 2],
    ['toolbox', 3],
  ],
];
export const oneNic = (nic, length) => (name, ip) => [
  { name: nic, mac: macOf(`${nic} ${name}`), address: `${ip}/${length}`, network: 'lan' },
];

/** kubeadm with kube-flannel, one NIC. @type {Topology} */
export const KUBEADM = {
  name: 'kubeadm-flannel',
  flavour: 'flannel-vxlan',
  clusterCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/12',
  mtu: 1500,
  lan: { gateway: '192.168.50.1', length: 24 },
  kubeProxy: 'current',
  flannel: 'current',
  rpFilter: 2,
  iptables: 'nft',
  version: 'v1.29.14',
  nodes: nodesOf(
    [
      { ip: '192.168.50.11', podCidr: '10.244.0.0/24', pods: PODS[0] },
      { ip: '192.168.50.12', podCidr: '10.244.1.0/24', pods: PODS[1], docker: true },
      { ip: '192.168.50.13', podCidr: '10.244.2.0/24', pods: PODS[2] },
    ],
    oneNic('eth0', 24),
  ),
  services: servicesOf('10.96.0'),
};

/** VirtualBox: every machine has the same NAT address on enp0s3, and its own one on the host-only network. @type {Topology} */
export const VIRTUALBOX = {
  ...KUBEADM,
  name: 'virtualbox-flannel',
  lan: { gateway: '192.168.56.1', length: 24 },
  nat: { gateway: '10.0.2.2', length: 24 },
  nodes: nodesOf(
    [
      { ip: '192.168.56.11', podCidr: '10.244.0.0/24', pods: PODS[0] },
      { ip: '192.168.56.12', podCidr: '10.244.1.0/24', pods: PODS[1] },
      { ip: '192.168.56.13', podCidr: '10.244.2.0/24', pods: PODS[2] },
    ],
    (name, ip) => [
      { name: 'enp0s3', mac: '02:4a:1c:7e:90:15', address: '10.0.2.15/24', network: 'nat' },
      { name: 'enp0s8', mac: macOf(`enp0s8 ${name}`), address: `${ip}/24`, network: 'lan' },
    ],
  ),
};

/** A second network for storage and pods, chosen for flannel on purpose with `--iface=eth1`. @type {Topology} */
export const TWO_NETWORKS = {
  ...KUBEADM,
  name: 'two-networks',
  flannelIface: 'eth1',
  nodes: KUBEADM.nodes.map((n, i) => ({
    ...n,
    nics: [...n.nics, { name: 'eth1', mac: macOf(`eth1 ${n.name}`), address: `10.80.0.${11 + i}/24`, network: 'lan' }],
  })),
};

/** node-3 has no pods yet. @type {Topology} */
export const EMPTY_NODE = {
  ...KUBEADM,
  name: 'empty-node',
  nodes: KUBEADM.nodes.map((n) => (n.name === 'node-3' ? { ...n, pods: [] } : n)),
};

/** Two nodes were given one pod subnet; their pods have different addresses in it. @type {Topology} */
export const OVERLAPPING = {
  ...KUBEADM,
  name: 'kubeadm-overlapping',
  nodes: nodesOf(
    [
      { ip: '192.168.50.11', podCidr: '10.244.0.0/24', pods: PODS[0] },
      { ip: '192.168.50.12', podCidr: '10.244.1.0/24', pods: PODS[1], docker: true },
      {
        ip: '192.168.50.13',
        podCidr: '10.244.1.0/24',
        pods: [
          ['web', 14],
          ['toolbox', 15],
        ],
      },
    ],
    oneNic('eth0', 24),
  ),
};

/** Gravity: flannel with etcd leases under systemd in planet, kube-proxy of 1.16, flannel.null for the services. @type {Topology} */
export const GRAVITY = {
  ...KUBEADM,
  name: 'gravity',
  serviceCidr: '10.100.0.0/16',
  mtu: 1460,
  lan: { gateway: '10.162.0.1', length: 24 },
  kubeProxy: '1.16',
  flannel: 'gravity',
  rpFilter: 1,
  iptables: 'legacy',
  version: 'v1.16.12',
  nodes: nodesOf(
    [
      { ip: '10.162.0.21', podCidr: '10.244.37.0/24', pods: PODS[0], docker: true },
      { ip: '10.162.0.22', podCidr: '10.244.62.0/24', pods: PODS[1], docker: true },
      { ip: '10.162.0.23', podCidr: '10.244.84.0/24', pods: PODS[2], docker: true },
    ],
    oneNic('ens4', 24),
  ),
  services: servicesOf('10.100.0'),
};

/** Calico without encapsulation: one /26 block per node, routes by BGP. @type {Topology} */
export const CALICO = {
  ...KUBEADM,
  name: 'calico-bgp',
  flavour: 'bird-bgp',
  rpFilter: 1,
  nodes: nodesOf(
    [
      {
        ip: '192.168.50.11',
        podCidr: '10.244.84.128/26',
        pods: [
          ['coredns', 130],
          ['web', 131],
        ],
      },
      {
        ip: '192.168.50.12',
        podCidr: '10.244.104.0/26',
        pods: [
          ['coredns', 3],
          ['web', 4],
        ],
      },
      {
        ip: '192.168.50.13',
        podCidr: '10.244.135.64/26',
        pods: [
          ['web', 66],
          ['toolbox', 67],
        ],
      },
    ],
    oneNic('eth0', 24),
  ),
};
