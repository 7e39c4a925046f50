import { nodeOf } from '../cluster.mjs';
import { syncLeases } from '../flavours/flannel-vxlan.mjs';
import { KUBEADM } from '../topologies.mjs';
import { isNode, isPodOf, podLeaves, sameNode } from './ends.mjs';

const NARROW = '10.244.0.0/23';

/** flannel's own rules carry its Network; kube-proxy's keep the cluster's. */
function narrowRules({ lab }, node) {
  const before = lab.exec(node.name, ['iptables-save']).stdout;
  const narrow = before
    .split('\n')
    .map((line) => (line.includes('"flanneld ') ? line.replaceAll('10.244.0.0/16', NARROW) : line))
    .join('\n');
  lab.exec(node.name, ['iptables-nft-restore'], { input: narrow });
  return () => lab.exec(node.name, ['iptables-nft-restore'], { input: before });
}

/** @type {import('../faults.mjs').Fault} */
export const narrowNetwork = {
  id: 'narrow-network',
  topology: KUBEADM,
  story:
    "flannel's Network is 10.244.0.0/23, the cluster's 10.244.0.0/16: the pods of node-3 are outside. All is answered, but flannel masquerades what goes there, so they see nodes instead of pods.",
  async break(cluster) {
    const undo = cluster.topology.nodes.map((node) => narrowRules(cluster, node));
    for (const node of cluster.topology.nodes) {
      const own = cluster.state.get(node.name);
      own.subnetEnv = own.subnetEnv.map((line) =>
        line.replace('FLANNEL_NETWORK=10.244.0.0/16', `FLANNEL_NETWORK=${NARROW}`),
      );
    }
    return () => {
      for (const back of undo) back();
    };
  },
  works: () => true,
  /** node-3 sees the VTEP address of the node in place of the pod. */
  saw: (result) =>
    result.protocol !== 'TCP' || !isPodOf(result.src, 'node-1') || !isPodOf(result.dst, 'node-3')
      ? undefined
      : '10.244.0.0',
  expect: {
    errors: [],
    warnings: ['node-1', 'node-2'].map((node) => ({
      rule: 'flannel/network-config-mismatch',
      node,
      capture: 'subnet.env',
      line: '^FLANNEL_NETWORK=10\\.244\\.0\\.0/23',
      // A Gravity report has no subnet.env; etcd's configuration stands in the journal.
      inGravity: { capture: 'flanneld.log', line: '"Network":"10\\.244\\.0\\.0/23"' },
    })),
    mayFind: ['flannel/network-config-mismatch', 'iptables/unexpected-snat', 'iptables/missing-egress-masquerade'],
  },
};

/** @type {import('../faults.mjs').Fault} */
export const oldBridge = {
  id: 'old-bridge',
  topology: KUBEADM,
  story:
    'node-1 was registered anew and got 10.244.3.0/24. flannel.1, subnet.env and all peers know it; cni0 and the pods kept addresses of the old subnet, which nobody routes to node-1 any more.',
  async break(cluster) {
    const { lab, topology, state } = cluster;
    const own = state.get('node-1');
    // The new address first: without any, the kernel would drop all routes of the device.
    const others = topology.nodes.filter((n) => n.name !== 'node-1');
    lab.batch('node-1', ['address add 10.244.3.0/32 dev flannel.1', 'address delete 10.244.0.0/32 dev flannel.1']);
    own.lease = { ...own.lease, subnet: '10.244.3.0/24' };
    own.subnetEnv = own.subnetEnv.map((line) =>
      line.replace('FLANNEL_SUBNET=10.244.0.1/24', 'FLANNEL_SUBNET=10.244.3.1/24'),
    );
    own.log = own.log.map((line) => line.replaceAll('10.244.0.0/24', '10.244.3.0/24'));
    for (const peer of others) {
      lab.batch(peer.name, ['route delete 10.244.0.0/24', 'neigh delete 10.244.0.0 dev flannel.1']);
      syncLeases(cluster, peer);
    }
    return () => {
      own.lease = { ...own.lease, subnet: '10.244.0.0/24' };
      lab.batch('node-1', ['address add 10.244.0.0/32 dev flannel.1', 'address delete 10.244.3.0/32 dev flannel.1']);
      for (const peer of others) {
        lab.batch(peer.name, ['route delete 10.244.3.0/24', 'neigh delete 10.244.3.0 dev flannel.1']);
        syncLeases(cluster, peer);
      }
      syncLeases(cluster, nodeOf(cluster, 'node-1'));
    };
  },
  works(probe) {
    if (probe.dst.address === '10.244.0.0') return sameNode(probe) ? undefined : false;
    if (sameNode(probe) || isNode(probe.dst)) return true;
    return probe.dst.node !== 'node-1' && !podLeaves(probe, 'node-1');
  },
  expect: {
    errors: [
      {
        rule: 'flannel/subnet-env-mismatch',
        node: 'node-1',
        capture: 'ip-addr',
        line: '^ {4}inet 10\\.244\\.0\\.1/24 .*cni0',
      },
    ],
    mayFind: [],
  },
};
