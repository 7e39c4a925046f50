import { useDocker } from '../faults/pod-network.mjs';
import { EMPTY_NODE, KUBEADM, TWO_NETWORKS, VIRTUALBOX } from '../topologies.mjs';
import { oddity } from './oddity.mjs';

/** A bridge of a container engine in its own network is nobody's trouble (T1). */
export const dockerUsed = oddity(
  'docker-used',
  KUBEADM,
  'docker0 of node-2 is up, in 172.17.0.0/16, with a container behind it.',
  (cluster) => useDocker(cluster, 'node-2', '172.17.0.1/16', '172.17.0.2/16'),
);

/** T2: the address matters only where something uses it. */
export const natEverywhere = oddity(
  'nat-everywhere',
  KUBEADM,
  'Every node has a second NIC with 10.0.2.15, as VirtualBox gives it; nothing uses it.',
  ({ lab, topology }) => {
    for (const { name } of topology.nodes) {
      lab.add(`vbox-${name}`);
      lab.ip(name, ['link', 'add', 'enp0s8', 'type', 'veth', 'peer', 'name', 'vm', 'netns', lab.full(`vbox-${name}`)]);
      lab.ip(`vbox-${name}`, ['link', 'set', 'vm', 'up']);
      lab.batch(name, ['link set enp0s8 up', 'address add 10.0.2.15/24 brd + dev enp0s8']);
    }
    return () => {
      for (const { name } of topology.nodes) lab.remove(`vbox-${name}`);
    };
  },
);

export const virtualIp = oddity(
  'virtual-ip',
  KUBEADM,
  'node-1 holds the virtual address of the control plane, 192.168.50.100/32, on eth0 (keepalived, kube-vip).',
  ({ lab }) => {
    lab.ip('node-1', ['address', 'add', '192.168.50.100/32', 'dev', 'eth0']);
    return () => lab.ip('node-1', ['address', 'delete', '192.168.50.100/32', 'dev', 'eth0']);
  },
);

export const secondAddress = oddity(
  'second-address',
  KUBEADM,
  'eth0 of node-1 has a second address of the same network.',
  ({ lab }) => {
    lab.ip('node-1', ['address', 'add', '192.168.50.111/24', 'dev', 'eth0']);
    return () => lab.ip('node-1', ['address', 'delete', '192.168.50.111/24', 'dev', 'eth0']);
  },
);

/** This kernel has no ipip; a bridge of that name has the name, no port and no address, like what a module leaves. */
export const leftovers = oddity(
  'leftovers',
  KUBEADM,
  'Devices of a CNI that was here before: tunl0, down and without an address; kube-ipvs0 with the addresses of services, down; nodelocaldns.',
  ({ lab }) => {
    lab.batch('node-1', [
      'link add tunl0 type bridge',
      'link add kube-ipvs0 type ifb',
      'address add 10.96.0.1/32 dev kube-ipvs0',
      'link add nodelocaldns type ifb',
      'address add 169.254.20.10/32 dev nodelocaldns',
    ]);
    return () =>
      lab.batch(
        'node-1',
        ['tunl0', 'kube-ipvs0', 'nodelocaldns'].map((dev) => `link delete ${dev}`),
      );
  },
);

export const virtualBox = oddity(
  'virtualbox',
  VIRTUALBOX,
  'VirtualBox machines as they should be: 10.0.2.15 on each for the default route, flannel told to use the host-only network.',
  () => () => {},
);

export const storageNetwork = oddity(
  'storage-network',
  TWO_NETWORKS,
  'All nodes have a second network, and flannel was told to use it; Kubernetes knows the nodes by the first.',
  () => () => {},
);

export const emptyNode = oddity(
  'empty-node',
  EMPTY_NODE,
  'node-3 has no pods yet, so the CNI plugin has made no cni0.',
  () => () => {},
  (probe) => probe.dst.address !== '10.244.2.1',
);
