import { syncLeases } from '../flavours/flannel-vxlan.mjs';
import { KUBEADM } from '../topologies.mjs';
import { between, isNode, isPodOf, overlayBetween } from './ends.mjs';

const replace = ({ lab }, words) => lab.ip('node-1', ['route', 'replace', '10.244.1.0/24', ...words.split(' ')]);
const FLANNEL = 'via 10.244.1.0 dev flannel.1 onlink';

const route = (id, story, words, works) => ({
  id,
  topology: KUBEADM,
  story,
  async break(cluster) {
    replace(cluster, words);
    return () => replace(cluster, FLANNEL);
  },
  works,
  expect: {
    errors: [
      {
        rule: 'route/wrong-device-or-gateway',
        node: 'node-1',
        capture: 'ip-route',
        // `ip -d` puts the table and the protocol before the scope.
        line: `^(unicast )?10\\.244\\.1\\.0/24 ${words.replace(' onlink', '').replaceAll('.', '\\.').replace(' scope', ' .*scope')}`,
        // A Gravity report has `route` too; either shows it.
        orCapture: { capture: 'route-n', line: '^10\\.244\\.1\\.0 +\\S+ +255\\.255\\.255\\.0 ' },
      },
    ],
    mayFind: ['iptables/unexpected-snat'],
  },
});
const noRoute = (id, story, words, line, nodes = ['node-2']) => ({
  id,
  topology: KUBEADM,
  story,
  async break(cluster) {
    const { lab, topology } = cluster;
    for (const command of words) lab.ip('node-1', command.split(' '));
    return () => {
      if (id === 'supernet-only') lab.ip('node-1', ['route', 'delete', '10.0.0.0/8']);
      lab.ip('node-1', ['link', 'set', 'flannel.1', 'up']);
      syncLeases(cluster, topology.nodes[0]);
    };
  },
  works: (probe) => nodes.every((node) => !overlayBetween(probe, 'node-1', node)),
  expect: {
    errors: nodes.map(() => ({
      rule: 'route/missing-peer-subnet',
      node: 'node-1',
      capture: 'ip-route',
      ...line,
    })),
    mayFind: ['route/blackhole-remote-pods', 'kernel/rp-filter-drop'],
  },
});

/** @type {import('../faults.mjs').Fault} */
export const blackholedPeer = noRoute(
  'blackholed-peer',
  'In place of the route to the pods of node-2 node-1 has a blackhole.',
  ['route delete 10.244.1.0/24', 'route add blackhole 10.244.1.0/24'],
  { line: '^blackhole 10\\.244\\.1\\.0/24', orCapture: { capture: 'route-n', line: '^10\\.244\\.1\\.0 .* \\*$' } },
);

/** @type {import('../faults.mjs').Fault} */
export const supernetOnly = noRoute(
  'supernet-only',
  'node-1 lost the route to the pods of node-2, and a static route 10.0.0.0/8 takes them to the default gateway.',
  ['route delete 10.244.1.0/24', 'route add 10.0.0.0/8 via 192.168.50.1'],
  { line: '^(unicast )?10\\.0\\.0\\.0/8 via', orCapture: { capture: 'route-n', line: '^10\\.0\\.0\\.0 +192' } },
);

const DOWN = noRoute(
  'tunnel-down',
  'Somebody set flannel.1 of node-1 down; the kernel took the routes of the device away with it.',
  ['link set flannel.1 down'],
  {},
  ['node-2', 'node-3'],
);
/** @type {import('../faults.mjs').Fault} */
export const tunnelDown = {
  ...DOWN,
  expect: {
    errors: [
      {
        rule: 'flannel/device-missing-or-down',
        node: 'node-1',
        capture: 'ip-link',
        line: '^\\d+: flannel\\.1: .*state DOWN',
        orCapture: { capture: 'ip-addr', line: '^\\d+: flannel\\.1: .*state DOWN' },
      },
    ],
    mayFind: ['route/missing-peer-subnet', ...DOWN.expect.mayFind],
  },
};

const cut = (probe) => !overlayBetween(probe, 'node-1', 'node-2');

/** @type {import('../faults.mjs').Fault} */
export const routeToRouter = route(
  'route-to-router',
  'node-1 sends what is for the pods of node-2 to the default gateway, which knows no pod network.',
  'via 192.168.50.1 dev eth0',
  cut,
);

/** @type {import('../faults.mjs').Fault} */
export const routeOnLink = route(
  'route-on-link',
  'The route of node-1 to the pods of node-2 leaves by eth0 without a gateway: node-1 asks the LAN by ARP for pods.',
  'dev eth0 scope link',
  // node-2 answers ARP on its NIC for all its own addresses (arp_ignore 0), not for its pods.
  (probe) =>
    !(between(probe, 'node-1', 'node-2') && [probe.src, probe.dst].some((end) => isPodOf(end, 'node-2'))) ||
    isNode(probe.dst),
);

/**
 * node-3 forwards requests; but a reply that takes the detour belongs to no connection that node-3 saw, and kube-proxy's
 * `--ctstate INVALID -j DROP` takes it.
 * @type {import('../faults.mjs').Fault}
 */
export const routeViaThird = route(
  'route-via-third',
  'The route of node-1 to the pods of node-2 names the VTEP of node-3. node-3 forwards requests, so what node-1 asks is answered; replies to node-2 are dropped there as belonging to no connection.',
  'via 10.244.2.0 dev flannel.1 onlink',
  (probe) => !overlayBetween(probe, 'node-1', 'node-2') || probe.src.node === 'node-1',
);
