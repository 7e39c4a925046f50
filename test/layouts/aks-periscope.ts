import { perCluster } from './per-cluster.js';

/** Azure/aks-periscope: the nat table alone, with names. */
const older = perCluster({
  layout: 'aks-periscope',
  title: 'AKS Periscope up to 0.4, a folder per collector',
  files: { 'iptables -t nat -nvL': 'iptables' },
  path: (node, file) => `2020-03-12T09-14-02Z/${node}/collector/${file}/${file}`,
  extra: ({ nodes }) =>
    Object.fromEntries(
      nodes.flatMap((n) => {
        const top = `2020-03-12T09-14-02Z/${n}/collector`;
        return [
          [`${top}/systemlogs/kubelet`, `Mar 12 09:14:02 ${n} kubelet[1]: I0312 09:14:02.1 1 server.go:1] ok\n`],
          [`${top}/networkoutbound/networkoutbound`, '{}\n'],
        ];
      }),
    ),
});

const newer = perCluster({
  layout: 'aks-periscope',
  title: 'AKS Periscope, one folder per node',
  files: { 'iptables -t nat -nvL': 'iptables' },
  path: (node, file) => `2026-03-12T09-14-02Z/${node}/${file}`,
  extra: ({ nodes }) =>
    Object.fromEntries(
      nodes.flatMap((n) => [
        [`2026-03-12T09-14-02Z/${n}/kubelet`, `Mar 12 09:14:02 ${n} kubelet[1]: I0312 09:14:02.1 1 server.go:1] ok\n`],
        [`2026-03-12T09-14-02Z/${n}/networkoutbound`, '{}\n'],
        // What the metrics API says, and no listings of nodes and pods.
        [`2026-03-12T09-14-02Z/${n}/nodes`, `[{"name":"${n}","cpuUsage":218,"memoryUsage":1610612736}]`],
        [`2026-03-12T09-14-02Z/${n}/pods`, '[{"name":"coredns","cpuUsage":3,"memoryUsage":20971520}]'],
      ]),
    ),
});

export const aksPeriscope = [older, newer];
