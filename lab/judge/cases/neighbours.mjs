import { macOf, podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { hostDevice, linksOf, nextHop, nicOf, podSide, routeFor, tunnelLink } from './shape.mjs';

const NOBODY = macOf('nobody');
/** What the node must resolve to send to the peer's pods, and to the peer itself. */
const overlayHop = (cluster, at) => nextHop(cluster, at.node.name, at.far.address);
const lanHop = (cluster, at) => nextHop(cluster, at.node.name, at.peer.internalIp);
const wrong = ({ device, address }, mac = NOBODY) =>
  `neigh replace ${address} lladdr ${mac} dev ${device} nud permanent`;

export const neighbours = casesOf('neighbours', {
  'neigh-overlay-wrong': {
    needs: ['vxlan'],
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make: (on, at, cluster) => on.ip(at.node.name, wrong(overlayHop(cluster, at))),
  },
  'neigh-overlay-of-third': {
    needs: ['vxlan'],
    kernel:
      'Lost: pods of different nodes (ping 1 of 6, tcp 4 of 24), a node and pods elsewhere (ping 1 of 6, tcp 2 of 12), some services; 6 seen with another source.',
    make(on, at, cluster) {
      const mac = tunnelLink(cluster, at.third).address;
      on.ip(at.node.name, wrong(overlayHop(cluster, at), mac));
    },
  },
  'neigh-overlay-missing': {
    needs: ['vxlan'],
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make(on, at, cluster) {
      const { device, address } = overlayHop(cluster, at);
      on.ip(at.node.name, `neigh delete ${address} dev ${device}`);
    },
  },
  'neigh-lan-wrong': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), nodes (ping 2 of 6), some services.',
    make: (on, at, cluster) => on.ip(at.node.name, wrong(lanHop(cluster, at))),
  },
  'neigh-lan-of-third': {
    kernel:
      'Lost: a pod and other nodes (ping 1 of 6), nodes (ping 1 of 6), some services. The third node forwards what is not its own, except replies to what it never saw: those are INVALID there.',
    make(on, at, cluster) {
      const nic = linksOf(cluster, at.third.name).find((l) => l.ifname === nicOf(cluster, at.third));
      on.ip(at.node.name, wrong(lanHop(cluster, at), nic.address));
    },
  },
  'neigh-lan-right': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const hop = lanHop(cluster, at);
      if (hop.address !== at.peer.internalIp) throw new Error('the peer is behind a router');
      const nic = linksOf(cluster, at.peer.name).find((l) => l.ifname === nicOf(cluster, at.peer));
      on.ip(at.node.name, wrong(hop, nic.address));
    },
  },
  'neigh-gateway-dead': {
    kernel: 'All is answered. Within the LAN nobody needs it.',
    make(on, at, cluster) {
      const { gateway, device } = routeFor(cluster, at.node.name, '198.51.100.1');
      on.ip(at.node.name, wrong({ address: gateway, device }));
    },
  },
  'neigh-pod-wrong': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, wrong({ address: at.pod.address, device: podSide(cluster, at.node, at.pod) })),
  },
  'neigh-of-pod-wrong': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, cluster) {
      const hop = nextHop(cluster, podNs(at.pod), at.far.address);
      on.ip(podNs(at.pod), wrong(hop));
    },
  },
  'neigh-of-pod-for-sibling': {
    needs: ['bridge', 'siblings'],
    kernel: 'Lost: pods of one node (tcp 2 of 6).',
    make(on, at) {
      if (!at.sibling) throw new Error('no second pod');
      on.ip(podNs(at.pod), wrong({ address: at.sibling.address, device: 'eth0' }));
    },
  },
  'neigh-failed': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `neigh replace ${at.node.internalIp.replace(/\d+$/, '248')} dev ${nicOf(cluster, at.node)} nud failed`,
      ),
  },
  'neigh-stale': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `neigh replace ${at.node.internalIp.replace(/\d+$/, '249')} lladdr ${NOBODY} dev ${nicOf(cluster, at.node)} nud stale`,
      ),
  },
  'lan-address-twice': {
    // Behind a router nobody but that router learns who else has it.
    needs: ['on-link'],
    wavers: true,
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 1 of 6), nodes (ping 1 of 6), some services.',
    make(on, at, cluster) {
      on.namespace('intruder');
      const { lab } = cluster;
      lab.ip('lan', ['link', 'add', 'intruder', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', lab.full('intruder')]);
      lab.batch('lan', ['link set intruder master br0 up']);
      lab.batch('intruder', ['link set eth0 up', `address add ${at.peer.internalIp}/24 dev eth0`]);
      on.said('lan', `another machine with ${at.peer.internalIp}`);
    },
  },
  'pod-proxy-arp-off': {
    needs: ['routed'],
    kernel: 'On calico-vxlan: lost: all from and to that pod; it asks for 169.254.1.1 and nobody answers.',
    make: (on, at, cluster) =>
      on.sysctl(at.node.name, { [`net/ipv4/conf/${hostDevice(cluster, at.node, at.pod)}/proxy_arp`]: 0 }),
  },
  'bridge-proxy-arp-on': {
    needs: ['bridge'],
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.sysctl(at.node.name, { [`net/ipv4/conf/${podSide(cluster, at.node, at.pod)}/proxy_arp`]: 1 }),
  },
  'nic-proxy-arp-on': {
    wavers: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) => on.sysctl(at.node.name, { [`net/ipv4/conf/${nicOf(cluster, at.node)}/proxy_arp`]: 1 }),
  },
  'nic-arp-ignore': {
    wavers: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.sysctl(at.node.name, { [`net/ipv4/conf/${nicOf(cluster, at.node)}/arp_ignore`]: at.pick([1, 2, 3, 8]) }),
  },
  'pod-side-arp-ignore': {
    wavers: true,
    kernel: 'All is answered. The gateway is an address of that very device, so 1 and 2 answer for it.',
    make: (on, at, cluster) =>
      on.sysctl(at.node.name, {
        [`net/ipv4/conf/${podSide(cluster, at.node, at.pod)}/arp_ignore`]: at.pick([1, 2, 8]),
      }),
  },
  'pod-arp-ignore': {
    wavers: true,
    kernel: 'All is answered. Its own ARP requests tell everybody its MAC.',
    make: (on, at) => on.sysctl(podNs(at.pod), { 'net/ipv4/conf/eth0/arp_ignore': 8 }),
  },
  'arp-filter': {
    kernel: 'All is answered.',
    make: (on, at) =>
      on.sysctl(at.node.name, { 'net/ipv4/conf/all/arp_filter': 1, 'net/ipv4/conf/all/arp_announce': 2 }),
  },
  'nic-noarp': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), a pod and other nodes (ping 4 of 6), nodes (ping 4 of 6), some services.',
    make: (on, at, cluster) => on.ip(at.node.name, `link set ${nicOf(cluster, at.node)} arp off`),
  },
  'pod-noarp': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at) => on.ip(podNs(at.pod), 'link set eth0 arp off'),
  },
  'proxy-for-peer': {
    wavers: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(at.third.name, `neigh add proxy ${at.peer.internalIp} dev ${nicOf(cluster, at.third)}`),
  },
});
