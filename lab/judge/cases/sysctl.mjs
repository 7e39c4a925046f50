import { casesOf } from './case.mjs';
import { hostDevice, nicOf, podSide, routeFor } from './shape.mjs';

const conf = (dev, key) => `net/ipv4/conf/${dev}/${key}`;
const filterOn = (value, ...devices) =>
  Object.fromEntries(['all', ...devices].map((dev) => [conf(dev, 'rp_filter'), value]));
const toPeer = (cluster, at) => routeFor(cluster, at.node.name, at.far.address);

export const sysctls = casesOf('sysctl', {
  'rp-filter-strict': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, filterOn(1)),
  },
  'rp-filter-loose': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, filterOn(2)),
  },
  'rp-filter-and-way-back': {
    kernel: 'All is answered; 2 seen with another source.',
    make(on, at, cluster) {
      // What comes from the peer arrives where it always did; the way back is another one.
      const { prefix } = toPeer(cluster, at);
      const nic = nicOf(cluster, at.node);
      const device = at.pick([nic, 'br-side']);
      on.ip(
        at.node.name,
        'link add br-side type veth peer name br-side1',
        'link set br-side1 up',
        'link set br-side up',
        'address add 10.214.0.1/24 dev br-side',
      );
      on.ip(
        at.node.name,
        `route replace ${prefix} ${device === nic ? `via ${at.peer.internalIp} ` : 'via 10.214.0.2 '}dev ${device} onlink`,
      );
      on.sysctl(at.node.name, { ...filterOn(at.pick([0, 1, 2]), nic, toPeer(cluster, at).device) });
    },
  },
  'rp-filter-per-device': {
    kernel: 'All is answered; 2 seen with another source.',
    make(on, at, cluster) {
      const { prefix, device } = toPeer(cluster, at);
      on.ip(at.node.name, `route replace ${prefix} via ${at.peer.internalIp} dev ${nicOf(cluster, at.node)} onlink`);
      on.sysctl(at.node.name, {
        [conf('all', 'rp_filter')]: 0,
        [conf(device, 'rp_filter')]: at.pick([0, 1, 2]),
        [conf(nicOf(cluster, at.node), 'rp_filter')]: at.pick([0, 1]),
      });
    },
  },
  'rp-filter-no-way-back': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24), a node and pods elsewhere (ping 1 of 6, tcp 1 of 12), some services; errors: EHOSTUNREACH.',
    make(on, at) {
      on.ip(at.node.name, `route add ${at.pick(['unreachable', 'blackhole'])} ${at.far.address}`);
      on.sysctl(at.node.name, filterOn(at.pick([0, 1, 2])));
    },
  },
  'accept-local': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { [conf('all', 'accept_local')]: 1 }),
  },
  'accept-local-and-pod-address': {
    kernel:
      'Lost: pods of different nodes (ping 1 of 6, tcp 4 of 24), a node and pods elsewhere (tcp 1 of 12), some services; errors: ECONNREFUSED. What the pod sends is now taken in, and still no way leads back.',
    make(on, at) {
      on.ip(at.node.name, `address add ${at.far.address}/32 dev lo`);
      on.sysctl(at.node.name, { [conf('all', 'accept_local')]: 1 });
    },
  },
  'route-localnet': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { [conf('all', 'route_localnet')]: 1 }),
  },
  'route-localnet-off-on-pod': {
    needs: ['routed'],
    harmless: true,
    kernel: 'On calico-vxlan: all is answered.',
    make: (on, at, cluster) =>
      on.sysctl(at.node.name, { [conf(hostDevice(cluster, at.node, at.pod), 'route_localnet')]: 0 }),
  },
  'src-valid-mark': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { [conf('all', 'src_valid_mark')]: 1 }),
  },
  'conntrack-liberal': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { 'net/netfilter/nf_conntrack_tcp_be_liberal': 1 }),
  },
  'conntrack-not-loose': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { 'net/netfilter/nf_conntrack_tcp_loose': 0 }),
  },
  'linkdown-ignored': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { [conf('all', 'ignore_routes_with_linkdown')]: 1 }),
  },
  'martians-logged': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { [conf('all', 'log_martians')]: 1 }),
  },
  'node-ignores-ping': {
    kernel: 'Lost: a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), nodes (ping 2 of 6).',
    make: (on, at) => on.sysctl(at.node.name, { 'net/ipv4/icmp_echo_ignore_all': 1 }),
  },
  'node-ignores-broadcast-ping': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { 'net/ipv4/icmp_echo_ignore_broadcasts': 1 }),
  },
  'node-ttl-1': {
    kernel:
      'Lost: a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), some services; errors: EHOSTUNREACH. Only what the node sends itself; one hop goes, forwarding ends it.',
    make: (on, at) => on.sysctl(at.node.name, { 'net/ipv4/ip_default_ttl': 1 }),
  },
  'node-ttl-2': {
    kernel: 'All is answered. One hop at the peer, then the pod: enough.',
    make: (on, at) => on.sysctl(at.node.name, { 'net/ipv4/ip_default_ttl': 2 }),
  },
  'redirects-off': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.sysctl(at.node.name, {
        [conf('all', 'send_redirects')]: 0,
        [conf('all', 'accept_redirects')]: 0,
        [conf('all', 'secure_redirects')]: 0,
      }),
  },
  'shared-media-off': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { [conf('all', 'shared_media')]: 0, [conf('all', 'medium_id')]: -1 }),
  },
  'source-routed': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { [conf('all', 'accept_source_route')]: 1 }),
  },
  'pod-side-rp-filter': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, cluster) {
      // A pod that speaks with an address for which its node knows another way.
      const side = podSide(cluster, at.node, at.pod);
      on.ip(
        at.node.name,
        'link add br-away type veth peer name br-away1',
        'link set br-away1 up',
        'link set br-away up',
        `route replace ${at.pod.address}/32 dev br-away`,
      );
      on.sysctl(at.node.name, filterOn(at.pick([0, 1]), side));
    },
  },
});
