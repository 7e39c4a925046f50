import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { birdcl, startBird, until } from '../../flavours/bird-bgp.mjs';
import { casesOf } from './case.mjs';

const needs = ['bird'];
const birdRoutes = ({ lab }, node) => lab.ip(node.name, ['route', 'show', 'proto', 'bird']).stdout;
const knows = (cluster, node, of) =>
  new RegExp(`^${of.podCidr.replaceAll('.', '\\.')}\\b.* (via|nexthop)`, 'm').test(birdRoutes(cluster, node));
const others = ({ topology }, node) => topology.nodes.filter((n) => n !== node);
const session = (peer) => `Mesh_${peer.internalIp.replaceAll('.', '_')}`;
const wholeAgain = (cluster) => () =>
  cluster.topology.nodes.every((n) => others(cluster, n).every((o) => knows(cluster, n, o)));

/** Not by the process that the cluster's state names: a case before may have started another one. */
const pidOf = ({ lab }, node) => Number(readFileSync(join(lab.folder, `${node.name}.pid`), 'utf8'));
const answers = (cluster, node) => birdcl(cluster, node, ['show', 'status']).status === 0;

/** Another configuration for one BIRD, read while it runs. */
function configure(on, cluster, node, edit, left = () => false) {
  const file = join(cluster.lab.folder, `${node.name}.conf`);
  const before = readFileSync(file, 'utf8');
  const after = edit(before);
  if (after === before) throw new Error(`nothing to edit in the configuration of ${node.name}`);
  const write = (text) => {
    writeFileSync(file, text);
    birdcl(cluster, node, ['configure']);
  };
  write(after);
  on.said(node.name, 'bird reconfigured');
  on.back(async () => {
    write(before);
    await until('all routes to return and no other to stay', () => wholeAgain(cluster)() && !left(), 60);
  });
}

export const bgp = casesOf('bgp', {
  'bird-stopped': {
    needs,
    kernel:
      'On calico-bgp: lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services. Its own kernel keeps its routes (persist); the peers drop theirs at once.',
    async make(on, at, cluster) {
      on.back(async () => {
        startBird(cluster, at.node);
        await until('all routes to return', wholeAgain(cluster), 60);
      });
      birdcl(cluster, at.node, ['down']);
      await until('bird to end', () => !answers(cluster, at.node));
      on.said(at.node.name, 'birdc down');
      await until('the peers to drop the routes', () =>
        others(cluster, at.node).every((n) => !knows(cluster, n, at.node)),
      );
    },
  },
  'bird-killed': {
    needs,
    kernel:
      'On calico-bgp: all is answered. By graceful restart the peers keep its routes for two minutes, and its kernel keeps what it had.',
    async make(on, at, cluster) {
      on.back(async () => {
        startBird(cluster, at.node);
        await until('all routes to return', wholeAgain(cluster), 60);
      });
      process.kill(pidOf(cluster, at.node), 'SIGKILL');
      on.said(at.node.name, 'kill -9 of bird');
      await until('bird to end', () => !answers(cluster, at.node));
      await new Promise((resolve) => setTimeout(resolve, 1500));
    },
  },
  'session-off': {
    needs,
    kernel:
      'On calico-bgp: lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    async make(on, at, cluster) {
      on.back(async () => {
        birdcl(cluster, at.node, ['enable', session(at.peer)]);
        await until('all routes to return', wholeAgain(cluster), 60);
      });
      birdcl(cluster, at.node, ['disable', session(at.peer)]);
      on.said(at.node.name, `birdc disable ${session(at.peer)}`);
      await until('the routes to go', () => !knows(cluster, at.node, at.peer) && !knows(cluster, at.peer, at.node));
    },
  },
  'session-filtered': {
    needs,
    kernel:
      'On calico-bgp: lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    async make(on, at, cluster) {
      on.back(async () => {
        birdcl(cluster, at.node, ['restart', session(at.peer)]);
        birdcl(cluster, at.peer, ['restart', session(at.node)]);
        await until('all routes to return', wholeAgain(cluster), 60);
      });
      for (const [chain, way] of [
        ['INPUT', '-s'],
        ['OUTPUT', '-d'],
      ])
        for (const port of ['--dport', '--sport'])
          on.rule(at.node.name, `-I ${chain} 1 -p tcp ${port} 179 ${way} ${at.peer.internalIp} -j DROP`);
      birdcl(cluster, at.node, ['restart', session(at.peer)]);
      birdcl(cluster, at.peer, ['restart', session(at.node)]);
      await until('the routes to go', () => !knows(cluster, at.node, at.peer) && !knows(cluster, at.peer, at.node));
    },
  },
  'route-not-imported': {
    needs,
    kernel:
      'On calico-bgp: lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 1 of 6, tcp 2 of 12), some services.',
    async make(on, at, cluster) {
      configure(on, cluster, at.node, (text) => {
        const i = text.lastIndexOf('import all;');
        return `${text.slice(0, i)}import filter { if ( net = ${at.peer.podCidr} ) then reject; accept; };${text.slice(i + 'import all;'.length)}`;
      });
      await until('the route to go', () => !knows(cluster, at.node, at.peer));
    },
  },
  'route-not-exported': {
    needs,
    kernel:
      'On calico-bgp: lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    async make(on, at, cluster) {
      configure(on, cluster, at.node, (text) =>
        text.replace(/export filter \{ if [^}]*\}/, 'export filter { reject; }'),
      );
      await until('the peers to lose it', () => others(cluster, at.node).every((n) => !knows(cluster, n, at.node)), 40);
    },
  },
  'bird-writes-no-routes': {
    needs,
    kernel:
      'On calico-bgp: lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    async make(on, at, cluster) {
      configure(on, cluster, at.node, (text) =>
        text.replace('export where source ~ [ RTS_STATIC, RTS_BGP ];', 'export none;'),
      );
      await until('the routes to go', () => others(cluster, at.node).every((n) => !knows(cluster, at.node, n)), 40);
    },
  },
  'bird-announces-a-pod-elsewhere': {
    needs,
    kernel: 'On calico-bgp: lost for others: all to that pod; the longer prefix wins and leads to a blackhole.',
    async make(on, at, cluster) {
      // A borrowed or leaked address: the peer announces one address out of this node's block.
      const host = `${at.pod.address}/32`;
      const known = (node) =>
        new RegExp(`${at.pod.address.replaceAll('.', '\\.')}( |$)`, 'm').test(birdRoutes(cluster, node));
      const hearing = others(cluster, at.peer).filter((n) => n !== at.node);
      configure(
        on,
        cluster,
        at.peer,
        (text) =>
          text
            .replace(/route (\S+) blackhole;/, `route $1 blackhole; route ${host} blackhole;`)
            .replace(
              /if \( net = (\S+) \) then accept;/,
              `if ( net = $1 ) then accept; if ( net = ${host} ) then accept;`,
            ),
        () => [at.peer, ...hearing].some(known),
      );
      await until('the peer to announce it', () => [at.peer, ...hearing].every(known), 40);
    },
  },
});
