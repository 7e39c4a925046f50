import { perCluster } from './per-cluster.js';

/** kubeovn/kube-ovn dist/images/kubectl-ko: IPv4 and then IPv6 in one file, iptables as `-S` below rows of stars. */
export const kubeOvn = perCluster({
  layout: 'kube-ovn',
  title: 'kubectl ko log all',
  files: {
    'ip route': 'route.log',
    'ip neigh': 'neigh.log',
    'ip -d -s l': 'link.log',
    'ip addr': 'addr.log',
    'sysctl -a': 'sysctl.log',
    'ipset list': 'ipset.log',
    'iptables -t filter -S': 'iptables-nft.log',
  },
  path: (node, file) => `kubectl-ko-log/${node}/linux/${file}`,
  text: (command, text) =>
    command.startsWith('iptables')
      ? `iptables v1.8.9\n****************** nft filter v4 ******************\n${text}`
      : text,
  // Its section names the backend, which `iptables -S` alone does not.
  more: { differs: { 'iptables-table': 'the backend is told' } },
});
