import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeOf } from '../cluster.mjs';
import { birdcl, until } from '../flavours/bird-bgp.mjs';
import { CALICO } from '../topologies.mjs';
import { between, isNode, podLeaves, sameNode } from './ends.mjs';

const birdRoutes = ({ lab }, name) => lab.ip(name, ['route', 'show', 'proto', 'bird']).stdout;
const knows = (cluster, name, of) => birdRoutes(cluster, name).includes(`${nodeOf(cluster, of).podCidr} via`);
const protocols = (cluster, name) => birdcl(cluster, nodeOf(cluster, name), ['show', 'protocols']).stdout;
const pair = [
  ['node-1', 'node-2', 'Mesh_192_168_50_12'],
  ['node-2', 'node-1', 'Mesh_192_168_50_11'],
];

const DROPS = ['--dport', '--sport'].flatMap((port) =>
  ['INPUT', 'OUTPUT'].map((chain) => [
    chain,
    '-p',
    'tcp',
    port,
    '179',
    chain === 'INPUT' ? '-s' : '-d',
    '192.168.50.12',
    '-j',
    'DROP',
  ]),
);

/** @type {import('../faults.mjs').Fault} */
export const bgpBlocked = {
  id: 'bgp-blocked',
  topology: CALICO,
  story:
    'A firewall on node-1 drops TCP 179 from and to node-2. Their session is down, the routes to each other are gone, and what is for those pods goes to the default gateway.',
  async break(cluster) {
    const { lab } = cluster;
    const each = (action) => {
      for (const [chain, ...rest] of DROPS) lab.exec('node-1', ['iptables', action, chain, ...rest]);
    };
    each('-I');
    // The hold timer takes minutes; a restart of the session comes to the same.
    for (const [name, , session] of pair) birdcl(cluster, nodeOf(cluster, name), ['restart', session]);
    await until('the routes to go', () => pair.every(([name, of]) => !knows(cluster, name, of)));
    await until('the session to be tried', () =>
      pair.every(([name, , s]) => new RegExp(`^${s} .* start .*(Active|Connect)`, 'm').test(protocols(cluster, name))),
    );
    return async () => {
      each('-D');
      for (const [name, , session] of pair) birdcl(cluster, nodeOf(cluster, name), ['restart', session]);
      await until('the routes to return', () => pair.every(([name, of]) => knows(cluster, name, of)), 40);
    };
  },
  works: (probe) => sameNode(probe) || isNode(probe.dst) || !between(probe, 'node-1', 'node-2'),
  expect: {
    errors: [
      {
        rule: 'iptables/input-blocks-overlay',
        node: 'node-1',
        capture: 'iptables-save',
        line: '^-A INPUT -s 192\\.168\\.50\\.12/32 -p tcp -m tcp --dport 179 -j DROP',
      },
      {
        rule: 'iptables/input-blocks-overlay',
        node: 'node-1',
        capture: 'iptables-save',
        line: '^-A OUTPUT -d 192\\.168\\.50\\.12/32 -p tcp -m tcp --dport 179 -j DROP',
      },
      ...pair.map(([node, , session]) => ({
        rule: 'calico/bgp-not-established',
        node,
        capture: 'birdcl-show-protocols',
        line: `^${session} +BGP +--- +start `,
      })),
    ],
    mayFind: ['calico/missing-bird-routes'],
  },
};

/** @type {import('../faults.mjs').Fault} */
export const routeFiltered = {
  id: 'bird-route-filtered',
  topology: CALICO,
  story:
    'An import filter in the BIRD of node-1 rejects the block of node-3. All sessions are established, and one route is missing.',
  async break(cluster) {
    const node = nodeOf(cluster, 'node-1');
    const file = join(cluster.lab.folder, 'node-1.conf');
    const before = readFileSync(file, 'utf8');
    const { podCidr } = nodeOf(cluster, 'node-3');
    const configure = (text) => {
      writeFileSync(file, text);
      birdcl(cluster, node, ['configure']);
    };
    // The last `import all` is that of the BGP template.
    const at = before.lastIndexOf('import all;');
    configure(
      `${before.slice(0, at)}import filter { if ( net = ${podCidr} ) then reject; accept; };${before.slice(at + 'import all;'.length)}`,
    );
    await until('the route to go', () => !knows(cluster, 'node-1', 'node-3'));
    await until('the sessions', () => (protocols(cluster, 'node-1').match(/Established/g) ?? []).length === 2, 40);
    return async () => {
      configure(before);
      await until('the route to return', () => knows(cluster, 'node-1', 'node-3'), 40);
    };
  },
  // node-3 itself asks with its node address, which needs no route.
  works: (probe) => isNode(probe.dst) || !between(probe, 'node-1', 'node-3') || !podLeaves(probe, 'node-3'),
  expect: {
    errors: [
      {
        rule: 'calico/missing-bird-routes',
        node: 'node-1',
        capture: 'ip-route',
        line: '^default via 192\\.168\\.50\\.1 dev eth0',
      },
    ],
    mayFind: [],
  },
};
