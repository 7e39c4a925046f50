import { syncLeases } from '../flavours/flannel-vxlan.mjs';
import { KUBEADM, macOf } from '../topologies.mjs';
import { isNode, sameNode } from './ends.mjs';

/** @type {import('../faults.mjs').Fault} */
export const duplicatePublicIp = {
  id: 'duplicate-public-ip',
  topology: KUBEADM,
  story:
    'flannel of node-3 was started with --public-ip=192.168.50.12, copied from node-2. Peers send what is for node-3 to node-2, which has no such VTEP; node-2 sends it to itself.',
  async break(cluster) {
    const { lab, topology, state } = cluster;
    const own = state.get('node-3');
    const sync = () => {
      for (const node of topology.nodes) syncLeases(cluster, node);
    };
    const { lease } = own;
    own.lease = { ...lease, publicIp: '192.168.50.12' };
    sync();
    own.log = own.log.map((line) =>
      line
        .replace('publicIP: ', 'publicIP:192.168.50.12 ')
        .replace(
          'Defaulting external address to interface address (192.168.50.12)',
          'Using 192.168.50.12 as external address',
        )
        .replace('and address 192.168.50.12', 'and address 192.168.50.13'),
    );
    return () => {
      own.lease = lease;
      for (const node of ['node-1', 'node-2'])
        lab.exec(node, [
          'bridge',
          'fdb',
          'delete',
          macOf('vtep node-3'),
          'dev',
          'flannel.1',
          'dst',
          '192.168.50.12',
          'self',
        ]);
      sync();
    };
  },
  works: (probe) =>
    sameNode(probe) || isNode(probe.dst) || (probe.src.node !== 'node-3' && probe.dst.node !== 'node-3'),
  expect: {
    errors: ['node-2', 'node-3'].map((node) => ({
      rule: 'flannel/duplicate-public-ip',
      node,
      capture: 'nodes-yaml',
      line: 'flannel\\.alpha\\.coreos\\.com/public-ip: 192\\.168\\.50\\.12',
      // Gravity's leases are in etcd; each node's flannel tells its own.
      inGravity: {
        capture: 'flanneld.log',
        line: '192\\.168\\.50\\.12 as external address|external address to interface address \\(192\\.168\\.50\\.12\\)',
      },
    })),
    mayFind: ['flannel/fdb-wrong-dst'],
  },
};
