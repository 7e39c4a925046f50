import { perCluster } from './per-cluster.js';

const TOP = 'calico-diagnostics-20260312_091402';

/** calicoctl/calicoctl/commands/cluster/diags.go: the save of the backend that is not in use is empty, and a terminal (`-t`) makes lines end in CR LF. */
export const calicoClusterDiags = perCluster({
  layout: 'calico-cluster-diags',
  title: 'calicoctl cluster diags',
  files: {
    'iptables-save -c': 'iptables-nft-save.txt',
    'nft -a list ruleset': 'nft-ruleset.txt',
    'ip route show table all': 'ip-route.txt',
    'ip -6 route show table all': 'ip-route-v6.txt',
    'ip rule': 'ip-rule.txt',
    'ip addr': 'ip-addr.txt',
    'ip link show': 'ip-link.txt',
    'ip neigh': 'ip-neigh.txt',
    'ipset list': 'ipset-list.txt',
    'nft list ruleset': 'nft-ruleset.txt',
  },
  path: (node, file) => `${TOP}/nodes/${node}/${file}`,
  text: (_command, text) => text.replaceAll('\n', '\r\n'),
  objects: {
    'kubectl get nodes -o yaml': `${TOP}/cluster/kubernetes/nodes.yaml`,
    'kubectl get nodes -o wide': `${TOP}/cluster/kubernetes/nodes.txt`,
  },
  archive: `${TOP}.tar.gz`,
});
