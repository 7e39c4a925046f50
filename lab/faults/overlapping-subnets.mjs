import { capturePing } from '../capture.mjs';
import { nodeOf } from '../cluster.mjs';
import { OVERLAPPING } from '../topologies.mjs';
import { firstPod, isNode, sameNode } from './ends.mjs';

/** @type {import('../faults.mjs').Fault} */
export const overlappingSubnets = {
  id: 'overlapping-subnets',
  topology: OVERLAPPING,
  story:
    'node-2 and node-3 hold one pod subnet, 10.244.1.0/24 (node-3 was registered with a podCIDR typed by hand). node-1 keeps the lease it saw last, ' +
    "node-3's; so the pods of node-2 are cut off from the other nodes, and those of node-3 from node-2.",
  brokenFromStart: true,
  break: async () => {},
  works(probe) {
    if (sameNode(probe) || isNode(probe.dst)) return true;
    // Both nodes have 10.244.1.0 and 10.244.1.1; whoever asks gets an answer from the nearer.
    if (probe.dst.address === '10.244.1.0' || probe.dst.address === '10.244.1.1') return true;
    return probe.src.node !== 'node-2' && probe.dst.node !== 'node-2';
  },
  expect: {
    errors: ['node-2', 'node-3'].map((node) => ({
      rule: 'flannel/subnet-overlap',
      node,
      capture: 'ip-route',
      line: '^(unicast )?10\\.244\\.1\\.0/24 dev cni0 ',
    })),
    mayFind: [
      'k8s/podcidr-overlap-or-outside',
      'link/duplicate-ip',
      'trace/ping-matrix',
      'flannel/stale-peer-entries',
      'flannel/missing-peer-route',
      'flannel/vtep-mac-mismatch',
    ],
  },
  evidence: async (cluster) => [
    capturePing(cluster, 'node-1', firstPod(nodeOf(cluster, 'node-2'))),
    capturePing(cluster, 'node-1', firstPod(nodeOf(cluster, 'node-3'))),
  ],
};
