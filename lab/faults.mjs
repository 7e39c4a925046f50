import { capturePing, captureTcpdump } from './capture.mjs';
import { nodeOf } from './cluster.mjs';
import { birdcl, stopBird, until } from './flavours/bird-bgp.mjs';
import { startFlannel, syncLeases } from './flavours/flannel-vxlan.mjs';
import { backends } from './probe.mjs';
import { CALICO, GRAVITY, KUBEADM, macOf, OVERLAPPING, VIRTUALBOX } from './topologies.mjs';

/**
 * @typedef {import('./cluster.mjs').Cluster} Cluster
 * @typedef {import('./probe.mjs').Probe} Probe
 * @typedef {import('./capture.mjs').Captured} Captured
 * @typedef {{ rule: string, node: string, device?: string, capture: string, line: string }} Expected
 * `capture` is the lab's name of the capture on `node` (or `cluster`); a writer knows the file. `line` is a regular expression.
 * @typedef {{
 *   id: string, topology: import('./topologies.mjs').Topology, story: string,
 *   break: (cluster: Cluster) => Promise<void>,
 *   works: (probe: Probe) => boolean | undefined,
 *   expect: { errors: readonly Expected[], mayFind: readonly string[] },
 *   evidence?: (cluster: Cluster) => Promise<Captured[]>,
 * }} Fault
 * `works` says for a probe between pods, nodes and their overlay addresses whether the broken cluster answers it;
 * undefined where the kernel may do either. Services follow from their backends.
 */

const isNode = (end) => end.kind === 'node';
const isPod = (end) => end.kind === 'pod';
const between = (probe, a, b) => (probe.src.node === a && probe.dst.node === b) || (probe.src.node === b && probe.dst.node === a);
const sameNode = (probe) => probe.src.node === probe.dst.node;

/** A service works if all its backends do, fails if none does, and is a matter of luck in between. */
export function serviceWorks(topology, probe, works) {
  const each = backends(topology, probe).map((dst) => works({ ...probe, dst }));
  return each.every((w) => w === true) ? true : each.every((w) => w === false) ? false : undefined;
}

/** What `works` says, carried over to services. */
export const expectation = (fault) => (probe) => (probe.dst.kind === 'service' ? serviceWorks(fault.topology, probe, fault.works) : fault.works(probe));

/** Forwarding off on cni0: what a pod of the node sends is heard only by the bridge and by the node itself. */
const cni0Works = (probe) => {
  if (sameNode(probe)) return true;
  if (probe.src.node === 'node-1' && isPod(probe.src)) return false;
  return !(probe.dst.node === 'node-1' && isPod(probe.dst));
};

const cni0Break = async ({ lab }) => lab.sysctl('node-1', { 'net.ipv4.conf.cni0.forwarding': 0 });

/** @returns {Fault} */
const cni0Off = (id, topology, errors, evidence) => ({
  id,
  topology,
  story:
    'Somebody set net.ipv4.conf.cni0.forwarding=0 on node-1. What its pods send off their bridge is dropped, replies too; node-1 itself, ' +
    'and pods that talk on the bridge, notice nothing. From node-2 the overlay address and the bridge address of node-1 answer, its pods do not.',
  break: cni0Break,
  works: cni0Works,
  expect: { errors, mayFind: ['trace/reply-lost-in-node', 'trace/ping-matrix', 'dns/query-timeout'] },
  ...(evidence && { evidence }),
});

const firstPod = (node) => node.pods[0].address;

async function cni0Evidence(cluster) {
  const node = nodeOf(cluster, 'node-1');
  const target = firstPod(node);
  const ping = async () => void capturePing(cluster, 'node-2', target);
  return [
    capturePing(cluster, 'node-2', node.podCidr.replace(/\/\d+$/, '')),
    capturePing(cluster, 'node-2', node.podCidr.replace(/\d+\/\d+$/, '1')),
    capturePing(cluster, 'node-2', target),
    await captureTcpdump(cluster, 'node-1', 'cni0', ['icmp'], ping),
    await captureTcpdump(cluster, 'node-1', 'flannel.1', ['icmp'], ping),
  ];
}

/** flanneld without `--iface` takes the default route's NIC: VirtualBox's NAT, equal on all machines. @type {Fault} */
const wrongInterface = {
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
    errors: ['node-1', 'node-2', 'node-3'].flatMap((node) => [
      { rule: 'flannel/wrong-interface', node, device: 'enp0s3', capture: 'flanneld.log', line: 'Using interface with name enp0s3 and address 10\\.0\\.2\\.15' },
      { rule: 'flannel/duplicate-public-ip', node, capture: 'bridge-fdb', line: 'dev flannel\\.1 dst 10\\.0\\.2\\.15 self permanent' },
    ]),
    mayFind: ['flannel/fdb-wrong-dst', 'trace/outer-self', 'trace/overlay-one-way', 'trace/ping-matrix', 'k8s/apiserver-unreachable-from-pods', 'link/duplicate-ip'],
  },
  evidence: async (cluster) => [capturePing(cluster, 'node-1', firstPod(nodeOf(cluster, 'node-2'))), capturePing(cluster, 'node-1', '192.168.56.12')],
};

const NEW_VTEP = macOf('vtep node-2 again');

