import { macOf } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { hostDevice, tunnelLink, underlayOf } from './shape.mjs';

const needs = ['vxlan'];
const fdbLine = (mac, device, dst) => `fdb append ${mac} dev ${device} dst ${dst} self permanent`;
/** What the node knows of the peer's tunnel end. */
const entry = (cluster, at) => {
  const device = tunnelLink(cluster, at.node).ifname;
  const mac = tunnelLink(cluster, at.peer).address;
  return { device, mac, dst: underlayOf(cluster, at.peer) };
};
const drop = ({ mac, device, dst }) => `fdb delete ${mac} dev ${device} dst ${dst} self`;

/**
 * The tunnel made again with another parameter, and all that hung on it: a device that goes takes its addresses, routes,
 * neighbours and entries along.
 */
export function remake(on, cluster, node, change) {
  const { lab } = cluster;
  const link = tunnelLink(cluster, node);
  const { ifname, address, mtu, linkinfo } = link;
  const data = { ...linkinfo.info_data, mac: address, mtu };
  const to = { ...data, ...change(data) };
  const read = (...words) =>
    lab
      .ip(node.name, words)
      .stdout.split('\n')
      .filter((l) => l.trim() !== '');
  const addresses = read('-4', '-o', 'addr', 'show', 'dev', ifname).map((l) => /inet (\S+)/.exec(l)[1]);
  const routes = read('-4', 'route', 'show', 'dev', ifname);
  const neighbours = read('-4', 'neigh', 'show', 'dev', ifname, 'nud', 'permanent');
  const fdb = lab
    .exec(node.name, ['bridge', 'fdb', 'show', 'dev', ifname])
    .stdout.split('\n')
    .filter((l) => l.includes(' dst '));
  on.ip(
    node.name,
    `link delete ${ifname}`,
    `link add ${ifname} address ${to.mac} mtu ${to.mtu} txqueuelen 0 type vxlan ${to.more === 'external' ? '' : `id ${to.id} `}${to.more ? `${to.more} ` : ''}${to.local ? `local ${to.local} ` : ''}${to.remote ? `remote ${to.remote} ` : ''}${to.link ? `dev ${to.link} ` : ''}${to.ttl ? `ttl ${to.ttl} ` : ''}${to.df === 'set' ? 'df set ' : ''}dstport ${to.port} ${to.learning ? 'learning' : 'nolearning'}`,
    ...addresses.map((a) => `address add ${a} dev ${ifname}`),
    `link set ${ifname} up`,
    ...routes
      .filter((r) => !/proto kernel/.test(r))
      .map((r) => `route replace ${r.replace(/ (linkdown|dead)\b/g, '').trim()} dev ${ifname}`),
    ...neighbours.map((n) => `neigh replace ${n.replace(/ PERMANENT.*/, '')} dev ${ifname} nud permanent`),
  );
  on.bridge(
    node.name,
    ...fdb.map((l) =>
      `fdb append ${l.trim().replace(/ self/, ` dev ${ifname} self`)}`.replace(
        /^fdb append (\S+) dst/,
        'fdb append $1 dst',
      ),
    ),
  );
}

export const fdb = casesOf('fdb', {
  'fdb-missing': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make: (on, at, cluster) => on.bridge(at.node.name, drop(entry(cluster, at))),
  },
  'fdb-to-third': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make(on, at, cluster) {
      const e = entry(cluster, at);
      on.bridge(at.node.name, drop(e), fdbLine(e.mac, e.device, underlayOf(cluster, at.third)));
    },
  },
  'fdb-to-nobody': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make(on, at, cluster) {
      const e = entry(cluster, at);
      on.bridge(at.node.name, drop(e), fdbLine(e.mac, e.device, e.dst.replace(/\d+$/, '246')));
    },
  },
  'fdb-to-itself': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make(on, at, cluster) {
      const e = entry(cluster, at);
      on.bridge(at.node.name, drop(e), fdbLine(e.mac, e.device, underlayOf(cluster, at.node)));
    },
  },
  'fdb-default-instead': {
    needs,
    kernel: 'All is answered. An entry for all of zeros stands in for a missing one.',
    make(on, at, cluster) {
      const e = entry(cluster, at);
      on.bridge(
        at.node.name,
        drop(e),
        fdbLine('00:00:00:00:00:00', e.device, at.coin() ? e.dst : underlayOf(cluster, at.third)),
      );
    },
  },
  'fdb-default-beside': {
    needs,
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const e = entry(cluster, at);
      on.bridge(at.node.name, fdbLine('00:00:00:00:00:00', e.device, e.dst.replace(/\d+$/, '246')));
    },
  },
  'fdb-of-old-mac': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make(on, at, cluster) {
      const e = entry(cluster, at);
      on.bridge(at.node.name, drop(e), fdbLine(macOf(`old ${e.mac}`), e.device, e.dst));
    },
  },
  'fdb-other-port-or-vni': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make(on, at, cluster) {
      const e = entry(cluster, at);
      on.bridge(at.node.name, drop(e), `${fdbLine(e.mac, e.device, e.dst)} ${at.pick(['port 4790', 'vni 99'])}`);
    },
  },
  'fdb-stale-beside': {
    needs,
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const e = entry(cluster, at);
      on.bridge(at.node.name, fdbLine(macOf('gone'), e.device, e.dst));
    },
  },
  'bridge-fdb-to-wrong-port': {
    needs: ['bridge', 'siblings'],
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services. Static alone would move back with the first frame of the pod; sticky stays.',
    make(on, at, cluster) {
      if (!at.sibling) throw new Error('no second pod');
      on.bridge(
        at.node.name,
        // Without `sticky` the entry moves back with the pod's next frame, static or not (br_fdb_update).
        `fdb replace ${at.pod.mac} dev ${hostDevice(cluster, at.node, at.sibling)} master ${at.pick(['sticky static', 'static'])}`,
      );
    },
  },
});

