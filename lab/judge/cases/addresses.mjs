import { podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { bridgeUnder, nicOf, tunnelLink } from './shape.mjs';

const addressOf = ({ lab }, ns, dev) =>
  lab
    .ip(ns, ['-4', '-o', 'addr', 'show', 'dev', dev])
    .stdout.split('\n')
    .map((l) => /inet (\S+)/.exec(l)?.[1])
    .find(Boolean);
const needs = ['bridge'];

export const addresses = casesOf('addresses', {
  'node-holds-peer-pod': {
    kernel:
      'Lost: pods of different nodes (ping 1 of 6, tcp 4 of 24), a node and pods elsewhere (tcp 1 of 12), some services; errors: ECONNREFUSED. The node answers pings itself and refuses connections; what the pod sends it drops, as from itself.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `address add ${at.far.address}/32 dev ${at.pick(['lo', nicOf(cluster, at.node)])}`),
  },
  'node-holds-peer-node': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 1 of 6), nodes (ping 1 of 6), some services; errors: EHOSTUNREACH.',
    make: (on, at) => on.ip(at.node.name, `address add ${at.peer.internalIp}/32 dev lo`),
  },
  'node-holds-own-pod': {
    kernel:
      'Lost: pods of one node (tcp 1 of 6), pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and its own pods (tcp 1 of 6), a node and pods elsewhere (tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services; errors: ECONNREFUSED.',
    make: (on, at) => on.ip(at.node.name, `address add ${at.pod.address}/32 dev lo`),
  },
  'pod-address-twice': {
    needs: ['siblings'],
    wavers: true,
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (tcp 8 of 24), a node and its own pods (tcp 1 of 6), a node and pods elsewhere (tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 1 of 6), some services; errors: ECONNREFUSED.',
    make(on, at) {
      if (!at.sibling) throw new Error('no second pod');
      on.ip(podNs(at.sibling), `address add ${at.pod.address}/32 dev eth0`);
    },
  },
  'pod-holds-far-pod': {
    kernel: 'Lost: pods of different nodes (ping 1 of 6, tcp 1 of 24), some services; 1 seen with another source.',
    make: (on, at) => on.ip(podNs(at.pod), `address add ${at.far.address}/32 dev eth0`),
  },
  'bridge-address-missing': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and its own pods (ping 1 of 3, tcp 2 of 6), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, cluster) {
      const dev = bridgeUnder(cluster, at.node, at.pod);
      on.ip(at.node.name, `address flush dev ${dev}`);
    },
  },
  'bridge-address-other': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services; 2 seen with another source.',
    make(on, at, cluster) {
      const dev = bridgeUnder(cluster, at.node, at.pod);
      const address = addressOf(cluster, at.node.name, dev);
      on.ip(
        at.node.name,
        `address add ${address.replace(/\.\d+\//, '.254/')} brd + dev ${dev}`,
        `address delete ${address} dev ${dev}`,
      );
      // The first address took the second along, as secondary.
      on.ip(at.node.name, `address replace ${address.replace(/\.\d+\//, '.254/')} brd + dev ${dev}`);
    },
  },
  'bridge-prefix-wide': {
    needs,
    kernel: 'All is answered. The routes to the peers are longer.',
    make(on, at, cluster) {
      const dev = bridgeUnder(cluster, at.node, at.pod);
      const address = addressOf(cluster, at.node.name, dev);
      on.ip(
        at.node.name,
        `address add ${address.replace(/\d+$/, '15')} brd + dev ${dev}`,
        `address delete ${address} dev ${dev}`,
      );
    },
  },
  'bridge-prefix-narrow': {
    needs,
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and its own pods (ping 1 of 3, tcp 2 of 6), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, cluster) {
      const dev = bridgeUnder(cluster, at.node, at.pod);
      const address = addressOf(cluster, at.node.name, dev);
      on.ip(
        at.node.name,
        `address add ${address.replace(/\d+$/, '31')} dev ${dev}`,
        `address delete ${address} dev ${dev}`,
      );
    },
  },
  'bridge-second-address': {
    needs,
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const dev = bridgeUnder(cluster, at.node, at.pod);
      on.ip(
        at.node.name,
        `address add ${addressOf(cluster, at.node.name, dev).replace(/\.\d+\//, '.253/')} dev ${dev}`,
      );
    },
  },
  'bridge-in-peer-subnet': {
    needs,
    kernel:
      "All is answered. The connected route is as long as the peer's and comes after it; only the one address is now answered here.",
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `address add ${at.peer.podCidr.replace(/\d+\/(\d+)$/, '1/$1')} brd + dev ${bridgeUnder(cluster, at.node, at.pod)}`,
      ),
  },
  'nic-prefix-host': {
    kernel: 'All is answered. The gateway sends it on to the neighbour.',
    make(on, at, cluster) {
      const dev = nicOf(cluster, at.node);
      const address = addressOf(cluster, at.node.name, dev);
      on.ip(
        at.node.name,
        `address add ${address.replace(/\/\d+$/, '/32')} dev ${dev}`,
        `address delete ${address} dev ${dev}`,
      );
    },
  },
  'nic-prefix-wide': {
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const dev = nicOf(cluster, at.node);
      const address = addressOf(cluster, at.node.name, dev);
      on.ip(
        at.node.name,
        `address add ${address.replace(/\/\d+$/, '/16')} brd + dev ${dev}`,
        `address delete ${address} dev ${dev}`,
      );
    },
  },
  'nic-address-missing': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 4 of 6), nodes (ping 4 of 6), some services; errors: ENETUNREACH. With the last address of a device all of its routes go.',
    make: (on, at, cluster) => on.ip(at.node.name, `address flush dev ${nicOf(cluster, at.node)}`),
  },
  'nic-second-address': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `address add ${at.node.internalIp.replace(/\d+$/, '111')}/24 dev ${nicOf(cluster, at.node)}`),
  },
  'nic-address-deprecated': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const dev = nicOf(cluster, at.node);
      on.ip(at.node.name, `address change ${addressOf(cluster, at.node.name, dev)} dev ${dev} preferred_lft 0`);
    },
  },
  'tunnel-address-missing': {
    needs: ['vxlan'],
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), some services.',
    make: (on, at, cluster) => on.ip(at.node.name, `address flush dev ${tunnelLink(cluster, at.node).ifname}`),
  },
  'tunnel-address-of-peer': {
    needs: ['vxlan'],
    kernel: 'Lost: a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make(on, at, cluster) {
      const own = tunnelLink(cluster, at.node).ifname;
      on.ip(
        at.node.name,
        `address add ${addressOf(cluster, at.peer.name, tunnelLink(cluster, at.peer).ifname)} dev ${own}`,
      );
    },
  },
  'same-10.0.2.15': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) => on.ip(at.node.name, `address add 10.0.2.15/32 dev ${nicOf(cluster, at.node)}`),
  },
});

