import { perCluster } from './per-cluster.js';

/** pkg/cluster/internal/providers/docker/provider.go: what Docker knows of the container that is the node. */
const inspect = (node: string): string =>
  `${JSON.stringify([{ Id: node, Name: `/${node}`, State: { Status: 'running' }, Config: { Hostname: node } }], null, 4)}\n`;

/** kubernetes-sigs/kind: journals and what lies in /var/log; nothing of the kernel's state, so the node's own captures are copies here. */
export const kind = perCluster({
  layout: 'kind',
  title: 'kind export logs, with captures put beside the logs',
  files: { 'ip addr': 'ip-addr.txt', 'ip route': 'ip-route.txt', 'iptables-save': 'iptables-save.txt' },
  path: (node, file) => `logs/${node}/${file}`,
  extra: ({ nodes }) => ({
    'logs/kind-version.txt': 'kind v0.24.0 go1.22.6 linux/amd64\n',
    'logs/docker-info.txt':
      'Server:\n Containers: 3\n Kernel Version: 6.1.0\n Operating System: Debian\n Name: laptop\n',
    ...Object.fromEntries(
      nodes.flatMap((n) => [
        [`logs/${n}/journal.log`, `Mar 12 09:14:02 ${n} systemd[1]: Started kubelet.service.\n`],
        [
          `logs/${n}/kubelet.log`,
          `Mar 12 09:14:02 ${n} kubelet[1]: I0312 09:14:02.000000       1 server.go:1] ready\n`,
        ],
        [`logs/${n}/containerd.log`, '-- No entries --\n'],
        [`logs/${n}/images.log`, 'IMAGE   TAG   IMAGE ID   SIZE\n'],
        [`logs/${n}/serial.log`, 'INFO: ensuring we can execute mount/umount even with userns-remap\n'],
        [`logs/${n}/inspect.json`, inspect(n)],
        [
          `logs/${n}/pods/kube-system_kube-proxy-x7k2p_0123/kube-proxy/0.log`,
          '2026-03-12T09:14:01.000000000Z stderr F I0312 09:14:01.000000       1 server.go:1] ready\n',
        ],
        [`logs/${n}/kubernetes-version.txt`, 'v1.31.0\n'],
      ]),
    ),
  }),
});
