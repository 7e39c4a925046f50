import { perCluster } from './per-cluster.js';

/** antrea-io/antrea pkg/support: an archive per agent, `iptables` with IPv4 and IPv6 in one file. */
export const antrea = perCluster({
  layout: 'antrea',
  title: 'antctl supportbundle',
  files: {
    'iptables-save -c': 'iptables',
    'ipset save': 'ipset',
    'nft list ruleset': 'nftables',
    'ip rule': 'rule',
    'ip route': 'route',
    'ip link show': 'link',
    'ip addr': 'address',
  },
  path: (_node, file) => file,
  pack: (node) => `support-bundles/agent_${node}.tar.gz`,
});
