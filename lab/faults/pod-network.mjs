import { KUBEADM } from '../topologies.mjs';
import { between, isNode, isPod, sameNode } from './ends.mjs';

/** Gives docker0 an address and a container behind it: a namespace with a veth. */
export function useDocker({ lab }, name, address, container) {
  const fresh = !lab.exec(name, ['ip', '-o', 'link']).stdout.includes('docker0:');
  lab.add('container');
  lab.ip(name, ['link', 'add', 'veth0c0ffee', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', lab.full('container')]);
  lab.batch(name, [
    ...(fresh ? ['link add docker0 type bridge'] : ['address flush dev docker0']),
    `address add ${address} brd + dev docker0`,
    'link set veth0c0ffee master docker0 up',
    'link set docker0 up',
  ]);
  lab.batch('container', [
    'link set eth0 up',
    `address add ${container} brd + dev eth0`,
    `route add default via ${address.replace(/\/\d+$/, '')}`,
  ]);
  return () => {
    lab.remove('container');
    lab.batch(
      name,
      fresh
        ? ['link delete docker0']
        : ['address flush dev docker0', 'address add 172.17.0.1/16 brd 172.17.255.255 dev docker0'],
    );
  };
}

/** @type {import('../faults.mjs').Fault} */
export const dockerInPodNetwork = {
  id: 'docker-in-pod-network',
  topology: KUBEADM,
  story:
    'docker0 of node-2 has 10.244.128.1/24 and a container: inside the pod network, where no node has its pods yet. All works until one gets that subnet.',
  break: async (cluster) => useDocker(cluster, 'node-2', '10.244.128.1/24', '10.244.128.2/24'),
  works: () => true,
  expect: {
    errors: [],
    warnings: [
      {
        rule: 'route/subnet-overlap',
        node: 'node-2',
        capture: 'ip-addr',
        line: '^ {4}inet 10\\.244\\.128\\.1/24 .*docker0',
      },
    ],
    mayFind: [],
  },
};

/** @type {import('../faults.mjs').Fault} */
export const dockerHidesPeer = {
  id: 'docker-hides-peer',
  topology: KUBEADM,
  story:
    'docker0 of node-1 has 10.244.2.1/25 and a container: half of the pod subnet of node-3, and the longer prefix. node-1 looks for the pods of node-3 among its containers.',
  break: async (cluster) => useDocker(cluster, 'node-1', '10.244.2.1/25', '10.244.2.99/25'),
  works(probe) {
    // node-1 now has 10.244.2.1 itself, and answers for it.
    if (probe.dst.address === '10.244.2.1') return probe.src.node === 'node-1' ? true : undefined;
    // Also the gateway of flannel's route lies in the docker network; onlink and the permanent entry keep it.
    if (probe.dst.address === '10.244.2.0') return undefined;
    if (sameNode(probe) || isNode(probe.dst)) return true;
    return !between(probe, 'node-1', 'node-3');
  },
  expect: {
    errors: [
      {
        rule: 'route/subnet-overlap',
        node: 'node-1',
        capture: 'ip-route',
        line: '^(unicast )?10\\.244\\.2\\.0/25 dev docker0',
        orCapture: { capture: 'route-n', line: '^10\\.244\\.2\\.0 .* docker0$' },
      },
    ],
    mayFind: ['route/shadowed-or-duplicate'],
  },
};

/** The same cluster on a LAN that lies in its pod network, with strict reverse path filters. */
const INSIDE = {
  ...KUBEADM,
  name: 'lan-in-pod-network',
  rpFilter: 1,
  lan: { gateway: '10.244.200.1', length: 24 },
  nodes: KUBEADM.nodes.map((n) => {
    const internalIp = n.internalIp.replace('192.168.50', '10.244.200');
    return { ...n, internalIp, nics: [{ ...n.nics[0], address: `${internalIp}/24` }] };
  }),
};

/** @type {import('../faults.mjs').Fault} */
export const lanInPodNetwork = {
  id: 'lan-in-pod-network',
  topology: INSIDE,
  story:
    'The nodes have addresses of 10.244.200.0/24, inside the pod network, so flannel does not masquerade what pods send there. The other node gets a packet from a pod on its NIC, ' +
    'the way back is the tunnel, and the reverse path filter drops it; with a loose filter only what is no node (gateway, name server) would be out of reach. Pods reach pods.',
  brokenFromStart: true,
  break: async () => {},
  works: (probe) => sameNode(probe) || !isPod(probe.src) || !isNode(probe.dst),
  expect: {
    errors: ['node-1', 'node-2', 'node-3'].map((node, i) => ({
      rule: 'route/subnet-overlap',
      node,
      capture: 'ip-addr',
      line: `^ {4}inet 10\\.244\\.200\\.1${i + 1}/24 .*eth0`,
    })),
    mayFind: ['kernel/rp-filter-drop'],
  },
};