export const vxlan = casesOf('vxlan', {
  'vxlan-other-vni': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), some services.',
    make: (on, at, cluster) => remake(on, cluster, at.node, ({ id }) => ({ id: id + 1 })),
  },
  'vxlan-other-port': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), some services.',
    make: (on, at, cluster) => remake(on, cluster, at.node, ({ port }) => ({ port: port === 8472 ? 4789 : 8472 })),
  },
  'vxlan-other-local': {
    needs,
    kernel:
      'All is answered. The peers take outer packets from any address that is not their own; the replies go where their own entries say.',
    make(on, at, cluster) {
      on.ip(at.node.name, 'address add 10.0.2.15/32 dev lo');
      remake(on, cluster, at.node, () => ({ local: '10.0.2.15' }));
    },
  },
  'vxlan-local-not-held': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), some services.',
    make: (on, at, cluster) =>
      remake(on, cluster, at.node, ({ local }) => ({
        local: (local ?? underlayOf(cluster, at.node)).replace(/\d+$/, '245'),
      })),
  },
  'vxlan-no-local': {
    needs,
    kernel: 'All is answered. The kernel chooses the address by the route to the peer, and it is the same.',
    make: (on, at, cluster) => remake(on, cluster, at.node, () => ({ local: undefined })),
  },
  'vxlan-new-mac': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), some services.',
    make: (on, at, cluster) => remake(on, cluster, at.node, ({ mac }) => ({ mac: macOf(`new ${mac}`) })),
  },
  'vxlan-mac-of-peer': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), some services. Both ends discard frames with their own MAC as source, and the others know the old MAC.',
    make(on, at, cluster) {
      const { address } = tunnelLink(cluster, at.peer);
      remake(on, cluster, at.node, () => ({ mac: address }));
    },
  },
  'vxlan-learning': {
    needs,
    kernel: 'All is answered.',
    make: (on, at, cluster) => remake(on, cluster, at.node, ({ learning }) => ({ learning: !learning })),
  },
  'vxlan-remote-set': {
    needs,
    kernel: 'All is answered. It is only the default entry: who has an entry is sent to as before.',
    make: (on, at, cluster) => remake(on, cluster, at.node, () => ({ remote: underlayOf(cluster, at.third) })),
  },
  'vxlan-ttl-1': {
    needs,
    kernel: 'All is answered. One hop is all that the outer packet has to go; behind a router it would be lost.',
    make: (on, at, cluster) => remake(on, cluster, at.node, () => ({ ttl: 1 })),
  },
  'vxlan-df-set': {
    needs,
    large: true,
    kernel: 'All is answered; so are large packets.',
    make: (on, at, cluster) => remake(on, cluster, at.node, () => ({ df: 'set' })),
  },
  'vxlan-all-by-one-address': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping all, tcp all), a node and pods elsewhere (ping all, tcp all), some services; errors: Time to live exceeded, EHOSTUNREACH.',
    make(on, _, cluster) {
      // What VirtualBox's NAT NIC does to a flannel that was not told its device: every lease says 10.0.2.15.
      const { nodes } = cluster.topology;
      const ends = new Map(nodes.map((n) => [n, tunnelLink(cluster, n).address]));
      for (const node of nodes) {
        on.ip(node.name, 'address add 10.0.2.15/32 dev lo');
        remake(on, cluster, node, () => ({ local: '10.0.2.15' }));
        const { ifname } = tunnelLink(cluster, node);
        const macs = nodes.filter((n) => n !== node).map((n) => ends.get(n));
        on.bridge(node.name, ...macs.map((mac) => `fdb replace ${mac} dev ${ifname} dst 10.0.2.15 self permanent`));
      }
    },
  },
  'vxlan-no-device': {
    needs,
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) => remake(on, cluster, at.node, () => ({ link: undefined })),
  },
});
