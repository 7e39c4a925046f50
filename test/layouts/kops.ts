import { perCluster } from './per-cluster.js';

/** kubernetes/kops pkg/dump/dumper.go: a folder per node. */
export const kops = perCluster({
  layout: 'kops',
  title: 'kops toolbox dump --dir',
  files: {
    'iptables -t nat -S': 'iptables-nat.log',
    'iptables -t filter -S': 'iptables-filter.log',
    'nft list ruleset': 'nftables-ruleset.log',
    'ip route show table all': 'ip-routes.log',
    'ip rule list': 'ip-rules.log',
    'ip -s link': 'ip-link.log',
    'sysctl -a': 'sysctls',
  },
  path: (node, file) => `artifacts/${node}/${file}`,
  objects: { 'kubectl get nodes -o yaml': 'artifacts/cluster-info/nodes.yaml' },
  extra: ({ nodes }) =>
    Object.fromEntries(
      nodes.flatMap((n) => [
        [`artifacts/${n}/kern.log`, `Mar 12 09:14:02.000001 ${n} kernel: Linux version 6.1.0\n`],
        [`artifacts/${n}/kops-configuration.log`, 'I0312 09:14:02.000000    1234 main.go:1] ok\n'],
      ]),
    ),
});
