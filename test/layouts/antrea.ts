import { perCluster } from './per-cluster.js';

const files = {
  'iptables-save -c': 'iptables',
  'ipset save': 'ipset',
  'ip rule': 'rule',
  'ip link show': 'link',
  'ip addr': 'address',
};

/** antrea-io/antrea pkg/support/dump_others.go: an archive per agent, `iptables` with IPv4 and IPv6 in one file. */
export const antrea = [
  perCluster({
    layout: 'antrea',
    title: 'antctl supportbundle, before 2.5',
    files: { ...files, 'ip route': 'route' },
    path: (_node, file) => file,
    pack: (node) => `support-bundles/agent_${node}.tar.gz`,
  }),
  perCluster({
    layout: 'antrea',
    title: 'antctl supportbundle, with nftables and the routes of all tables',
    files: { ...files, 'ip route show table all': 'route', 'nft list ruleset': 'nftables' },
    path: (_node, file) => file,
    pack: (node) => `support-bundles/agent_${node}.tar.gz`,
  }),
];
