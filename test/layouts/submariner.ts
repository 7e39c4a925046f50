import { perCluster } from './per-cluster.js';

/** submariner-io/subctl internal/gather: the command as first line; an empty output leaves no file. */
export const submariner = perCluster({
  layout: 'submariner',
  title: 'subctl gather',
  files: {
    'ip -d a': 'ip-a',
    'ip -d l': 'ip-l',
    'ip route show': 'ip-routes',
    'ip rule list': 'ip-rules',
    'sysctl -a': 'sysctl-a',
    'ipset list': 'ipset-list',
    'iptables-save -c': 'iptables-save',
  },
  path: (node, file) => `submariner-20260312091402/cluster-a/${node}_${file}.log`,
  text: (command, text) => `${command}\n${text}`,
  lazy: true,
});
