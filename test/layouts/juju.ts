import { perCluster } from './per-cluster.js';

/** juju/juju-crashdump: machines have numbers; what they print names them. */
const NAMES = { 'ip addr': 'ip-addr', 'ip route': 'ip-route', 'uname -a': 'uname' };

const bare = perCluster({
  layout: 'juju',
  title: 'juju-crashdump, without a top folder',
  files: NAMES,
  path: (_node, file, i) => `${i}/baremetal/${file}`,
  extra: () => ({ 'juju_status.yaml': 'model:\n  name: k8s\n', 'model_config.yaml': 'name: k8s\n' }),
  archive: 'juju-crashdump-1.tar.gz',
});

const unpacked = perCluster({
  layout: 'juju',
  title: 'juju-crashdump, packed by hand',
  files: NAMES,
  path: (_node, file, i) => `juju-crashdump-1/${i}/baremetal/${file}`,
  extra: () => ({ 'juju-crashdump-1/juju_status.yaml': 'model:\n  name: k8s\n' }),
  archive: 'juju-crashdump-1.tar.gz',
});

export const juju = [bare, unpacked];
