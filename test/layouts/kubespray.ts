import { perCluster } from './per-cluster.js';
import type { Store } from './store.js';

/** Copies of /var/log, in a folder beside that of the commands. */
const logs =
  (top: string) =>
  ({ nodes }: Store): Readonly<Record<string, string>> =>
    Object.fromEntries(
      nodes.map((n) => [`${top}logs/${n}/var/log/kern.log`, `Mar 12 09:14:02 ${n} kernel: Linux version 6.1.0\n`]),
    );

/** kubernetes-sigs/kubespray scripts/collect-info.yaml: Ansible's fetch puts the remote path below the host's folder. */
const own = perCluster({
  layout: 'kubespray',
  title: 'collect-info.yaml, below its own folder',
  files: { 'ip -4 -o a': 'ip_info', 'ip route': 'route_info', 'uname -a': 'kernel_info' },
  path: (node, file) => `collect-info/commands/${node}/${file}`,
  extra: logs('collect-info/'),
  archive: 'logs.tar.gz',
});

const older = perCluster({
  layout: 'kubespray',
  title: 'collect-info.yaml, older',
  files: { 'ip -4 -o a': 'ip_info', 'ip route': 'route_info', 'uname -a': 'kernel_info' },
  path: (node, file, i) => (i === 0 ? `commands/${node}/${file}` : `commands/${node}/root/${file}`),
  extra: logs(''),
  archive: 'logs.tar.gz',
});

export const kubespray = [older, own];
