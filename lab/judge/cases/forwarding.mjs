import { casesOf } from './case.mjs';
import { linksOf, nicOf, podSide, tunnelLink } from './shape.mjs';

/** Per input device, and the global switch that only writes to all of them (ip-sysctl, devinet_sysctl_forward). */
const v4 = (dev) => `net/ipv4/conf/${dev}/forwarding`;
const names = (cluster, node) => linksOf(cluster, node.name).map((l) => l.ifname);

export const forwarding = casesOf('forwarding', {
  'ip-forward-off': {
    kernel: '',
    make: (on, at) => on.sysctl(at.node.name, { 'net/ipv4/ip_forward': 0 }),
  },
  'ip-forward-off-devices-on': {
    harmless: true,
    kernel: '',
    make(on, at, cluster) {
      on.sysctl(at.node.name, { 'net/ipv4/ip_forward': 0 });
      on.sysctl(at.node.name, Object.fromEntries(names(cluster, at.node).map((dev) => [v4(dev), 1])));
    },
  },
  'forwarding-off-pod-side': {
    kernel: '',
    make: (on, at, cluster) => on.sysctl(at.node.name, { [v4(podSide(cluster, at.node, at.pod))]: 0 }),
  },
  'forwarding-off-tunnel': {
    needs: ['vxlan'],
    kernel: '',
    make: (on, at, cluster) => on.sysctl(at.node.name, { [v4(tunnelLink(cluster, at.node).ifname)]: 0 }),
  },
  'forwarding-off-nic': {
    kernel: '',
    make: (on, at, cluster) => on.sysctl(at.node.name, { [v4(nicOf(cluster, at.node))]: 0 }),
  },
  'forwarding-off-all-but-pod-side': {
    kernel: '',
    make(on, at, cluster) {
      on.sysctl(at.node.name, { 'net/ipv4/ip_forward': 0, [v4(podSide(cluster, at.node, at.pod))]: 1 });
    },
  },
  'forwarding-off-default-only': {
    harmless: true,
    kernel: '',
    make: (on, at) => on.sysctl(at.node.name, { [v4('default')]: 0, [v4('lo')]: 0 }),
  },
  'forwarding-off-v6': {
    harmless: true,
    kernel: '',
    make(on, at) {
      on.sysctl(at.node.name, { 'net/ipv6/conf/all/forwarding': at.coin() ? 0 : 1 });
      on.sysctl(at.node.name, { 'net/ipv6/conf/all/forwarding': 0 });
    },
  },
});
