import { podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { bridgeUnder, hostDevice, linksOf, nicOf, podSide, tunnelLink } from './shape.mjs';

const side = (cluster, at) => podSide(cluster, at.node, at.pod);
const port = (cluster, at) => hostDevice(cluster, at.node, at.pod);

export const links = casesOf('links', {
  'nic-down': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), a pod and other nodes (ping 4 of 6), nodes (ping 4 of 6), some services; errors: ENETUNREACH, Destination Net Unreachable.',
    make: (on, at, cluster) => on.ip(at.node.name, `link set ${nicOf(cluster, at.node)} down`),
  },
  'nic-without-carrier': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), a pod and other nodes (ping 4 of 6), nodes (ping 4 of 6), some services. Routes by a device without carrier still win; the kernel told of it a second later.',
    async make(on, at) {
      on.ip('lan', `link set ${at.node.name} down`);
      // The kernel tells of a lost carrier up to a second later.
      await new Promise((resolve) => setTimeout(resolve, 1500));
    },
  },
  'bridge-down': {
    needs: ['bridge'],
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and its own pods (ping 1 of 3, tcp 2 of 6), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at, cluster) => on.ip(at.node.name, `link set ${bridgeUnder(cluster, at.node, at.pod)} down`),
  },
  'tunnel-down': {
    needs: ['vxlan'],
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), some services.',
    make: (on, at, cluster) => on.ip(at.node.name, `link set ${tunnelLink(cluster, at.node).ifname} down`),
  },
  'port-down': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at, cluster) => on.ip(at.node.name, `link set ${port(cluster, at)} down`),
  },
  'pod-eth0-down': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services; errors: ENETUNREACH.',
    make: (on, at) => on.ip(podNs(at.pod), 'link set eth0 down'),
  },
  'lo-down-in-pod': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.ip(podNs(at.pod), 'link set lo down'),
  },
  'port-without-master': {
    needs: ['bridge'],
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at, cluster) => on.ip(at.node.name, `link set ${port(cluster, at)} nomaster`),
  },
  'pod-port-in-another-bridge': {
    needs: ['bridge'],
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services. The bridge that it is in has no address.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        'link add br-other type bridge',
        'link set br-other up',
        `link set ${port(cluster, at)} master br-other`,
      ),
  },
  'cali-in-a-bridge': {
    needs: ['routed'],
    kernel: 'On calico-vxlan: lost: all from and to that pod; a port hands its frames to the bridge.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        'link add br-other type bridge',
        'link set br-other up',
        `link set ${port(cluster, at)} master br-other`,
      ),
  },
  'nic-in-a-bridge': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), a pod and other nodes (ping 4 of 6), nodes (ping 4 of 6), some services.',
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        'link add br-host type bridge',
        'link set br-host up',
        `link set ${nicOf(cluster, at.node)} master br-host`,
      ),
  },
  'bridge-mac-changed': {
    needs: ['bridge'],
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `link set ${bridgeUnder(cluster, at.node, at.pod)} address 06:00:00:00:0b:01`),
  },
  'nic-promiscuous': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) => on.ip(at.node.name, `link set ${nicOf(cluster, at.node)} promisc on`),
  },
  'nic-mac-of-third': {
    wavers: true,
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), nodes (ping 2 of 6), some services.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.third);
      const { address } = linksOf(cluster, at.third.name).find((l) => l.ifname === nic);
      on.ip(at.node.name, `link set ${nicOf(cluster, at.node)} address ${address}`);
    },
  },
});

const needs = ['bridge', 'siblings'];
const ports = (cluster, at) => [at.pod, at.sibling].filter(Boolean).map((pod) => hostDevice(cluster, at.node, pod));

