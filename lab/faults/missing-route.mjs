import { capturePing } from '../capture.mjs';
import { nodeOf } from '../cluster.mjs';
import { KUBEADM } from '../topologies.mjs';
import { between, firstPod, gatewayRested, isNode } from './ends.mjs';

/** @type {import('../faults.mjs').Fault} */
export const missingRoute = {
  id: 'missing-route',
  topology: KUBEADM,
  story:
    'node-1 lost its route to the pods of node-3 (10.244.2.0/24 via flannel.1); neighbour and FDB entry are still there. What should go to node-3 leaves by the default route, in both directions of every conversation.',
  break: async ({ lab }) => void lab.ip('node-1', ['route', 'del', '10.244.2.0/24']),
  works: (probe) => !between(probe, 'node-1', 'node-3') || isNode(probe.dst),
  expect: {
    errors: [
      {
        rule: 'route/missing-peer-subnet',
        node: 'node-1',
        capture: 'ip-route',
        line: '^(unicast )?default via 192\\.168\\.50\\.1 dev eth0',
      },
    ],
    mayFind: [
      'flannel/missing-peer-route',
      'trace/ping-matrix',
      'trace/icmp-error-classified',
      'route/asymmetric-path',
    ],
  },
  async evidence(cluster) {
    await gatewayRested();
    return [capturePing(cluster, 'node-1', firstPod(nodeOf(cluster, 'node-3')))];
  },
};
