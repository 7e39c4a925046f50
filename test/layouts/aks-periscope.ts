import { perCluster } from './per-cluster.js';

/** Azure/aks-periscope: the nat table alone, with names. */
export const aksPeriscope = perCluster({
  layout: 'aks-periscope',
  title: 'AKS Periscope, one folder per node',
  files: { 'iptables -t nat -nvL': 'iptables' },
  path: (node, file) => `2026-03-12T09-14-02Z/${node}/${file}`,
  extra: ({ nodes }) =>
    Object.fromEntries(
      nodes.flatMap((n) => [
        [`2026-03-12T09-14-02Z/${n}/kubelet`, `Mar 12 09:14:02 ${n} kubelet[1]: I0312 09:14:02.1 1 server.go:1] ok\n`],
        [`2026-03-12T09-14-02Z/${n}/networkoutbound`, '{}\n'],
      ]),
    ),
});