export const bridge = casesOf('bridge', {
  'port-disabled': {
    needs: ['bridge'],
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at, cluster) => on.bridge(at.node.name, `link set dev ${port(cluster, at)} state 0`),
  },
  'port-blocking-without-stp': {
    needs: ['bridge'],
    kernel:
      'All is answered. Without STP the bridge chooses the state again, and a blocking port is made forwarding (br_port_state_selection); a listening one is not.',
    make: (on, at, cluster) => on.bridge(at.node.name, `link set dev ${port(cluster, at)} state 4`),
  },
  'port-listening': {
    needs: ['bridge'],
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at, cluster) => on.bridge(at.node.name, `link set dev ${port(cluster, at)} state ${at.pick([1, 2])}`),
  },
  'ports-isolated': {
    needs,
    kernel: 'Lost: pods of one node (tcp 2 of 6).',
    make(on, at, cluster) {
      const chosen = at.coin() ? ports(cluster, at) : ports(cluster, at).slice(0, 1);
      on.bridge(at.node.name, ...chosen.map((dev) => `link set dev ${dev} isolated on`));
    },
  },
  'port-locked': {
    needs: ['bridge'],
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at, cluster) => on.bridge(at.node.name, `link set dev ${port(cluster, at)} locked on learning off`),
  },
  'hairpin-off': {
    needs: ['bridge'],
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.bridge(at.node.name, ...ports(cluster, at).map((dev) => `link set dev ${dev} hairpin off`)),
  },
  'port-no-flood': {
    needs: ['bridge'],
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at, cluster) =>
      on.bridge(
        at.node.name,
        `link set dev ${port(cluster, at)} flood off ${at.coin() ? 'learning off' : 'mcast_flood off'}`,
      ),
  },
  'port-no-broadcast': {
    needs: ['bridge'],
    kernel: 'All is answered.',
    make: (on, at, cluster) => on.bridge(at.node.name, `link set dev ${port(cluster, at)} bcast_flood off`),
  },
  'vlan-filtering-other-pvid': {
    needs: ['bridge', 'vlan-filtering'],
    kernel: 'Not tried: the kernel of this lab has no VLAN filtering.',
    make(on, at, cluster) {
      const dev = port(cluster, at);
      on.ip(at.node.name, `link set ${bridgeUnder(cluster, at.node, at.pod)} type bridge vlan_filtering 1`);
      on.bridge(
        at.node.name,
        `vlan add dev ${dev} vid 20 pvid untagged`,
        ...(at.coin() ? [`vlan del dev ${dev} vid 1`] : []),
      );
    },
  },
  'vlan-filtering-no-pvid': {
    needs: ['bridge', 'vlan-filtering'],
    kernel: 'Not tried: the kernel of this lab has no VLAN filtering.',
    make(on, at, cluster) {
      on.ip(at.node.name, `link set ${bridgeUnder(cluster, at.node, at.pod)} type bridge vlan_filtering 1`);
      on.bridge(at.node.name, `vlan del dev ${port(cluster, at)} vid 1`);
    },
  },
  'vlan-filtering-same-pvid': {
    needs: ['bridge', 'vlan-filtering'],
    harmless: true,
    kernel: 'Not tried: the kernel of this lab has no VLAN filtering.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `link set ${bridgeUnder(cluster, at.node, at.pod)} type bridge vlan_filtering 1`),
  },
  'vlan-not-on-the-bridge': {
    needs: ['bridge', 'vlan-filtering'],
    kernel: 'Not tried: the kernel of this lab has no VLAN filtering.',
    make(on, at, cluster) {
      const dev = bridgeUnder(cluster, at.node, at.pod);
      on.ip(at.node.name, `link set ${dev} type bridge vlan_filtering 1`);
      on.bridge(at.node.name, `vlan del dev ${dev} vid 1 self`);
    },
  },
  'vlan-other-on-the-bridge': {
    needs: ['bridge', 'vlan-filtering'],
    kernel: 'Not tried: the kernel of this lab has no VLAN filtering.',
    make(on, at, cluster) {
      const dev = bridgeUnder(cluster, at.node, at.pod);
      on.ip(at.node.name, `link set ${dev} type bridge vlan_filtering 1`);
      on.bridge(at.node.name, `vlan add dev ${dev} vid 30 pvid untagged self`);
    },
  },
  'bridge-ageing-0': {
    needs: ['bridge'],
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `link set ${bridgeUnder(cluster, at.node, at.pod)} type bridge ageing_time 0`),
  },
  'bridge-nf-call-off': {
    needs: ['bridge'],
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { 'net/bridge/bridge-nf-call-iptables': 0 }),
  },
  'bridge-nf-call-own': {
    needs: ['bridge'],
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      on.sysctl(at.node.name, { 'net/bridge/bridge-nf-call-iptables': 0 });
      on.ip(at.node.name, `link set ${bridgeUnder(cluster, at.node, at.pod)} type bridge nf_call_iptables 1`);
    },
  },
});

/** What carries the tunnel, or the NIC itself. */
const underNic = (cluster, node) => tunnelLink(cluster, node)?.linkinfo.info_data.link ?? nicOf(cluster, node);

