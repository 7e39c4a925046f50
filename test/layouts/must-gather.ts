import { perCluster } from './per-cluster.js';
import type { LayoutWriter } from './writer.js';

/**
 * openshift/must-gather: objects, and journals of all masters in one file. Of a node's network state it has nothing, so what is compared is
 * what the objects and the journals say.
 */
const journals: LayoutWriter = {
  layout: 'must-gather',
  title: 'journals of several masters in one file',
  write(store) {
    const top = 'must-gather.local.1/quay-io-digest';
    const stamp = (s: number) => `Mar 12 09:14:${String(s).padStart(2, '0')}.000000`;
    const journal = [
      ...store.nodes.map(() => '-- Logs begin at Thu 2026-03-12 00:00:00 UTC, end at Thu 2026-03-12 09:14:22 UTC. --'),
      ...store.nodes.flatMap((n, i) => [
        `${stamp(i)} ${n} kernel: IPv4: martian source 10.244.1.2 from 10.244.2.2, on dev eth0`,
        `${stamp(i + 1)} ${n} kubelet[1]: I0312 09:14:0${i}.000000       1 server.go:1] ready`,
      ]),
      '',
    ].join('\n');
    return {
      files: {
        [`${top}/host_service_logs/masters/kubelet_service.log`]: journal,
        [`${top}/cluster-scoped-resources/core/nodes/all.yaml`]: store.object('kubectl get nodes -o yaml'),
        [`${top}/version`]: 'openshift/must-gather\n4.15.0\n',
      },
      commands: [],
      objects: ['kubectl get nodes -o yaml'],
      logged: Object.fromEntries(store.nodes.map((n) => [n, ['kernel-log']])),
    };
  },
};

const TOP = 'must-gather.local.2/quay-io-digest';
const addressOf = (node: string): string => `192.168.50.${10 + Number(node.split('-').at(-1))}`;

export const mustGather = [
  journals,
  perCluster({
    layout: 'must-gather',
    title: 'gather_network_logs: host_network_logs',
    files: { 'ip addr': 'ip-address', 'ip -4 route': 'ip-route4', 'ip -6 route': 'ip-route6' },
    path: (node, file) => `${TOP}/host_network_logs/${file}-${node}.log`,
  }),
  perCluster({
    layout: 'must-gather',
    title: 'gather_bm_network_logs',
    files: { 'ip addr': 'ip-addr.txt', 'ip route': 'ip-route.txt', hostname: 'hostname.txt' },
    path: (node, file) => `${TOP}/bm_network_logs/${node}/${file}`,
  }),
  perCluster({
    layout: 'must-gather',
    title: 'gather_sos_networking, files by address and command',
    files: Object.fromEntries(['ip addr', 'ip route show table all', 'ip -6 neigh show'].map((c) => [c, c])),
    path: (node, file) => `${TOP}/sos_info/networking/${addressOf(node)}-${file}.log`,
    more: { nameOf: addressOf },
  }),
];
