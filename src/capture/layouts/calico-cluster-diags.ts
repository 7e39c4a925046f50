import type { Layout } from './layout.js';
import { commandsBy, rootBefore } from './machine.js';

/**
 * `calicoctl cluster diags` (calicoctl/calicoctl/commands/cluster/diags.go): `nodes/<node>/`, `cluster/`, and links into `nodes/` below
 * `links/`. A file is written although its command failed, and only some nodes are covered.
 */
const command = commandsBy({
  'iptables-legacy-save.txt': 'iptables-legacy-save -c',
  'iptables-nft-save.txt': 'iptables-nft-save -c',
  'nft-ruleset.txt': 'nft list ruleset',
  'ip-route.txt': 'ip route show table all',
  'ip-route-v6.txt': 'ip -6 route show table all',
  'ip-rule.txt': 'ip rule',
  'ip-addr.txt': 'ip addr',
  'ip-link.txt': 'ip link',
  'ip-neigh.txt': 'ip neigh',
  'ipset-list.txt': 'ipset list',
  'conntrack-list.txt': 'conntrack -L',
  'tc-qdisc.txt': 'tc qdisc show',
});

const NODE = /^nodes\/([^/]+)\//;

export const calicoClusterDiags: Layout = {
  name: 'calico-cluster-diags',
  title: 'calicoctl cluster diags',
  root: rootBefore('nodes/[^/]+/(?:iptables-(?:legacy|nft)-save|ip-route|ip-neigh|nft-ruleset)\\.txt$'),
  confirm: (paths) => [...paths].some((p) => p.startsWith('cluster/') || p.startsWith('links/')),
  locate(path) {
    const node = NODE.exec(path)?.[1];
    if (node !== undefined) return { kind: 'node', node, by: `folder nodes/${node}` };
    return path.startsWith('cluster/') ? { kind: 'cluster', by: 'folder cluster' } : undefined;
  },
  command: (path) => (NODE.test(path) ? command(path.replace(NODE, '')) : undefined),
};
