import { perCluster } from './per-cluster.js';

/** juju/juju-crashdump: machines have numbers; what they print names them. */
export const juju = perCluster({
  layout: 'juju',
  title: 'juju-crashdump',
  files: { 'ip addr': 'ip-addr', 'ip route': 'ip-route', 'uname -a': 'uname' },
  path: (_node, file, i) => `juju-crashdump-1/${i}/baremetal/${file}`,
  extra: () => ({ 'juju-crashdump-1/juju_status.yaml': 'model:\n  name: k8s\n' }),
  archive: 'juju-crashdump-1.tar.gz',
});
