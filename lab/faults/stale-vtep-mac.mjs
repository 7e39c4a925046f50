import { capturePing } from '../capture.mjs';
import { nodeOf } from '../cluster.mjs';
import { startFlannel, syncLeases } from '../flavours/flannel-vxlan.mjs';
import { KUBEADM, macOf } from '../topologies.mjs';
import { firstPod, isNode, sameNode } from './ends.mjs';

const NEW_VTEP = macOf('vtep node-2 again');

/** @type {import('../faults.mjs').Fault} */
export const staleVtepMac = {
  id: 'stale-vtep-mac',
  topology: KUBEADM,
  story:
    'flannel.1 of node-2 was deleted and made again by hand (an "interface reset" script), with a new MAC. Its lease and the ARP and FDB entries of ' +
    'node-1 and node-3 still name the old one, so node-2 discards every overlay packet as meant for another host.',
  async break(cluster) {
    const node = nodeOf(cluster, 'node-2');
    const before = cluster.state.get('node-2');
    const { lease, log } = before;
    cluster.lab.ip('node-2', ['link', 'del', 'flannel.1']);
    startFlannel(cluster, node, { vtepMac: NEW_VTEP });
    syncLeases(cluster, node);
    // The script knew nothing of the lease, and flanneld was not restarted: its log and annotation are the old ones.
    Object.assign(before, { lease, log });
  },
  works: (probe) =>
    sameNode(probe) || isNode(probe.dst) || (probe.src.node !== 'node-2' && probe.dst.node !== 'node-2'),
  expect: {
    errors: ['node-1', 'node-3'].map((node) => ({
      rule: 'flannel/vtep-mac-mismatch',
      node,
      device: 'flannel.1',
      capture: 'ip-neigh',
      line: `^10\\.244\\.1\\.0 dev flannel\\.1 lladdr ${macOf('vtep node-2')} PERMANENT`,
    })),
    mayFind: ['trace/request-not-delivered', 'trace/ping-matrix'],
  },
  evidence: async (cluster) => [capturePing(cluster, 'node-1', firstPod(nodeOf(cluster, 'node-2')))],
};
