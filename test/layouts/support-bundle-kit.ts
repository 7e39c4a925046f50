import { perCluster } from './per-cluster.js';

/** rancher/support-bundle-kit: zip of zips; the node's archive is a tar.gz here, the forms of containers have tests of their own. */
export const supportBundleKit = perCluster({
  layout: 'support-bundle-kit',
  title: 'Harvester, unpacked, with captures in the nodes',
  files: { 'ip addr': 'ip-addr', 'ip route': 'ip-route', 'iptables-save': 'iptables-save' },
  path: (node, file) => `supportbundle_1/nodes/${node}/${file}`,
  objects: { 'kubectl get nodes -o yaml': 'supportbundle_1/yamls/cluster/nodes.yaml' },
  extra: () => ({ 'supportbundle_1/metadata.yaml': 'projectName: harvester\n' }),
});
