import { casesOf } from './case.mjs';
import { nicOf, routeFor, tunnelLink } from './shape.mjs';

/**
 * Tunnels of IP in IP and GRE: their device, the outer packets on their way, and the routes into them. Devices differ (tunl0 of the module,
 * flannel.ipip with its own address, one per peer), so a case asks the kernel for the one that leads to the peer.
 */

/** What the node has for the peer's pods: a route, and the tunnel that it leads into. */
function wayTo(cluster, node, peer) {
  const route = routeFor(cluster, node.name, peer.pods[0].address);
  const [link] = JSON.parse(cluster.lab.ip(node.name, ['-j', '-d', 'link', 'show', 'dev', route.device]).stdout);
  const kind = link.linkinfo?.info_kind;
  if (kind !== 'ipip' && kind !== 'gre') throw new Error(`${node.name} needs no tunnel to ${peer.name}`);
  return { ...route, link, kind, data: link.linkinfo.info_data };
}

/** Of two nodes of different networks, where only those have a tunnel between them. */
const far = ({ topology }, at) => (topology.directRouting ? topology.nodes[2] : at.peer);

const PROTOCOL = { ipip: '4', gre: '47' };
const rulesFor = (chain, way, peer, more = '') =>
  `-I ${chain} 1 -p ${PROTOCOL[way.kind]} ${chain === 'INPUT' ? '-s' : '-d'} ${peer.internalIp} ${more}`;

/** Parameters of a tunnel that is not the module's own; `ip link set` keeps what is not said. */
function change(on, cluster, node, way, words, back) {
  if (way.data.local === 'any' || way.data.local === undefined) throw new Error(`${way.device} takes no parameters`);
  const set = (all) => cluster.lab.ip(node.name, ['link', 'set', way.device, 'type', way.kind, ...all]);
  on.said(node.name, `ip link set ${way.device} type ${way.kind} ${words.join(' ')}`);
  set(words);
  on.back(() => void set(back));
}

const ends = ({ data, kind }, to = {}) => {
  const all = { local: data.local, remote: data.remote, ttl: data.ttl ?? 0, ...to };
  const pairs = Object.entries(all).filter(([, v]) => v !== undefined && v !== 'any');
  const key = kind === 'gre' ? ['key', String(to.key ?? 77)] : [];
  return [
    ...pairs.filter(([name]) => name !== 'key' && name !== 'pmtudisc').flatMap(([n, v]) => [n, String(v)]),
    ...key,
    to.pmtudisc === false ? 'nopmtudisc' : 'pmtudisc',
  ];
};

const needs = ['ip-tunnel'];

