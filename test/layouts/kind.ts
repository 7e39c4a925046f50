import { perCluster } from './per-cluster.js';

/** kubernetes-sigs/kind: journals and what lies in /var/log; nothing of the kernel's state, so the node's own captures are copies here. */
export const kind = perCluster({
  layout: 'kind',
  title: 'kind export logs, with captures put beside the logs',
  files: { 'ip addr': 'ip-addr.txt', 'ip route': 'ip-route.txt', 'iptables-save': 'iptables-save.txt' },
  path: (node, file) => `logs/${node}/${file}`,
  extra: ({ nodes }) => ({
    'logs/kind-version.txt': 'kind v0.24.0 go1.22.6 linux/amd64\n',
    ...Object.fromEntries(
      nodes.flatMap((n) => [
        [`logs/${n}/journal.log`, `Mar 12 09:14:02 ${n} systemd[1]: Started kubelet.service.\n`],
        [`logs/${n}/kubernetes-version.txt`, 'v1.31.0\n'],
      ]),
    ),
  }),
});
