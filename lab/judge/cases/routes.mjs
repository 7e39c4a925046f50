import { podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { gatewayOf, nicOf, podSide, routeFor } from './shape.mjs';

const routeToPeer = (cluster, at) => routeFor(cluster, at.node.name, at.far.address);
/** Half of a prefix: one bit longer, around that address. */
const halfAround = (prefix, address) => {
  const length = Number(prefix.split('/')[1] ?? 32);
  if (length >= 31) return `${address}/32`;
  const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - length - 1);
  const start = Math.floor(bits / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')}/${length + 1}`;
};
const toRouter = (cluster, at) => {
  const { gateway, device } = gatewayOf(cluster, at.node);
  return `via ${gateway} dev ${device} onlink`;
};
/** An address of the LAN that nobody has. */
const nobody = (at) => at.node.internalIp.replace(/\d+$/, '247');

const toNobody = (cluster, at) => `via ${nobody(at)} dev ${nicOf(cluster, at.node)} onlink`;

export const routes = casesOf('routes', {
  'route-missing': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make: (on, at, cluster) => on.ip(at.node.name, `route delete ${routeToPeer(cluster, at).prefix}`),
  },
  'route-to-router': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `route replace ${routeToPeer(cluster, at).prefix} ${toRouter(cluster, at)}`),
  },
  'route-to-nobody': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `route replace ${routeToPeer(cluster, at).prefix} ${toNobody(cluster, at)}`),
  },
  'route-on-link': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 1 of 6, tcp 2 of 12), some services.',
    make(on, at, cluster) {
      const { prefix } = routeToPeer(cluster, at);
      const device = at.pick([nicOf(cluster, at.node), podSide(cluster, at.node, at.pod)]);
      on.ip(at.node.name, `route replace ${prefix} dev ${device} scope link`);
    },
  },
  'route-by-third': {
    kernel:
      'Lost: pods of different nodes (ping 1 of 6, tcp 4 of 24), a node and pods elsewhere (ping 1 of 6, tcp 2 of 12), some services; 6 seen with another source.',
    make(on, at, cluster) {
      if (!at.third?.pods.length) throw new Error('no third node with pods');
      const { prefix } = routeToPeer(cluster, at);
      const other = routeFor(cluster, at.node.name, at.third.pods[0].address);
      on.ip(at.node.name, `route replace ${prefix} via ${other.gateway} dev ${other.device} onlink`);
    },
  },
  'route-direct': {
    kernel: 'All is answered; 2 seen with another source.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route replace ${routeToPeer(cluster, at).prefix} via ${at.peer.internalIp} dev ${nicOf(cluster, at.node)} onlink`,
      ),
  },
  'route-stray-longer': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24), a node and pods elsewhere (ping 1 of 6, tcp 1 of 12), some services.',
    make(on, at, cluster) {
      const { prefix } = routeToPeer(cluster, at);
      const longer = at.coin() ? `${at.far.address}/32` : halfAround(prefix, at.far.address);
      on.ip(at.node.name, `route add ${longer} ${at.pick([toRouter(cluster, at), toNobody(cluster, at)])}`);
    },
  },
  'route-refused': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services; errors: EINVAL.',
    make(on, at, cluster) {
      const { prefix } = routeToPeer(cluster, at);
      const kind = at.pick(['blackhole', 'unreachable', 'prohibit', 'throw']);
      const which = at.coin() ? halfAround(prefix, at.far.address) : prefix;
      on.ip(at.node.name, ...(which === prefix ? [`route delete ${prefix}`] : []), `route add ${kind} ${which}`);
    },
  },
  'route-own-pods-refused': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services; errors: EINVAL.',
    make: (on, at) =>
      on.ip(
        at.node.name,
        `route replace ${at.pick(['blackhole', 'unreachable', 'prohibit'])} ${at.pod.address}/32 metric ${at.pick([0, 7])}`,
      ),
  },
  'route-shadowed': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make(on, at, cluster) {
      const { prefix, gateway: via, device } = routeToPeer(cluster, at);
      on.ip(
        at.node.name,
        `route delete ${prefix}`,
        `route add ${prefix} ${via ? `via ${via} ` : ''}dev ${device} onlink metric 200`,
        `route add ${prefix} ${toNobody(cluster, at)} metric 100`,
      );
    },
  },
  'route-shadow-behind': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `route add ${routeToPeer(cluster, at).prefix} ${toNobody(cluster, at)} metric 300`),
  },
  'route-gateway-by-host-route': {
    needs: ['vxlan'],
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      // Without `onlink` the kernel wants to know the way to the gateway.
      const { prefix, gateway, device } = routeToPeer(cluster, at);
      on.ip(
        at.node.name,
        `route delete ${prefix}`,
        `route add ${gateway}/32 dev ${device} scope link`,
        `route add ${prefix} via ${gateway} dev ${device}`,
      );
    },
  },
  'route-of-another-tos': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `route add ${routeToPeer(cluster, at).prefix} tos 0x10 ${toNobody(cluster, at)}`),
  },
  'default-missing': {
    kernel:
      'Lost: some services; errors: ENETUNREACH. The route is looked up before DNAT, so the node itself has no services; its pods do.',
    make: (on, at) => on.ip(at.node.name, 'route delete default'),
  },
  'default-to-nobody': {
    kernel: 'All is answered.',
    make: (on, at, cluster) => on.ip(at.node.name, `route replace default ${toNobody(cluster, at)}`),
  },
  'default-only': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route delete ${routeToPeer(cluster, at).prefix}`,
        `route add ${at.peer.podCidr} ${toRouter(cluster, at)} metric 10`,
      ),
  },
  'route-by-linkdown': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make(on, at, cluster) {
      const { prefix } = routeToPeer(cluster, at);
      // A bridge without a port has no carrier once it had one; a veth whose peer is down has none at once.
      on.ip(
        at.node.name,
        'link add br-old type veth peer name br-old1',
        'link set br-old up',
        'address add 10.213.0.1/24 dev br-old',
        `route add ${halfAround(prefix, at.far.address)} via 10.213.0.2 dev br-old`,
      );
      if (!at.coin())
        on.sysctl(at.node.name, {
          'net/ipv4/conf/all/ignore_routes_with_linkdown': 1,
          'net/ipv4/conf/br-old/ignore_routes_with_linkdown': 1,
        });
    },
  },
  'route-one-hop-dead': {
    wavers: true,
    kernel:
      'Lost: pods of different nodes (tcp 2 of 24), a node and pods elsewhere (ping 2 of 6, tcp 3 of 12), some services.',
    make(on, at, cluster) {
      const { prefix, gateway: via, device } = routeToPeer(cluster, at);
      on.ip(
        at.node.name,
        `route replace ${prefix} nexthop ${via ? `via ${via} ` : ''}dev ${device} onlink nexthop ${toNobody(cluster, at)}`,
      );
      on.sysctl(at.node.name, { 'net/ipv4/fib_multipath_hash_policy': at.pick([0, 1]) });
    },
  },
  'route-two-good-hops': {
    kernel: 'All is answered; 2 seen with another source.',
    make(on, at, cluster) {
      const { prefix, gateway: via, device } = routeToPeer(cluster, at);
      on.ip(
        at.node.name,
        `route replace ${prefix} nexthop ${via ? `via ${via} ` : ''}dev ${device} onlink weight 1 nexthop via ${at.peer.internalIp} dev ${nicOf(cluster, at.node)} onlink weight 3`,
      );
    },
  },
  'route-in-another-table': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make(on, at, cluster) {
      const { prefix, gateway: via, device } = routeToPeer(cluster, at);
      on.ip(
        at.node.name,
        `route delete ${prefix}`,
        `route add ${prefix} ${via ? `via ${via} ` : ''}dev ${device} onlink table 120`,
      );
      if (!at.coin()) on.ip(at.node.name, `rule add to ${prefix} lookup 120 priority 500`);
    },
  },
  'route-source-hint': {
    kernel: "All is answered. flannel masquerades an address that is no pod's.",
    make(on, at, cluster) {
      const { prefix, gateway: via, device } = routeToPeer(cluster, at);
      on.ip(
        at.node.name,
        'address add 203.0.113.5/32 dev lo',
        `route replace ${prefix} ${via ? `via ${via} ` : ''}dev ${device} onlink src ${at.pick(['203.0.113.5', at.node.internalIp])}`,
      );
    },
  },
  'route-peer-pod-local': {
    kernel:
      'Lost: pods of different nodes (ping 1 of 6, tcp 4 of 24), a node and pods elsewhere (tcp 1 of 12), some services; errors: ECONNREFUSED. The node answers pings itself and refuses connections.',
    make: (on, at) => on.ip(at.node.name, `route add local ${at.far.address} dev lo`),
  },
  'route-with-mtu': {
    large: true,
    kernel:
      'All is answered; of large packets lost: node to pod 1410 whole/1450 whole, pod to pod 1410 whole/1450 whole.',
    make(on, at, cluster) {
      const { prefix, gateway: via, device } = routeToPeer(cluster, at);
      on.ip(
        at.node.name,
        `route replace ${prefix} ${via ? `via ${via} ` : ''}dev ${device} onlink mtu ${at.pick(['600', 'lock 600'])}`,
      );
    },
  },
  'route-pod-by-sibling': {
    needs: ['routed', 'siblings'],
    kernel:
      'On kindnet: lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services. The other pod answers no ARP for it.',
    make(on, at, cluster) {
      if (!at.sibling) throw new Error('no second pod');
      const { prefix } = routeFor(cluster, at.node.name, at.pod.address);
      on.ip(at.node.name, `route replace ${prefix} dev ${podSide(cluster, at.node, at.sibling)} scope link`);
    },
  },
  'connected-route-missing': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and its own pods (ping 1 of 3, tcp 2 of 6), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, cluster) {
      const { prefix } = routeFor(cluster, at.node.name, at.pod.address);
      on.ip(at.node.name, `route delete ${prefix}`);
    },
  },
  'lan-route-missing': {
    kernel: 'All is answered. The gateway sends it on.',
    make(on, at, cluster) {
      const { prefix } = routeFor(cluster, at.node.name, at.peer.internalIp);
      on.ip(at.node.name, `route delete ${prefix}`);
    },
  },
  'lan-route-by-gateway': {
    kernel: 'All is answered.',
    make: (on, at, cluster) => on.ip(at.node.name, `route add ${at.peer.internalIp}/32 ${toRouter(cluster, at)}`),
  },
  'local-entry-missing': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), nodes (ping 4 of 6), some services.',
    make: (on, at) => on.ip(at.node.name, `route delete local ${at.node.internalIp} table local`),
  },
  'route-by-object': {
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const { prefix, gateway: via, device } = routeToPeer(cluster, at);
      const good = at.coin();
      on.said(at.node.name, 'next hop object 77');
      on.ip(
        at.node.name,
        `nexthop add id 77 via ${good ? (via ?? at.peer.internalIp) : nobody(at)} dev ${good ? device : nicOf(cluster, at.node)} onlink`,
        `route delete ${prefix}`,
        `route add ${prefix} nhid 77`,
      );
      on.back(() => void cluster.lab.exec(at.node.name, ['ip', 'nexthop', 'delete', 'id', '77'], { mayFail: true }));
    },
  },
});

const spare = (cluster, at) => `default ${toNobody(cluster, at)}`;

export const rules = casesOf('policy-rules', {
  'rule-from-pods': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and its own pods (tcp 2 of 6), a node and pods elsewhere (ping 2 of 6, tcp 8 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add ${spare(cluster, at)} table 130`,
        `rule add from ${at.node.podCidr} lookup 130 priority 1000`,
      ),
  },
  'rule-from-node-address': {
    kernel:
      'Lost: a pod and its node (ping 1 of 3), some services. The replies of the node to its own pods go to the gateway; so do outer packets, and the gateway sends those on.',
    make: (on, at, cluster) =>
      // What nm-cloud-setup writes: a table with a default route alone, for what the node's address sends.
      on.ip(
        at.node.name,
        `route add default ${toRouter(cluster, at)} table 30400`,
        `rule add from ${at.node.internalIp} lookup 30400 priority 30400`,
      ),
  },
  'rule-by-tos': {
    kernel: 'Lost: pods of different nodes (tcp 4 of 24), some services.',
    make(on, at, cluster) {
      on.ip(at.node.name, `route add ${spare(cluster, at)} table 142`, 'rule add tos 0x08 lookup 142 priority 1016');
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -p tcp -d ${at.far.address} -j TOS --set-tos 0x08`);
    },
  },
  'rule-to-peer': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add ${spare(cluster, at)} table 131`,
        `rule add to ${at.peer.podCidr} lookup 131 priority 1001`,
      ),
  },
  'rule-by-input': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 1 of 6, tcp 2 of 12), some services.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add ${spare(cluster, at)} table 132`,
        `rule add iif ${at.pick([podSide(cluster, at.node, at.pod), 'lo'])} to ${at.peer.podCidr} lookup 132 priority 1002`,
      ),
  },
  'rule-by-mark': {
    kernel: 'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24), some services.',
    make(on, at, cluster) {
      on.ip(
        at.node.name,
        `route add ${spare(cluster, at)} table 133`,
        'rule add fwmark 0x40/0x40 lookup 133 priority 1003',
      );
      on.rule(
        at.node.name,
        `-t mangle -I ${at.pick(['PREROUTING', 'OUTPUT'])} 1 -d ${at.far.address} -j MARK --set-xmark 0x40/0x40`,
      );
    },
  },
  'rule-by-mark-and-filter': {
    kernel: 'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24), some services.',
    make(on, at, cluster) {
      on.ip(at.node.name, `route add ${spare(cluster, at)} table 134`, 'rule add fwmark 0x80 lookup 134 priority 1004');
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -s ${at.far.address} -j MARK --set-mark 0x80`);
      on.sysctl(at.node.name, {
        'net/ipv4/conf/all/src_valid_mark': at.pick([0, 1]),
        'net/ipv4/conf/all/rp_filter': 1,
      });
    },
  },
  'rule-by-port': {
    kernel: 'Lost: pods of different nodes (tcp 2 of 24), a node and pods elsewhere (tcp 1 of 12).',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add ${spare(cluster, at)} table 135`,
        `rule add to ${at.peer.podCidr} ipproto tcp dport ${at.pick([8080, '53-9200'])} lookup 135 priority 1005`,
      ),
  },
  'rule-not-from': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and its own pods (ping 1 of 3, tcp 2 of 6), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 4 of 6), nodes (ping 4 of 6), some services.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add ${spare(cluster, at)} table 136`,
        `rule add not from ${at.node.podCidr} to ${at.peer.podCidr} lookup 136 priority 1006`,
      ),
  },
  'rule-refuses': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services; errors: ENETUNREACH.',
    make: (on, at) =>
      on.ip(
        at.node.name,
        `rule add ${at.pick(['unreachable', 'blackhole', 'prohibit'])} to ${at.peer.podCidr} priority 1007`,
      ),
  },
  'rule-empty-table': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.ip(at.node.name, 'rule add from all lookup 137 priority 1008'),
  },
  'rule-throw-table': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add throw ${cluster.topology.clusterCidr} table 138`,
        'route add throw default table 138',
        'rule add from all lookup 138 priority 1009',
      ),
  },
  'rule-suppresses-default': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.ip(at.node.name, 'rule add from all lookup main suppress_prefixlength 0 priority 1010'),
  },
  'rule-suppresses-pod-routes': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and its own pods (ping 1 of 3, tcp 2 of 6), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, cluster) {
      on.ip(
        at.node.name,
        'rule add from all lookup main suppress_prefixlength 24 priority 1011',
        `route add default ${toRouter(cluster, at)} table 139`,
        'rule add from all lookup 139 priority 1012',
      );
    },
  },
  'rule-main-missing': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and its own pods (ping 1 of 3, tcp 2 of 6), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 4 of 6), nodes (ping 4 of 6), some services; errors: ENETUNREACH.',
    make: (on, at) => on.ip(at.node.name, 'rule delete from all lookup main priority 32766'),
  },
  'rule-local-later': {
    kernel:
      'Lost: a node and its own pods (ping 1 of 3, tcp 2 of 6), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12).',
    make(on, at) {
      on.ip(
        at.node.name,
        'rule add from all lookup local priority 300',
        'rule delete from all lookup local priority 0',
      );
      if (at.coin()) on.ip(at.node.name, `rule add to ${at.node.podCidr} lookup main priority 100`);
    },
  },
  'rule-skips-main': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24), a node and pods elsewhere (ping 1 of 6, tcp 1 of 12), some services; errors: ENETUNREACH.',
    make: (on, at) => on.ip(at.node.name, `rule add to ${at.far.address} goto 32767 priority 1013`),
  },
  'rule-of-a-device': {
    kernel: 'All is answered. `oif` asks for a device that the sender bound itself to, and nobody did.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add ${spare(cluster, at)} table 140`,
        `rule add oif ${routeToPeer(cluster, at).device} lookup 140 priority 1014`,
      ),
  },
  'rule-of-a-user': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services. A forwarded packet has no socket, so it counts as user 0.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `route add ${spare(cluster, at)} table 141`,
        `rule add uidrange 0-0 to ${at.peer.podCidr} lookup 141 priority 1015`,
      ),
  },
  'rule-in-pod': {
    kernel: 'Lost: pods of different nodes (ping 2 of 6, tcp 2 of 24); errors: ENETUNREACH.',
    make: (on, at) =>
      on.ip(podNs(at.pod), `rule add ${at.pick(['unreachable', 'blackhole'])} to ${at.far.address} priority 900`),
  },
});