const inside = (at) => podNs(at.pod);
export const pods = casesOf('pods', {
  'pod-default-missing': {
    kernel:
      'Lost: a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services; errors: ENETUNREACH.',
    make: (on, at) => on.ip(inside(at), 'route delete default'),
  },
  'pod-no-routes': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services; errors: ENETUNREACH.',
    make(on, at, { lab }) {
      const routes = lab
        .ip(inside(at), ['-4', 'route', 'show'])
        .stdout.split('\n')
        .map((l) => l.split(' ')[0])
        .filter((l) => l !== '');
      on.ip(inside(at), ...routes.map((r) => `route delete ${r}`));
    },
  },
  'pod-wrong-gateway': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, { lab }) {
      const hop = JSON.parse(lab.ip(inside(at), ['-j', 'route', 'get', at.far.address]).stdout)[0].gateway;
      const other = hop.replace(/\d+$/, '97');
      const via = lab
        .ip(inside(at), ['-4', 'route', 'show'])
        .stdout.split('\n')
        .filter((l) => l.includes(' via '))
        .map((l) => l.split(' ')[0]);
      on.ip(inside(at), ...via.map((r) => `route replace ${r} via ${other} dev eth0 onlink`));
    },
  },
  'pod-without-address': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services; errors: ENETUNREACH.',
    make: (on, at) => on.ip(inside(at), 'address flush dev eth0'),
  },
  'pod-other-address': {
    kernel:
      'Lost: pods of one node (tcp 1 of 6), pods of different nodes (ping 2 of 6, tcp 4 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), some services; 5 seen with another source.',
    make(on, at, cluster) {
      const address = addressOf(cluster, inside(at), 'eth0');
      const other = at.pod.address.replace(/\d+$/, (last) => String(Number(last) + 40));
      const routes = cluster.lab
        .ip(inside(at), ['-4', 'route', 'show'])
        .stdout.split('\n')
        .map((l) => l.trim())
        .filter((l) => l !== '' && !l.includes('proto kernel'))
        // What others need as their way to a gateway comes first.
        .sort((a, b) => Number(a.includes(' via ')) - Number(b.includes(' via ')));
      on.ip(
        inside(at),
        `address delete ${address} dev eth0`,
        `address add ${address.replace(at.pod.address, other)} dev eth0`,
        ...routes.map((r) => `route replace ${r.replace(/ src \S+/, '')}`),
      );
    },
  },
  'pod-prefix-host': {
    needs: ['bridge'],
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const address = addressOf(cluster, inside(at), 'eth0');
      const routes = cluster.lab
        .ip(inside(at), ['-4', 'route', 'show'])
        .stdout.split('\n')
        .map((l) => l.trim())
        .filter((l) => l.includes(' via '));
      on.ip(inside(at), `address delete ${address} dev eth0`, `address add ${at.pod.address}/32 dev eth0`);
      if (at.coin()) on.ip(inside(at), ...routes.map((r) => `route replace ${r} onlink`));
    },
  },
  'pod-prefix-wide': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), some services.',
    make(on, at, { topology }) {
      on.ip(inside(at), `route replace ${topology.clusterCidr} dev eth0 scope link`);
    },
  },
  'pod-refuses-peer': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24), a node and pods elsewhere (ping 1 of 6, tcp 1 of 12), some services; errors: EINVAL.',
    make: (on, at) =>
      on.ip(inside(at), `route add ${at.pick(['blackhole', 'unreachable', 'prohibit'])} ${at.peer.podCidr}`),
  },
  'pod-second-nic-default': {
    kernel: 'Lost: a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at) {
      on.ip(
        inside(at),
        'link add net1 type veth peer name net1p',
        'link set net1p up',
        'link set net1 up',
        'address add 10.77.0.5/24 dev net1',
        'route add 0.0.0.0/1 via 10.77.0.1',
        'route add 128.0.0.0/1 via 10.77.0.1',
      );
      if (at.coin()) on.ip(inside(at), `route add ${at.node.podCidr} dev eth0 metric 50`);
    },
  },
  'pod-rp-filter-second-nic': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24), a node and pods elsewhere (ping 1 of 6, tcp 1 of 12), some services.',
    make(on, at) {
      on.ip(
        inside(at),
        'link add net1 type veth peer name net1p',
        'link set net1p up',
        'link set net1 up',
        'address add 10.77.0.5/24 dev net1',
        `route add ${at.peer.podCidr} via 10.77.0.1`,
      );
      on.sysctl(inside(at), {
        'net/ipv4/conf/all/rp_filter': at.pick([0, 1, 2]),
        'net/ipv4/conf/eth0/rp_filter': at.pick([0, 1]),
      });
    },
  },
  'pod-filter-drops': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6), a node and its own pods (ping 1 of 3), a node and pods elsewhere (ping 2 of 6), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6).',
    make: (on, at) =>
      on.rule(inside(at), `-I ${at.pick(['INPUT', 'OUTPUT'])} 1 -p ${at.pick(['icmp', 'tcp', 'udp'])} -j DROP`),
  },
  'pod-policy-drop': {
    kernel:
      'Lost: pods of one node (tcp 1 of 6), pods of different nodes (ping 2 of 6, tcp 4 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), some services.',
    make(on, at) {
      on.rule(inside(at), '-I INPUT 1 -m conntrack --ctstate ESTABLISHED -j ACCEPT');
      on.policy(inside(at), 'INPUT', 'DROP');
    },
  },
  'pod-port-closed': {
    kernel:
      'Lost: pods of one node (tcp 1 of 6), pods of different nodes (tcp 4 of 24), a node and its own pods (tcp 1 of 6), a node and pods elsewhere (tcp 2 of 12), some services; errors: ECONNREFUSED.',
    make: (on, at) =>
      on.rule(
        inside(at),
        `-I INPUT 1 -p tcp -m multiport --dports ${at.pod.listen
          .filter((l) => l.protocol === 'TCP')
          .map((l) => l.port)
          .join(',')} -j REJECT --reject-with tcp-reset`,
      ),
  },
  'pod-mac-changed': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.ip(inside(at), 'link set eth0 address 06:00:00:00:00:99'),
  },
  'pod-ignores-ping': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6), a node and its own pods (ping 1 of 3), a node and pods elsewhere (ping 2 of 6).',
    make: (on, at) => on.sysctl(inside(at), { 'net/ipv4/icmp_echo_ignore_all': 1 }),
  },
  'pod-forwards-not': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(inside(at), { 'net/ipv4/ip_forward': at.coin() ? 0 : 1 }),
  },
  'pod-ttl-1': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at) => on.sysctl(inside(at), { 'net/ipv4/ip_default_ttl': 1 }),
  },
  'pod-policy-routing': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24), a node and pods elsewhere (ping 1 of 6, tcp 1 of 12), some services; errors: EHOSTUNREACH.',
    make: (on, at) =>
      on.ip(
        inside(at),
        'route add unreachable default table 150',
        `rule add ${at.pick([`to ${at.peer.podCidr}`, `from ${at.pod.address}`])} lookup 150 priority 700`,
      ),
  },
});