export const mtu = casesOf('mtu', {
  'nic-mtu-small': {
    large: true,
    kernel:
      'All is answered; of large packets lost: node to node 1410 whole/1450 whole/1500 whole/2000 in fragments, node to pod 1410 whole/1450 whole/2000 in fragments, pod to node 1410 whole/1450 whole/2000 in fragments, pod to pod 1410 whole/1450 whole/2000 in fragments.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `link set ${underNic(cluster, at.node)} mtu ${at.pick([1280, 1400])}`),
  },
  'nic-mtu-too-large': {
    large: true,
    kernel:
      'All is answered; of large packets lost: node to node 2000 in fragments, node to pod 2000 in fragments, pod to node 2000 in fragments, pod to pod 2000 in fragments.',
    make(on, at, cluster) {
      on.ip(at.node.name, `link set ${underNic(cluster, at.node)} mtu 9000`);
      const tunnel = tunnelLink(cluster, at.node);
      if (tunnel) on.ip(at.node.name, `link set ${tunnel.ifname} mtu 8950`);
      on.ip(at.node.name, `link set ${side(cluster, at)} mtu 8950`);
    },
  },
  'lan-mtu-small': {
    large: true,
    between: true,
    kernel:
      'All is answered; of large packets lost: node to node 1410 whole/1450 whole/1500 whole/2000 in fragments, node to pod 1410 whole/1450 whole/2000 in fragments, pod to node 1410 whole/1450 whole/2000 in fragments, pod to pod 1410 whole/1450 whole/2000 in fragments.',
    make: (on, at) => on.ip('lan', `link set ${at.node.name} mtu 1300`),
  },
  'tunnel-mtu-small': {
    needs: ['vxlan'],
    large: true,
    kernel:
      'All is answered; of large packets lost: node to pod 1410 whole/1450 whole, pod to pod 1410 whole/1450 whole.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `link set ${tunnelLink(cluster, at.node).ifname} mtu ${at.pick([1280, 900])}`),
  },
  'tunnel-mtu-as-nic': {
    needs: ['vxlan'],
    large: true,
    kernel: 'All is answered; of large packets lost: pod to node 2000 in fragments.',
    make: (on, at, cluster) => remakeFree(on, at, cluster),
  },
  'bridge-mtu-small': {
    needs: ['bridge'],
    large: true,
    kernel:
      'All is answered; of large packets lost: node to pod 1410 whole/1450 whole, pod to pod 1410 whole/1450 whole.',
    make: (on, at, cluster) => on.ip(at.node.name, `link set ${bridgeUnder(cluster, at.node, at.pod)} mtu 1000`),
  },
  'port-mtu-small': {
    large: true,
    kernel:
      'All is answered; of large packets lost: pod to node 1410 whole/1450 whole/2000 in fragments, pod to pod 1410 whole/1450 whole/2000 in fragments, node to pod 1410 whole/1450 whole/2000 in fragments.',
    make: (on, at, cluster) => on.ip(at.node.name, `link set ${port(cluster, at)} mtu 1000`),
  },
  'pod-mtu-small': {
    large: true,
    kernel:
      'All is answered; of large packets lost: pod to node 1410 whole/1450 whole/2000 in fragments, pod to pod 1410 whole/1450 whole/2000 in fragments, node to pod 1410 whole/1450 whole/2000 in fragments.',
    make: (on, at) => on.ip(podNs(at.pod), 'link set eth0 mtu 700'),
  },
  'pod-mtu-large': {
    large: true,
    kernel:
      'All is answered; of large packets lost: pod to node 2000 in fragments, pod to pod 2000 in fragments, node to pod 2000 in fragments.',
    make: (on, at) => on.ip(podNs(at.pod), 'link set eth0 mtu 9000'),
  },
  'too-big-never-told': {
    large: true,
    kernel:
      'All is answered; of large packets lost: node to pod 1410 whole/1450 whole, pod to pod 1410 whole/1450 whole.',
    make(on, at, cluster) {
      on.ip(at.node.name, `link set ${tunnelLink(cluster, at.node)?.ifname ?? underNic(cluster, at.node)} mtu 1000`);
      on.rule(at.node.name, '-I OUTPUT 1 -p icmp --icmp-type fragmentation-needed -j DROP');
    },
  },
  'too-big-not-heard': {
    large: true,
    kernel:
      'All is answered; of large packets lost: node to pod 1410 whole/1450 whole, pod to pod 1410 whole/1450 whole.',
    make(on, at, cluster) {
      on.ip(at.node.name, `link set ${tunnelLink(cluster, at.node)?.ifname ?? underNic(cluster, at.node)} mtu 1000`);
      on.rule(podNs(at.pod), '-I INPUT 1 -p icmp --icmp-type fragmentation-needed -j DROP');
    },
  },
  'no-path-mtu-discovery': {
    large: true,
    kernel:
      'All is answered; of large packets lost: node to pod 1410 whole/1450 whole, pod to pod 1410 whole/1450 whole.',
    make(on, at, cluster) {
      on.ip(at.node.name, `link set ${tunnelLink(cluster, at.node)?.ifname ?? underNic(cluster, at.node)} mtu 1000`);
      on.sysctl(podNs(at.pod), { 'net/ipv4/ip_no_pmtu_disc': at.pick([1, 2, 3]) });
    },
  },
});

/** The kernel refuses it while the tunnel is bound to a NIC; changed later, the NIC's own MTU does it. */
function remakeFree(on, at, cluster) {
  const { ifname } = tunnelLink(cluster, at.node);
  on.ip(
    at.node.name,
    `link set ${underNic(cluster, at.node)} mtu 1600`,
    `link set ${ifname} mtu 1500`,
    `link set ${underNic(cluster, at.node)} mtu 1500`,
    `link set ${side(cluster, at)} mtu 1500`,
  );
}
