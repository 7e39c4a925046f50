import { capturePing } from '../capture.mjs';
import { nodeOf } from '../cluster.mjs';
import { birdcl, stopBird, until } from '../flavours/bird-bgp.mjs';
import { CALICO } from '../topologies.mjs';
import { firstPod, gatewayRested, isNode, isPod, sameNode } from './ends.mjs';

/** @type {import('../faults.mjs').Fault} */
export const birdStopped = {
  id: 'bird-stopped',
  topology: CALICO,
  story:
    'BIRD of node-3 was stopped in an orderly way. Its peers dropped the route to its block at once and send what is for its pods to the default gateway; ' +
    'node-3 itself keeps its kernel routes (persist), so the request of a pod there arrives and only the reply is lost.',
  async break(cluster) {
    await stopBird(cluster, nodeOf(cluster, 'node-3'));
    const gone = (name) =>
      !cluster.lab.ip(name, ['route', 'show', 'proto', 'bird']).stdout.includes(nodeOf(cluster, 'node-3').podCidr);
    await until('the peers to drop the routes', () => gone('node-1') && gone('node-2'));
    const refused = (name) =>
      birdcl(cluster, nodeOf(cluster, name), ['show', 'protocols']).stdout.includes('Connection refused');
    await until('the peers to be refused', () => refused('node-1') && refused('node-2'));
  },
  // node-3 itself asks with its node address, which everybody can answer; its pods ask with theirs.
  works: (probe) =>
    sameNode(probe) ||
    isNode(probe.dst) ||
    !(probe.dst.node === 'node-3' || (probe.src.node === 'node-3' && isPod(probe.src))),
  expect: {
    errors: [
      {
        rule: 'calico/bgp-not-established',
        node: 'node-3',
        capture: 'birdcl-show-protocols',
        line: 'Unable to connect to server control socket',
      },
      ...['node-1', 'node-2'].flatMap((node) => [
        {
          rule: 'calico/bgp-not-established',
          node,
          capture: 'birdcl-show-protocols',
          line: '^Mesh_192_168_50_13 +BGP +--- +start .*(Active|Connect)',
        },
        {
          rule: 'calico/missing-bird-routes',
          node,
          capture: 'ip-route',
          line: '^default via 192\\.168\\.50\\.1 dev eth0',
        },
      ]),
    ],
    mayFind: [
      'route/missing-peer-subnet',
      'calico/bird-or-felix-not-ready',
      'trace/ping-matrix',
      'route/asymmetric-path',
    ],
  },
  async evidence(cluster) {
    await gatewayRested();
    return [capturePing(cluster, 'node-1', firstPod(nodeOf(cluster, 'node-3')))];
  },
};
