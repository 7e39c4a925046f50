import { nodeOf } from '../cluster.mjs';
import { syncLeases } from '../flavours/flannel-vxlan.mjs';
import { KUBEADM, macOf } from '../topologies.mjs';
import { overlayBetween } from './ends.mjs';

/** What flannel of node-1 wrote about node-2, and its repair: flannel writes all of it again. */
const MAC = macOf('vtep node-2');
const OLD = macOf('vtep node-2 before');
const fdb = ({ lab }, action, mac, dst) =>
  lab.exec('node-1', ['bridge', 'fdb', action, mac, 'dev', 'flannel.1', 'dst', dst, 'self', 'permanent']);
const neigh = ({ lab }, mac) =>
  lab.ip('node-1', ['neigh', 'replace', '10.244.1.0', 'lladdr', mac, 'dev', 'flannel.1', 'nud', 'permanent']);
const again = (cluster) => syncLeases(cluster, nodeOf(cluster, 'node-1'));

const oneLeg = (id, story, breaks, error, mayFind = []) => ({
  id,
  topology: KUBEADM,
  story,
  break: breaks,
  works: (probe) => !overlayBetween(probe, 'node-1', 'node-2'),
  expect: { errors: [{ node: 'node-1', ...error }], mayFind },
});
const entry = (mac) => `^10\\.244\\.1\\.0 dev flannel\\.1 lladdr ${mac} PERMANENT`;

/** @type {import('../faults.mjs').Fault} */
export const missingFdb = oneLeg(
  'missing-fdb',
  'node-1 lost the forwarding entry of the VTEP of node-2; the route and the neighbour entry are there. flannel.1 drops what has no entry.',
  async (cluster) => {
    fdb(cluster, 'delete', MAC, '192.168.50.12');
    return () => again(cluster);
  },
  { rule: 'flannel/missing-fdb-or-neigh', capture: 'ip-neigh', line: entry(MAC) },
);

/** @type {import('../faults.mjs').Fault} */
export const missingNeigh = oneLeg(
  'missing-neigh',
  'node-1 lost the neighbour entry of the VTEP address of node-2 (somebody flushed the table). The kernel asks by ARP, and flannel.1 sends that to nobody.',
  async (cluster) => {
    cluster.lab.ip('node-1', ['neigh', 'delete', '10.244.1.0', 'dev', 'flannel.1']);
    return () => again(cluster);
  },
  {
    rule: 'flannel/missing-fdb-or-neigh',
    capture: 'ip-neigh',
    line: '^10\\.244\\.1\\.0 dev flannel\\.1 FAILED',
    // Empty or gone, according to when the last packet was sent: then the route proves it.
    orCapture: { capture: 'ip-route', line: '^(unicast )?10\\.244\\.1\\.0/24 via 10\\.244\\.1\\.0 dev flannel\\.1' },
  },
);

/** @type {import('../faults.mjs').Fault} */
export const wrongNeighMac = oneLeg(
  'wrong-neigh-mac',
  'The neighbour entry of node-1 for node-2 has a MAC that nobody has, and no forwarding entry stands behind it. node-3 and the lease know the right one.',
  async (cluster) => {
    neigh(cluster, OLD);
    return () => again(cluster);
  },
  { rule: 'flannel/vtep-mac-mismatch', capture: 'ip-neigh', line: entry(OLD) },
  ['flannel/missing-fdb-or-neigh'],
);

/** @type {import('../faults.mjs').Fault} */
export const stalePeer = oneLeg(
  'stale-peer',
  'node-2 got a new VTEP MAC and published it; node-1 missed that event and still has the old one in both tables, so node-2 discards its packets as meant for another host.',
  async (cluster) => {
    neigh(cluster, OLD);
    fdb(cluster, 'delete', MAC, '192.168.50.12');
    fdb(cluster, 'replace', OLD, '192.168.50.12');
    return () => {
      fdb(cluster, 'delete', OLD, '192.168.50.12');
      again(cluster);
    };
  },
  { rule: 'flannel/vtep-mac-mismatch', capture: 'ip-neigh', line: entry(OLD) },
);

/** @type {import('../faults.mjs').Fault} */
export const fdbOfAnother = oneLeg(
  'fdb-of-another',
  'The forwarding entry of node-1 for the VTEP of node-2 has the address of node-3, which discards the frames as meant for another host.',
  async (cluster) => {
    fdb(cluster, 'replace', MAC, '192.168.50.13');
    return () => again(cluster);
  },
  {
    rule: 'flannel/fdb-wrong-dst',
    capture: 'bridge-fdb',
    line: `^${MAC} dev flannel\\.1 dst 192\\.168\\.50\\.13 self permanent`,
  },
);
