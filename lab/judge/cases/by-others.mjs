import { podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import {
  bridgeUnder,
  hostDevice,
  linksOf,
  nextHop,
  nicOf,
  podSide,
  routeFor,
  tunnelLink,
  underlayOf,
} from './shape.mjs';

/** Routes, settings, neighbours and devices in forms that no CNI writes. */
const toPeer = (cluster, at) => routeFor(cluster, at.node.name, at.far.address);
const again = (cluster, at, more) => {
  const { prefix, gateway, device } = toPeer(cluster, at);
  return `route replace ${prefix} ${gateway ? `via ${gateway} ` : ''}dev ${device} onlink ${more}`;
};
const conf = (dev, key) => `net/ipv4/conf/${dev}/${key}`;
const end = (pod) => `pod:${pod.namespace}/${pod.name}`;

export const byOthers = casesOf('by-others', {
  'route-of-type-broadcast': {
    kernel: 'Lost: what is for one pod; the node takes it as a broadcast to itself.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `route add broadcast ${at.far.address} dev ${toPeer(cluster, at).device}`),
  },
  'route-with-hoplimit': {
    kernel: 'Lost: what the node itself sends to pods elsewhere, if that is one hop too few.',
    make: (on, at, cluster) => on.ip(at.node.name, again(cluster, at, `hoplimit ${at.pick([1, 2])}`)),
  },
  'route-with-metrics': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, again(cluster, at, 'advmss 1200 window 20000 initcwnd 10 quickack 1 rto_min 300ms realm 3')),
  },
  'objects-in-a-group': {
    wavers: true,
    kernel: 'Lost: what takes the hop that leads to nobody.',
    make(on, at, cluster) {
      const { prefix, gateway, device } = toPeer(cluster, at);
      const { name } = at.node;
      on.ip(
        name,
        `nexthop add id 81 via ${gateway ?? at.peer.internalIp} dev ${device} onlink`,
        `nexthop add id 82 ${at.pick([`via ${at.node.internalIp.replace(/\d+$/, '247')} dev ${nicOf(cluster, at.node)} onlink`, `via ${at.peer.internalIp} dev ${nicOf(cluster, at.node)} onlink`])}`,
        'nexthop add id 83 group 81,2/82,5',
        `route delete ${prefix}`,
        `route add ${prefix} nhid 83`,
      );
      on.back(() => {
        for (const id of [83, 82, 81])
          cluster.lab.exec(name, ['ip', 'nexthop', 'delete', 'id', String(id)], { mayFail: true });
      });
    },
  },
  'object-is-a-blackhole': {
    kernel: 'Lost: what goes there.',
    make(on, at, cluster) {
      on.ip(at.node.name, 'nexthop add id 84 blackhole', `route add ${at.far.address}/32 nhid 84`);
      on.back(() => void cluster.lab.exec(at.node.name, ['ip', 'nexthop', 'delete', 'id', '84'], { mayFail: true }));
    },
  },
  'route-on-wrong-device': {
    kernel: 'Lost: the gateway is asked for on a device where it is not.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route replace ${toPeer(cluster, at).prefix} via ${at.peer.internalIp} dev ${podSide(cluster, at.node, at.pod)} onlink`,
      ),
  },
  'route-in-a-circle': {
    kernel: 'Lost: two nodes hand it to each other until no hop is left.',
    make(on, at, cluster) {
      if (!at.third) throw new Error('no third node');
      on.ip(
        at.node.name,
        `route add ${at.far.address}/32 via ${at.third.internalIp} dev ${nicOf(cluster, at.node)} onlink`,
      );
      on.ip(
        at.third.name,
        `route add ${at.far.address}/32 via ${at.node.internalIp} dev ${nicOf(cluster, at.third)} onlink`,
      );
    },
  },
  'throw-into-table-default': {
    kernel: 'Lost or answered, as the table `default` says it behind `main`.',
    make: (on, at) =>
      on.ip(
        at.node.name,
        `route add throw ${at.far.address}/32`,
        `route add ${at.pick(['unreachable', 'blackhole'])} ${at.peer.podCidr} table default`,
      ),
  },
  'rule-of-the-tunnel': {
    needs: ['vxlan'],
    kernel: 'Lost: the tunnel, whose own packets are looked up by their protocol and port.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `rule add ${at.pick([`ipproto udp dport ${tunnelLink(cluster, at.node).linkinfo.info_data.port}`, `to ${underlayOf(cluster, at.peer)} ipproto udp`, `oif ${nicOf(cluster, at.node)}`])} unreachable priority 600`,
      ),
  },
  'rule-by-source-port': {
    kernel: 'Lost: answers of one port.',
    make: (on, at) =>
      on.ip(
        at.node.name,
        `rule add ipproto tcp sport ${at.pick([8080, 10250, '1-9999'])} ${at.pick(['unreachable', 'blackhole'])} priority 601`,
      ),
  },
  'marks-reflected': {
    kernel: 'Lost: what the node answers by itself; it has the mark of the question, whose table refuses.',
    make(on, at) {
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -s ${at.peer.internalIp} -j MARK --set-xmark 0x90/0xf0`);
      on.sysctl(at.node.name, { 'net/ipv4/fwmark_reflect': at.pick([1, 0]) });
      on.ip(
        at.node.name,
        'route add unreachable default table 157',
        'rule add iif lo fwmark 0x90/0xf0 lookup 157 priority 157',
      );
    },
  },
  'errors-from-inbound': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.sysctl(at.node.name, {
        'net/ipv4/icmp_errors_use_inbound_ifaddr': 1,
        'net/ipv4/icmp_ratelimit': 0,
        'net/ipv4/ip_early_demux': 0,
        'net/ipv4/ip_nonlocal_bind': 1,
        'net/ipv4/ip_forward_use_pmtu': 1,
      }),
  },
  'arp-never-asked': {
    kernel: 'Lost: what must ask for an address.',
    make: (on, at, cluster) =>
      on.sysctl(at.node.name, {
        [`net/ipv4/neigh/${at.pick([nicOf(cluster, at.node), podSide(cluster, at.node, at.pod)])}/mcast_solicit`]: 0,
      }),
  },
  'neigh-lan-broadcast': {
    kernel: 'Lost: connections, and all that the peer would forward; it comes as a broadcast (PACKET_BROADCAST).',
    make(on, at, cluster) {
      const { device, address } = nextHop(cluster, at.node.name, at.peer.internalIp);
      on.ip(
        at.node.name,
        `neigh replace ${address} lladdr ${at.pick(['ff:ff:ff:ff:ff:ff', '03:bf:c0:a8:32:0c'])} dev ${device} nud permanent`,
      );
    },
  },
  'neigh-pod-broadcast': {
    kernel: 'Lost: connections to the pod; pings pass.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `neigh replace ${at.pod.address} lladdr ff:ff:ff:ff:ff:ff dev ${podSide(cluster, at.node, at.pod)} nud permanent`,
      ),
  },
  'l2-multicast-refused': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.sysctl(at.node.name, {
        [conf('all', 'drop_unicast_in_l2_multicast')]: 1,
        [conf('all', 'drop_gratuitous_arp')]: 1,
        [conf('all', 'arp_accept')]: 1,
        [conf('all', 'promote_secondaries')]: 1,
        [conf('all', 'disable_policy')]: 1,
      }),
  },
  'bridge-above-the-nic': {
    kernel:
      'Lost or answered: the address of the card is on a bridge above it now; the tunnel is still bound to the card.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      const ip = (...words) =>
        cluster.lab
          .ip(at.node.name, words)
          .stdout.split('\n')
          .map((l) => l.trim())
          .filter((l) => l !== '');
      const [address] = ip('-4', '-o', 'addr', 'show', 'dev', nic).map((l) => /inet (\S+)/.exec(l)[1]);
      const routes = ip('-4', 'route', 'show', 'dev', nic).filter((l) => !l.includes('proto kernel'));
      const { address: mac } = linksOf(cluster, at.node.name).find((l) => l.ifname === nic);
      on.ip(
        at.node.name,
        `link add br-ex address ${mac} type bridge`,
        'link set br-ex up',
        `link set ${nic} master br-ex`,
        `address delete ${address} dev ${nic}`,
        `address add ${address} brd + dev br-ex`,
        ...routes.map((r) => `route replace ${r.replace(/ (linkdown|dead)\b/g, '')} dev br-ex`),
      );
    },
  },
  'nic-without-prefix-route': {
    kernel: 'All is answered; the gateway sends it on.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      on.ip(
        at.node.name,
        `address change ${at.node.internalIp}/24 brd + dev ${nic} noprefixroute`,
        ...(at.coin() ? [`route delete ${at.node.internalIp.replace(/\d+$/, '0')}/24 dev ${nic}`] : []),
      );
    },
  },
  'nic-address-secondary': {
    kernel: 'Seen with another source: the first address of the card is another one.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      on.ip(
        at.node.name,
        `address add ${at.node.internalIp.replace(/\d+$/, '61')}/24 brd + dev ${nic}`,
        `route replace default via ${cluster.topology.lan.gateway} dev ${nic} src ${at.node.internalIp.replace(/\d+$/, '61')}`,
        `route replace ${at.node.internalIp.replace(/\d+$/, '0')}/24 dev ${nic} src ${at.node.internalIp.replace(/\d+$/, '61')}`,
      );
    },
  },
  'macvlan-on-the-nic': {
    kernel: 'A second card in the same subnet, above the first.',
    make(on, at, cluster) {
      on.ip(
        at.node.name,
        `link add mv0 link ${nicOf(cluster, at.node)} type macvlan mode bridge`,
        'link set mv0 up',
        `address add ${at.node.internalIp.replace(/\d+$/, '63')}/${at.pick([32, 24])} dev mv0`,
      );
    },
    probes: ({ nodes }) =>
      nodes.flatMap((n) =>
        n.pods.slice(0, 1).map((p) => ({ src: end(p), dst: nodes[0].internalIp.replace(/\d+$/, '63'), proto: 'icmp' })),
      ),
  },
  'vpn-takes-the-pods': {
    kernel: 'Lost: what is for pods elsewhere: the device of a VPN whose daemon is gone has the longer route.',
    make(on, at) {
      on.ip(
        at.node.name,
        'tuntap add dev tun0 mode tun',
        'link set tun0 up',
        'address add 10.8.0.6/24 dev tun0',
        `route add ${at.peer.podCidr.replace(/\/\d+$/, '/25')} dev tun0`,
      );
    },
  },
  'fdb-by-another-device': {
    needs: ['vxlan'],
    kernel: 'Lost: the entry says by which device the tunnel leaves.',
    make(on, at, cluster) {
      const device = tunnelLink(cluster, at.node).ifname;
      const mac = tunnelLink(cluster, at.peer).address;
      const dst = underlayOf(cluster, at.peer);
      on.bridge(
        at.node.name,
        `fdb delete ${mac} dev ${device} dst ${dst} self`,
        `fdb append ${mac} dev ${device} dst ${dst} via ${at.pick([podSide(cluster, at.node, at.pod), nicOf(cluster, at.node)])} self permanent`,
      );
    },
  },
  'second-tunnel-of-old': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `link add vxlan.old type vxlan id 4097 local ${at.node.internalIp} dev ${nicOf(cluster, at.node)} dstport ${at.pick([4789, 8472])} nolearning`,
        'link set vxlan.old up',
        'address add 10.199.7.0/32 dev vxlan.old',
      ),
  },
  'pod-mac-of-the-bridge-itself': {
    needs: ['bridge'],
    kernel: "Lost: what is for the pod's lladdr: the bridge takes it for its own.",
    make(on, at, cluster) {
      const bridge = bridgeUnder(cluster, at.node, at.pod);
      on.bridge(at.node.name, `fdb replace ${at.pod.mac} dev ${bridge} self permanent`);
      on.back(
        () =>
          void cluster.lab.exec(at.node.name, ['bridge', 'fdb', 'delete', at.pod.mac, 'dev', bridge, 'self'], {
            mayFail: true,
          }),
      );
    },
  },
  'qdisc-without-effect': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const dev = at.pick([hostDevice(cluster, at.node, at.pod), nicOf(cluster, at.node)]);
      const kind = at.pick(['tbf rate 100mbit burst 64k latency 50ms', 'pfifo limit 1000', 'htb default 10']);
      cluster.lab.exec(at.node.name, ['tc', 'qdisc', 'replace', 'dev', dev, 'root', ...kind.split(' ')]);
      cluster.lab.exec(at.node.name, ['tc', 'qdisc', 'add', 'dev', dev, 'clsact']);
      on.said(at.node.name, `tc qdisc replace dev ${dev} root ${kind}; clsact`);
      on.back(() => {
        cluster.lab.exec(at.node.name, ['tc', 'qdisc', 'delete', 'dev', dev, 'root'], { mayFail: true });
        cluster.lab.exec(at.node.name, ['tc', 'qdisc', 'delete', 'dev', dev, 'clsact'], { mayFail: true });
      });
    },
  },
  'pod-holds-a-service': {
    kernel: 'Lost: what the pod asks of that service: it has the address itself.',
    make: (on, at, { topology }) =>
      on.ip(podNs(at.pod), `address add ${at.pick(topology.services).clusterIp}/32 dev lo`),
  },
  'pod-source-hint': {
    kernel: 'Seen with another source, or lost: the pod sends with its second address.',
    make: (on, at) =>
      on.ip(
        podNs(at.pod),
        `address add ${at.pod.address.replace(/\d+$/, '78')}/32 dev eth0`,
        `route add ${at.peer.podCidr} dev eth0 src ${at.pod.address.replace(/\d+$/, '78')}`,
      ),
  },
});
