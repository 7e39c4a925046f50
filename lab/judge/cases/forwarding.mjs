import { casesOf } from './case.mjs';
import { linksOf, nicOf, podSide, tunnelLink } from './shape.mjs';

/** Per input device, and the global switch that only writes to all of them (ip-sysctl, devinet_sysctl_forward). */
const v4 = (dev) => `net/ipv4/conf/${dev}/forwarding`;
const names = (cluster, node) => linksOf(cluster, node.name).map((l) => l.ifname);

export const forwarding = casesOf('forwarding', {
  'ip-forward-off': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at) => on.sysctl(at.node.name, { 'net/ipv4/ip_forward': 0 }),
  },
  'ip-forward-off-devices-on': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      on.sysctl(at.node.name, { 'net/ipv4/ip_forward': 0 });
      on.sysctl(at.node.name, Object.fromEntries(names(cluster, at.node).map((dev) => [v4(dev), 1])));
    },
  },
  'forwarding-off-pod-side': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at, cluster) => on.sysctl(at.node.name, { [v4(podSide(cluster, at.node, at.pod))]: 0 }),
  },
  'forwarding-off-tunnel': {
    needs: ['vxlan'],
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make: (on, at, cluster) => on.sysctl(at.node.name, { [v4(tunnelLink(cluster, at.node).ifname)]: 0 }),
  },
  'forwarding-off-nic': {
    kernel:
      'Lost: a pod and other nodes (ping 2 of 6). The tunnel is delivered to the node itself; only replies to masqueraded pods need forwarding from the NIC.',
    make: (on, at, cluster) => on.sysctl(at.node.name, { [v4(nicOf(cluster, at.node))]: 0 }),
  },
  'forwarding-off-all-but-pod-side': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, cluster) {
      on.sysctl(at.node.name, { 'net/ipv4/ip_forward': 0, [v4(podSide(cluster, at.node, at.pod))]: 1 });
    },
  },
  'forwarding-off-default-only': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { [v4('default')]: 0, [v4('lo')]: 0 }),
  },
  'forwarding-off-v6': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at) {
      on.sysctl(at.node.name, { 'net/ipv6/conf/all/forwarding': at.coin() ? 0 : 1 });
      on.sysctl(at.node.name, { 'net/ipv6/conf/all/forwarding': 0 });
    },
  },
});
