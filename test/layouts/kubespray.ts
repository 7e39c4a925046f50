import { perCluster } from './per-cluster.js';

/** kubernetes-sigs/kubespray scripts/collect-info.yaml: Ansible's fetch puts the remote path below the host's folder. */
const own = perCluster({
  layout: 'kubespray',
  title: 'collect-info.yaml, below its own folder',
  files: { 'ip -4 -o a': 'ip_info', 'ip route': 'route_info', 'uname -a': 'kernel_info' },
  path: (node, file) => `collect-info/commands/${node}/${file}`,
  archive: 'logs.tar.gz',
});

const older = perCluster({
  layout: 'kubespray',
  title: 'collect-info.yaml, older',
  files: { 'ip -4 -o a': 'ip_info', 'ip route': 'route_info', 'uname -a': 'kernel_info' },
  path: (node, file, i) => (i === 0 ? `commands/${node}/${file}` : `commands/${node}/root/${file}`),
  archive: 'logs.tar.gz',
});

export const kubespray = [older, own];
