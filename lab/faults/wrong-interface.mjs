import { capturePing } from '../capture.mjs';
import { nodeOf } from '../cluster.mjs';
import { startFlannel, syncLeases } from '../flavours/flannel-vxlan.mjs';
import { VIRTUALBOX } from '../topologies.mjs';
import { firstPod, isNode, sameNode } from './ends.mjs';

/** flanneld without `--iface` takes the default route's NIC: VirtualBox's NAT, equal on all machines. @type {import('../faults.mjs').Fault} */
export const wrongInterface = {
  id: 'wrong-interface',
  topology: VIRTUALBOX,
  story:
    'Three VirtualBox machines. flanneld was started without --iface and took enp0s3, the NAT adapter that has 10.0.2.15 on every machine; ' +
    'the nodes reach each other on enp0s8 only. All leases say 10.0.2.15, each node sends overlay packets to itself, and no pod reaches a pod of another node.',
  async break(cluster) {
    const { lab, topology } = cluster;
    for (const node of topology.nodes) {
      lab.ip(node.name, ['link', 'del', 'flannel.1']);
      startFlannel(cluster, node, { iface: 'enp0s3' });
    }
    for (const node of topology.nodes) syncLeases(cluster, node);
  },
  works: (probe) => sameNode(probe) || isNode(probe.dst),
  expect: {
    errors: [
      ...['node-1', 'node-2', 'node-3'].map((node) => ({
        rule: 'flannel/wrong-interface',
        node,
        device: 'enp0s3',
        capture: 'flanneld.log',
        line: 'Using interface with name enp0s3 and address 10\\.0\\.2\\.15',
      })),
      {
        rule: 'flannel/duplicate-public-ip',
        node: 'node-1',
        capture: 'nodes-yaml',
        line: 'flannel\\.alpha\\.coreos\\.com/public-ip: 10\\.0\\.2\\.15',
        inGravity: { capture: 'bridge-fdb', line: 'dev flannel\\.1 dst 10\\.0\\.2\\.15 self permanent' },
      },
    ],
    mayFind: [
      'flannel/fdb-wrong-dst',
      'trace/outer-self',
      'trace/overlay-one-way',
      'trace/ping-matrix',
      'k8s/apiserver-unreachable-from-pods',
      'link/duplicate-ip',
    ],
  },
  evidence: async (cluster) => [
    capturePing(cluster, 'node-1', firstPod(nodeOf(cluster, 'node-2'))),
    capturePing(cluster, 'node-1', '192.168.56.12'),
  ],
};