/** @type {Fault} */
const staleVtepMac = {
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
  works: (probe) => sameNode(probe) || isNode(probe.dst) || (probe.src.node !== 'node-2' && probe.dst.node !== 'node-2'),
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

/** @type {Fault} */
const missingRoute = {
  id: 'missing-route',
  topology: KUBEADM,
  story: 'node-1 lost its route to the pods of node-3 (10.244.2.0/24 via flannel.1); neighbour and FDB entry are still there. What should go to node-3 leaves by the default route, in both directions of every conversation.',
  break: async ({ lab }) => void lab.ip('node-1', ['route', 'del', '10.244.2.0/24']),
  works: (probe) => !between(probe, 'node-1', 'node-3') || isNode(probe.dst),
  expect: {
    errors: [{ rule: 'flannel/missing-peer-route', node: 'node-1', device: 'flannel.1', capture: 'ip-neigh', line: '^10\\.244\\.2\\.0 dev flannel\\.1 lladdr \\S+ PERMANENT' }],
    mayFind: ['route/missing-peer-subnet', 'trace/ping-matrix', 'trace/icmp-error-classified', 'route/asymmetric-path'],
  },
  evidence: async (cluster) => [capturePing(cluster, 'node-1', firstPod(nodeOf(cluster, 'node-3')))],
};

/** @type {Fault} */
const overlappingSubnets = {
  id: 'overlapping-subnets',
  topology: OVERLAPPING,
  story:
    'node-2 and node-3 hold one pod subnet, 10.244.1.0/24 (node-3 was registered with a podCIDR typed by hand). node-1 keeps the lease it saw last, ' +
    "node-3's; so the pods of node-2 are cut off from the other nodes, and those of node-3 from node-2.",
  break: async () => {},
  works(probe) {
    if (sameNode(probe) || isNode(probe.dst)) return true;
    // Both nodes have 10.244.1.0 and 10.244.1.1; whoever asks gets an answer from the nearer.
    if (probe.dst.address === '10.244.1.0' || probe.dst.address === '10.244.1.1') return true;
    return probe.src.node !== 'node-2' && probe.dst.node !== 'node-2';
  },
  expect: {
    errors: ['node-2', 'node-3'].map((node) => ({ rule: 'flannel/subnet-overlap', node, capture: 'subnet.env', line: '^FLANNEL_SUBNET=10\\.244\\.1\\.1/24' })),
    mayFind: ['k8s/podcidr-overlap-or-outside', 'link/duplicate-ip', 'trace/ping-matrix', 'flannel/stale-peer-entries', 'flannel/missing-peer-route', 'flannel/vtep-mac-mismatch'],
  },
  evidence: async (cluster) => [capturePing(cluster, 'node-1', firstPod(nodeOf(cluster, 'node-2'))), capturePing(cluster, 'node-1', firstPod(nodeOf(cluster, 'node-3')))],
};

/** @type {Fault} */
const birdStopped = {
  id: 'bird-stopped',
  topology: CALICO,
  story:
    'BIRD of node-3 was stopped in an orderly way. Its peers dropped the route to its block at once and send what is for its pods to the default gateway; ' +
    'node-3 itself keeps its kernel routes (persist), so the request of a pod there arrives and only the reply is lost.',
  async break(cluster) {
    await stopBird(cluster, nodeOf(cluster, 'node-3'));
    const gone = (name) => !cluster.lab.ip(name, ['route', 'show', 'proto', 'bird']).stdout.includes(nodeOf(cluster, 'node-3').podCidr);
    await until('the peers to drop the routes', () => gone('node-1') && gone('node-2'));
    const refused = (name) => birdcl(cluster, nodeOf(cluster, name), ['show', 'protocols']).stdout.includes('Connection refused');
    await until('the peers to be refused', () => refused('node-1') && refused('node-2'));
  },
  // node-3 itself asks with its node address, which everybody can answer; its pods ask with theirs.
  works: (probe) => sameNode(probe) || isNode(probe.dst) || !(probe.dst.node === 'node-3' || (probe.src.node === 'node-3' && isPod(probe.src))),
  expect: {
    errors: [
      ...['node-1', 'node-2'].flatMap((node) => [
        { rule: 'calico/bgp-not-established', node, capture: 'birdcl-show-protocols', line: '^Mesh_192_168_50_13 +BGP +--- +start .*(Active|Connect)' },
        { rule: 'calico/missing-bird-routes', node, capture: 'ip-route', line: '^default via 192\\.168\\.50\\.1 dev eth0' },
      ]),
      { rule: 'calico/bgp-not-established', node: 'node-3', capture: 'birdcl-show-protocols', line: 'Unable to connect to server control socket' },
    ],
    mayFind: ['route/missing-peer-subnet', 'calico/bird-or-felix-not-ready', 'trace/ping-matrix', 'route/asymmetric-path'],
  },
  evidence: async (cluster) => [capturePing(cluster, 'node-1', firstPod(nodeOf(cluster, 'node-3')))],
};

const forwardingOff = [{ rule: 'kernel/forwarding-disabled', node: 'node-1', device: 'cni0', capture: 'ip-netconf', line: '^inet cni0 forwarding off ' }];

/** All faults, in the order of the samples. @type {readonly Fault[]} */
export const FAULTS = [
  cni0Off('cni0-forwarding-off', KUBEADM, forwardingOff, cni0Evidence),
  cni0Off('cni0-forwarding-off-gravity', GRAVITY, forwardingOff),
  wrongInterface,
  staleVtepMac,
  missingRoute,
  overlappingSubnets,
  birdStopped,
];

/** Healthy clusters: every probe is answered, nothing is to be found. @type {readonly Fault[]} */
export const HEALTHY = [
  ['healthy', KUBEADM, 'A healthy kubeadm cluster with flannel (vxlan). docker0 on node-2 is down, which is nobody\'s trouble.'],
  ['healthy-gravity', GRAVITY, 'A healthy Gravity 6 cluster: flannel with etcd leases in planet, flannel.null for the service network, rules of kube-proxy 1.16.'],
].map(([id, topology, story]) => ({ id, topology, story, break: async () => {}, works: () => true, expect: { errors: [], mayFind: [] } }));