export const ipTunnel = casesOf('ip-tunnel', {
  'device-down': {
    needs,
    kernel: 'Pods of other nodes are lost, from there and to there.',
    make: (on, at, cluster) => on.ip(at.node.name, `link set ${wayTo(cluster, at.node, far(cluster, at)).device} down`),
  },
  'rp-filter-strict': {
    needs,
    kernel: 'What comes in by the tunnel is taken where the route back leads into it.',
    make(on, at, cluster) {
      const { device } = wayTo(cluster, at.node, far(cluster, at));
      on.sysctl(at.node.name, { [`net/ipv4/conf/${device}/rp_filter`]: 1, 'net/ipv4/conf/all/rp_filter': 1 });
    },
  },
  'rp-filter-strict-other-way-back': {
    needs,
    kernel: 'The route back does not lead into the tunnel, so what comes in by it is lost.',
    make(on, at, cluster) {
      const to = far(cluster, at);
      const way = wayTo(cluster, at.node, to);
      on.sysctl(at.node.name, { [`net/ipv4/conf/${way.device}/rp_filter`]: 1 });
      on.ip(
        at.node.name,
        `route replace ${way.prefix} via ${cluster.topology.lan.gateway} dev ${nicOf(cluster, at.node)}`,
      );
    },
  },
  'input-drops-protocol': {
    needs,
    kernel: 'Outer packets of one peer are lost.',
    make(on, at, cluster) {
      const to = far(cluster, at);
      on.rule(at.node.name, rulesFor('INPUT', wayTo(cluster, at.node, to), to, '-j DROP'));
    },
  },
  'output-rejects-protocol': {
    needs,
    kernel:
      'Outer packets to one peer are refused by the node itself; the sender is told nothing or that the host cannot be reached.',
    make(on, at, cluster) {
      const to = far(cluster, at);
      on.rule(at.node.name, rulesFor('OUTPUT', wayTo(cluster, at.node, to), to, '-j REJECT'));
    },
  },
  'input-drops-inner-only': {
    needs,
    kernel: 'A rule on the NIC for the pod network never sees an inner packet.',
    harmless: true,
    make: (on, at, cluster) =>
      on.rule(
        at.node.name,
        `-I FORWARD 1 -i ${nicOf(cluster, at.node)} -s ${cluster.topology.clusterCidr} -d ${at.node.podCidr} -p udp --dport 4 -j DROP`,
      ),
  },
  'forward-drops-from-device': {
    needs,
    kernel: 'What comes in by the tunnel is not forwarded.',
    make(on, at, cluster) {
      const { device } = wayTo(cluster, at.node, far(cluster, at));
      on.rule(at.node.name, `-I FORWARD 1 -i ${device} -j DROP`);
    },
  },
  'forwarding-off': {
    needs,
    kernel: 'What comes in by the tunnel for a pod is lost; what is for the node itself is not.',
    make(on, at, cluster) {
      const { device } = wayTo(cluster, at.node, far(cluster, at));
      on.sysctl(at.node.name, { [`net/ipv4/conf/${device}/forwarding`]: 0 });
    },
  },
  'mtu-of-the-nic': {
    needs,
    large: true,
    kernel: 'The device lets in what does not fit when wrapped.',
    make(on, at, cluster) {
      const { device } = wayTo(cluster, at.node, far(cluster, at));
      on.ip(at.node.name, `link set ${device} mtu ${cluster.topology.mtu}`);
    },
  },
  'nic-mtu-below': {
    needs,
    large: true,
    kernel: 'The NIC carries less than the tunnel promises.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `link set ${nicOf(cluster, at.node)} mtu ${cluster.topology.mtu - 60}`),
  },
  'mtu-small': {
    needs,
    large: true,
    kernel: 'The tunnel carries less than the pods send.',
    make(on, at, cluster) {
      const { device, link } = wayTo(cluster, at.node, far(cluster, at));
      on.ip(at.node.name, `link set ${device} mtu ${link.mtu - 80}`);
    },
  },
  'route-missing': {
    needs,
    kernel: 'The peer is reached by the default route, without the tunnel.',
    make: (on, at, cluster) => on.ip(at.node.name, `route delete ${wayTo(cluster, at.node, far(cluster, at)).prefix}`),
  },
  'gateway-of-third': {
    needs: ['ipip'],
    kernel: 'Outer packets go to a node that has not the pods.',
    make(on, at, cluster) {
      const way = wayTo(cluster, at.node, far(cluster, at));
      if (!way.gateway) throw new Error(`${way.device} has no gateway`);
      const third = cluster.topology.nodes.find((n) => n !== at.node && n.internalIp !== way.gateway);
      on.ip(at.node.name, `route replace ${way.prefix} via ${third.internalIp} dev ${way.device} onlink`);
    },
  },
  'gateway-without-onlink': {
    needs: ['ipip'],
    kernel: 'The kernel takes no gateway that the device itself does not lead to: the route is gone.',
    make(on, at, cluster) {
      const way = wayTo(cluster, at.node, far(cluster, at));
      if (!way.gateway) throw new Error(`${way.device} has no gateway`);
      on.ip(at.node.name, `route delete ${way.prefix}`);
      const { lab } = cluster;
      const words = ['route', 'add', way.prefix, 'via', way.gateway, 'dev', way.device];
      lab.exec(at.node.name, ['ip', ...words], { mayFail: true });
    },
  },
  'route-without-gateway': {
    needs: ['ipip'],
    kernel: 'Without a gateway the pod itself is taken for the other end.',
    make(on, at, cluster) {
      const way = wayTo(cluster, at.node, far(cluster, at));
      on.ip(at.node.name, `route replace ${way.prefix} dev ${way.device} scope link`);
    },
  },
  'other-tunnel-address': {
    needs: ['ipip'],
    kernel: 'The node sends from an address that its peers have no way back to.',
    make(on, at, cluster) {
      const { device } = wayTo(cluster, at.node, far(cluster, at));
      const { stdout } = cluster.lab.ip(at.node.name, ['-4', '-o', 'addr', 'show', 'dev', device]);
      const own = /inet (\S+)/.exec(stdout)?.[1];
      if (!own) throw new Error(`${device} has no address`);
      on.ip(at.node.name, `address delete ${own} dev ${device}`, `address add 10.99.0.9/32 dev ${device}`);
    },
  },
  'no-tunnel-address': {
    needs: ['ipip'],
    kernel: 'The node sends from the address of its NIC.',
    make(on, at, cluster) {
      const { device } = wayTo(cluster, at.node, far(cluster, at));
      on.ip(at.node.name, `address flush dev ${device}`);
    },
  },
  'wrong-local': {
    needs: ['own-tunnel'],
    kernel: 'The device sends from, and listens on, an address that the node has not.',
    make(on, at, cluster) {
      const way = wayTo(cluster, at.node, far(cluster, at));
      const wrong = at.node.internalIp.replace(/\d+$/, '245');
      change(on, cluster, at.node, way, ends(way, { local: wrong }), ends(way));
    },
  },
  'wrong-remote': {
    needs: ['tunnel-mesh'],
    kernel: 'Both ways of one tunnel are lost.',
    make(on, at, cluster) {
      const way = wayTo(cluster, at.node, at.peer);
      change(on, cluster, at.node, way, ends(way, { remote: at.third.internalIp.replace(/\d+$/, '246') }), ends(way));
    },
  },
  'ttl-1': {
    needs: ['tunnel-mesh'],
    kernel: 'Nodes of one network are one hop apart.',
    harmless: true,
    make(on, at, cluster) {
      const way = wayTo(cluster, at.node, at.peer);
      change(on, cluster, at.node, way, ends(way, { ttl: 1 }), ends(way));
    },
  },
  'other-key': {
    needs: ['gre'],
    kernel: 'GRE packets with another key find no device.',
    make(on, at, cluster) {
      const way = wayTo(cluster, at.node, at.peer);
      if (way.kind !== 'gre') throw new Error('IPIP has no keys');
      change(on, cluster, at.node, way, ends(way, { key: 78 }), ends(way));
    },
  },
  'underlay-host-route-into-tunnel': {
    needs: ['ipip'],
    kernel: 'The way to the other end leads into the tunnel itself.',
    make(on, at, cluster) {
      const to = far(cluster, at);
      const { device } = wayTo(cluster, at.node, to);
      on.ip(at.node.name, `route add ${to.internalIp}/32 dev ${device} scope link`);
    },
  },
  'masquerade-outer': {
    needs,
    kernel: 'Outer packets get another source by a rule for the NIC.',
    make(on, at, cluster) {
      const way = wayTo(cluster, at.node, far(cluster, at));
      on.ip(at.node.name, `address add ${at.node.internalIp.replace(/\d+$/, '244')}/24 dev ${nicOf(cluster, at.node)}`);
      on.rule(
        at.node.name,
        `-t nat -I POSTROUTING 1 -p ${PROTOCOL[way.kind]} -j SNAT --to-source ${at.node.internalIp.replace(/\d+$/, '244')}`,
      );
    },
  },
  'second-device-beside': {
    needs: ['ipip'],
    harmless: true,
    kernel: 'A tunnel to somebody else takes nothing away.',
    make(on, at) {
      const dst = at.node.internalIp.replace(/\d+$/, '240');
      on.ip(at.node.name, `link add other0 type ipip local ${at.node.internalIp} remote ${dst}`, 'link set other0 up');
    },
  },
  'second-device-takes-over': {
    needs: ['ipip'],
    kernel:
      'A device whose both ends fit takes the packets of the one that names fewer; from it nothing is accepted by a strict filter.',
    make(on, at, cluster) {
      const to = far(cluster, at);
      on.ip(
        at.node.name,
        `link add other0 type ipip local ${at.node.internalIp} remote ${to.internalIp}`,
        'link set other0 up',
      );
      on.sysctl(at.node.name, { 'net/ipv4/conf/other0/rp_filter': 1 });
    },
  },
  'peer-tunnel-gone': {
    needs: ['own-tunnel'],
    kernel: 'The peer has no device for what comes: it answers that it does not know the protocol.',
    make(on, at, cluster) {
      const to = far(cluster, at);
      const link = tunnelLink(cluster, to);
      if (!link || link.ifname === 'tunl0') throw new Error("the module's own device cannot go");
      cluster.lab.ip(to.name, ['link', 'delete', link.ifname]);
      on.said(to.name, `ip link delete ${link.ifname}`);
      on.back(() => {
        throw new Error('a new cluster is cheaper');
      });
    },
  },
});
