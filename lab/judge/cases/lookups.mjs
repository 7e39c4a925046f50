import { podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { bridgeUnder, gatewayOf, nicOf, podSide, routeFor } from './shape.mjs';

/** Lookups and source addresses beyond the usual tools of a CNI: types of routes, next hop objects, rules by port, primary and secondary addresses. */
const toPeer = (cluster, at) => routeFor(cluster, at.node.name, at.far.address);
const conf = (dev, key) => `net/ipv4/conf/${dev}/${key}`;
/** An address of the LAN that nobody has. */
const nobody = (at, last = 247) => at.node.internalIp.replace(/\d+$/, String(last));
const toNobody = (cluster, at) => `via ${nobody(at)} dev ${nicOf(cluster, at.node)} onlink`;
const wayOf = ({ gateway, device }) => `${gateway ? `via ${gateway} ` : ''}dev ${device} onlink`;
/** All but the connected route of a device, to write it again. */
const nicAddress = ({ lab }, node, nic) =>
  /inet (\S+)/.exec(lab.ip(node.name, ['-4', '-o', 'addr', 'show', 'dev', nic]).stdout)[1];
/** An object of `ip nexthop`, gone with the case; routes that name it go first. */
function objects(on, { lab }, ns, ...lines) {
  const ids = lines.map((line) => /^add id (\d+)/.exec(line)[1]);
  for (const line of lines) {
    on.said(ns, `ip nexthop ${line}`);
    lab.ip(ns, ['nexthop', ...line.split(' ')]);
  }
  return () => {
    for (const id of ids.reverse()) lab.exec(ns, ['ip', 'nexthop', 'delete', 'id', id], { mayFail: true });
  };
}
/** A route is deleted, then a route of another kind is added: its undo must come before that of the objects. */
function byObject(on, cluster, at, lines, id) {
  const { prefix } = toPeer(cluster, at);
  const gone = objects(on, cluster, at.node.name, ...lines);
  on.ip(at.node.name, `route delete ${prefix}`, `route add ${prefix} nhid ${id}`);
  on.back(gone);
}

export const lookups = casesOf('lookups', {
  'route-hop-limit': {
    kernel: 'Lost: what the node itself sends to pods elsewhere; what it forwards keeps its own.',
    make(on, at, cluster) {
      const route = toPeer(cluster, at);
      on.ip(at.node.name, `route replace ${route.prefix} ${wayOf(route)} hoplimit ${at.pick([1, 2, 64])}`);
    },
  },
  'route-with-all-metrics': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const route = toPeer(cluster, at);
      on.ip(
        at.node.name,
        `route replace ${route.prefix} ${wayOf(route)} proto 99 advmss 1200 window 40000 rtt 100ms rto_min 50ms initcwnd 4 initrwnd 4 quickack 1 cwnd lock 20 reordering 4 ssthresh 30 features ecn realm 4`,
      );
    },
  },
  'gateway-of-ipv6': {
    harmless: true,
    needs: ['plain'],
    kernel: 'All is answered: the next hop has an address of the other family (RFC 5549).',
    make(on, at, cluster) {
      const { lab } = cluster;
      const nic = nicOf(cluster, at.peer);
      const said = lab.ip(at.peer.name, ['-6', '-o', 'addr', 'show', 'dev', nic, 'scope', 'link']).stdout;
      const gateway = /inet6 ([^/]+)/.exec(said)?.[1];
      if (!gateway) throw new Error('no address of the link');
      on.ip(
        at.node.name,
        `route replace ${toPeer(cluster, at).prefix} via inet6 ${gateway} dev ${nicOf(cluster, at.node)} onlink`,
      );
    },
  },
  'gateway-of-ipv6-nobody': {
    kernel: 'Lost: nobody has the address of the link.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route replace ${toPeer(cluster, at).prefix} via inet6 fe80::bad dev ${nicOf(cluster, at.node)} onlink`,
      ),
  },
  'second-default-dead': {
    harmless: true,
    kernel: 'All is answered: of equal default routes the one with a living neighbour is taken (fib_select_default).',
    make(on, at, cluster) {
      gatewayOf(cluster, at.node);
      on.ip(at.node.name, `route append default ${toNobody(cluster, at)}`);
    },
  },
  'first-default-dead': {
    wavers: true,
    kernel: 'Answered, or lost until the kernel knows that the first gateway is dead (fib_select_default).',
    make(on, at, cluster) {
      gatewayOf(cluster, at.node);
      on.ip(at.node.name, `route prepend default ${toNobody(cluster, at)}`);
    },
  },
  'object-blackhole': {
    kernel: 'Lost: what goes to the pods of the peer.',
    make: (on, at, cluster) => byObject(on, cluster, at, ['add id 84 blackhole'], 84),
  },
  'object-group-of-one': {
    kernel: 'All is answered, or lost where the object leads to nobody.',
    make(on, at, cluster) {
      const way = at.pick([wayOf(toPeer(cluster, at)), toNobody(cluster, at)]);
      byObject(on, cluster, at, [`add id 85 ${way}`, 'add id 86 group 85'], 86);
    },
  },
  'object-group-of-two': {
    kernel: 'All is answered, by two ways.',
    needs: ['vxlan'],
    make: (on, at, cluster) =>
      byObject(
        on,
        cluster,
        at,
        [
          `add id 87 ${wayOf(toPeer(cluster, at))}`,
          `add id 88 via ${at.peer.internalIp} dev ${nicOf(cluster, at.node)} onlink`,
          'add id 89 group 87,1/88,3',
        ],
        89,
      ),
  },
  'type-without-a-way': {
    kernel: 'Lost: what is for that pod: its address is a broadcast, or that of a group.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add ${at.pick(['broadcast', 'multicast', 'anycast'])} ${at.far.address}/32 dev ${toPeer(cluster, at).device}`,
      ),
  },
  'unicast-in-table-local': {
    kernel: 'Lost: what is for that pod, if the entry of the table local leads to nobody.',
    make(on, at, cluster) {
      const way = at.pick([toNobody(cluster, at), wayOf(toPeer(cluster, at))]);
      on.ip(at.node.name, `route add ${at.far.address}/32 ${way} table local`);
    },
  },
  'refused-in-table-local': {
    kernel: 'Lost: what is for that pod.',
    make: (on, at) =>
      on.ip(
        at.node.name,
        `route add ${at.pick(['prohibit', 'unreachable', 'throw'])} ${at.far.address}/32 table local`,
      ),
  },
  'local-by-a-card': {
    kernel: 'The node takes what is for that pod itself.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add local ${at.far.address}/32 dev ${at.pick([nicOf(cluster, at.node), podSide(cluster, at.node, at.pod)])} table ${at.pick(['main', 'local'])}`,
      ),
  },
  'rule-suppresses-group': {
    kernel: 'Lost: what main sends by devices of that group.',
    make(on, at, cluster) {
      const { device } = toPeer(cluster, at);
      on.ip(
        at.node.name,
        `link set ${device} group 5`,
        `rule add from all lookup main suppress_ifgroup ${at.pick([5, 6])} priority 900`,
        `route add default ${toNobody(cluster, at)} table 161`,
        `rule add to ${at.peer.podCidr} lookup 161 priority 901`,
      );
      on.back(() => void cluster.lab.ip(at.node.name, ['link', 'set', device, 'group', 'default']));
    },
  },
  'rule-by-source-port': {
    kernel: 'Lost: replies of connections to one pod from elsewhere.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add default ${toNobody(cluster, at)} table 162`,
        `rule add from ${at.pod.address} ipproto tcp sport ${at.pod.listen.find((l) => l.protocol === 'TCP').port} lookup 162 priority 902`,
      ),
  },
  'way-back-by-port': {
    kernel: 'Lost with rp_filter: the way back to who asks is looked up with the ports of the answer.',
    make(on, at, cluster) {
      const { device } = toPeer(cluster, at);
      const { port } = at.pod.listen.find((l) => l.protocol === 'TCP');
      on.ip(
        at.node.name,
        `route add ${at.pick(['default', at.peer.podCidr])} ${toNobody(cluster, at)} table 163`,
        `rule add to ${at.peer.podCidr} ipproto tcp ${at.pick(['sport', 'dport'])} ${port} lookup 163 priority 903`,
      );
      on.sysctl(at.node.name, { [conf(device, 'rp_filter')]: at.pick([1, 2, 0]) });
    },
  },
  'way-back-by-tos': {
    kernel: 'Lost with rp_filter strict: the way back of such packets is another one.',
    make(on, at, cluster) {
      const { device } = toPeer(cluster, at);
      on.rule(at.peer.name, `-t mangle -A PREROUTING -s ${at.far.address} -j TOS --set-tos 0x08/0xff`);
      on.ip(
        at.node.name,
        `route add default ${toNobody(cluster, at)} table 164`,
        `rule add to ${at.peer.podCidr} tos 0x08 lookup 164 priority 904`,
      );
      on.sysctl(at.node.name, { [conf(device, 'rp_filter')]: at.pick([1, 2]) });
    },
  },
  'rule-of-ping': {
    kernel: 'Lost: pings to pods of the peer.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add default ${toNobody(cluster, at)} table 165`,
        `rule add to ${at.peer.podCidr} ipproto ${at.pick(['icmp', 'udp'])} lookup 165 priority 905`,
      ),
  },
  'rule-not-marked': {
    kernel: 'Lost: what is for the pods of the peer and has no mark.',
    make(on, at, cluster) {
      on.ip(
        at.node.name,
        `route add default ${toNobody(cluster, at)} table 166`,
        `rule add not fwmark 0x20/0x20 to ${at.peer.podCidr} lookup 166 priority 906`,
      );
      if (at.coin()) on.rule(at.node.name, `-t mangle -A PREROUTING -s ${at.pod.address} -j MARK --or-mark 0x20`);
    },
  },
  'rule-refuses-the-way-back': {
    kernel: 'The way back is refused by a rule: lost with rp_filter, and the reply in any case.',
    make(on, at, cluster) {
      on.ip(
        at.node.name,
        `rule add from all to ${at.far.address} iif ${podSide(cluster, at.node, at.pod)} ${at.pick(['prohibit', 'blackhole'])} priority 907`,
      );
      on.sysctl(at.node.name, { [conf('all', 'rp_filter')]: at.pick([0, 1, 2]) });
    },
  },
  'two-hops-one-linkdown': {
    wavers: true,
    kernel: 'Half of the flows are lost, unless a hop without a link is not used.',
    make(on, at, cluster) {
      const route = toPeer(cluster, at);
      on.ip(
        at.node.name,
        'link add br-gone type veth peer name br-gone1',
        'link set br-gone up',
        'address add 10.216.0.1/24 dev br-gone',
        `route replace ${route.prefix} nexthop ${wayOf(route)} nexthop via 10.216.0.2 dev br-gone onlink`,
      );
      on.sysctl(at.node.name, { [conf('br-gone', 'ignore_routes_with_linkdown')]: at.pick([1, 0]) });
    },
  },
  'two-hops-by-neighbour': {
    wavers: true,
    kernel: 'A hop whose neighbour is known to be dead is not used.',
    make(on, at, cluster) {
      const route = toPeer(cluster, at);
      on.ip(at.node.name, `route replace ${route.prefix} nexthop ${wayOf(route)} nexthop ${toNobody(cluster, at)}`);
      on.sysctl(at.node.name, { 'net/ipv4/fib_multipath_use_neigh': 1 });
    },
  },
  'nic-first-address-foreign': {
    kernel: 'All is answered; the node has another source where nothing else says which.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      const own = nicAddress(cluster, at.node, nic);
      const { gateway } = gatewayOf(cluster, at.node);
      on.ip(
        at.node.name,
        `address add 198.51.100.9/24 dev ${nic}`,
        `address delete ${own} dev ${nic}`,
        `address add ${own} brd + dev ${nic}`,
        `route replace default via ${gateway} dev ${nic} onlink`,
      );
    },
  },
  'nic-address-narrow-scope': {
    kernel: 'The node takes another source for what is beyond the link.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      const own = nicAddress(cluster, at.node, nic);
      const { gateway } = gatewayOf(cluster, at.node);
      on.ip(
        at.node.name,
        `address delete ${own} dev ${nic}`,
        `address add ${own} brd + dev ${nic} scope ${at.pick(['link', 'host'])}`,
        `route replace default via ${gateway} dev ${nic} onlink`,
      );
    },
  },
  'nic-address-no-prefix-route': {
    harmless: true,
    kernel: 'All is answered: the gateway knows the way.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      const own = nicAddress(cluster, at.node, nic);
      const { gateway } = gatewayOf(cluster, at.node);
      on.ip(
        at.node.name,
        `address delete ${own} dev ${nic}`,
        `address add ${own} brd + dev ${nic} noprefixroute`,
        `route replace default via ${gateway} dev ${nic} onlink`,
      );
    },
  },
  'nic-primary-replaced': {
    kernel: 'All is answered; the node speaks with the address that was its second one.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      const own = nicAddress(cluster, at.node, nic);
      const { gateway } = gatewayOf(cluster, at.node);
      on.sysctl(at.node.name, { [conf(nic, 'promote_secondaries')]: 1 });
      on.ip(
        at.node.name,
        `address add ${nobody(at, 93)}/${own.split('/')[1]} brd + dev ${nic}`,
        `address delete ${own} dev ${nic}`,
        `address add ${own} brd + dev ${nic}`,
        `route replace default via ${gateway} dev ${nic} onlink`,
      );
    },
  },
  'bridge-primary-replaced': {
    needs: ['bridge'],
    kernel: 'All is answered; the node speaks to its pods with another address.',
    make(on, at, cluster) {
      const bridge = bridgeUnder(cluster, at.node, at.pod);
      const own = nicAddress(cluster, at.node, bridge);
      on.ip(at.node.name, `address delete ${own} dev ${bridge}`);
      on.ip(
        at.node.name,
        `address add ${own.replace(/\d+\/(\d+)$/, '222/$1')} brd + dev ${bridge}`,
        `address add ${own} brd + dev ${bridge}`,
      );
    },
  },
  'nic-prefix-of-two': {
    kernel: 'What is on the link goes by the gateway, or to nobody.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      const own = nicAddress(cluster, at.node, nic);
      const { gateway } = gatewayOf(cluster, at.node);
      on.ip(
        at.node.name,
        `address delete ${own} dev ${nic}`,
        `address add ${own.split('/')[0]}/${at.pick([31, 30, 29])} brd + dev ${nic}`,
        `route replace default via ${gateway} dev ${nic} onlink`,
      );
    },
  },
  'pod-gateway-nobody-has': {
    kernel: 'Lost from that pod where nobody answers for its gateway.',
    make(on, at, cluster) {
      on.ip(podNs(at.pod), 'route replace default via 169.254.1.1 dev eth0 onlink');
      if (!at.coin())
        on.sysctl(at.node.name, { [conf(podSide(cluster, at.node, at.pod), 'proxy_arp')]: at.pick([1, 0]) });
    },
  },
  'pod-by-sibling': {
    needs: ['bridge', 'siblings'],
    kernel: 'Lost from that pod beyond its bridge, unless its sibling forwards.',
    make(on, at) {
      on.ip(podNs(at.pod), `route replace default via ${at.sibling.address} dev eth0`);
      on.sysctl(podNs(at.sibling), { 'net/ipv4/ip_forward': at.pick([1, 0]) });
    },
  },
  'pod-has-no-services': {
    kernel: 'Lost: what that pod asks of services.',
    make: (on, at) =>
      on.ip(podNs(at.pod), `route add ${at.pick(['unreachable', 'prohibit', 'blackhole', 'throw'])} 10.96.0.0/12`),
  },
  'pod-two-defaults': {
    kernel: 'What the first says counts: lost beyond the bridge where nobody is its gateway.',
    make(on, at) {
      on.ip(
        podNs(at.pod),
        'link add dummy9 type veth peer name dummy8',
        'link set dummy9 up',
        'address add 10.217.0.9/24 dev dummy9',
        `route add default via 10.217.0.1 dev dummy9 metric ${at.pick([50, 0])}`,
      );
    },
  },
});
