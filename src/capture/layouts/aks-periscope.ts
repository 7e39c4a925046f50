import type { Layout } from './layout.js';
import { commandsBy, namesAbove, rootBefore } from './machine.js';

/** Azure/aks-periscope (pkg/collector): one folder or zip per node, keys as file names. Its iptables is the nat table alone, names resolved. */
const command = commandsBy({
  iptables: 'iptables -t nat -L',
  kubelet: 'journalctl -u kubelet',
  docker: 'journalctl -u docker',
  systemperf: 'kubectl top nodes',
});

const KEYS = ['iptables', 'kubelet', 'docker', 'networkoutbound', 'systemperf', 'nodes', 'pods', 'helm', 'dns'];

export const aksPeriscope: Layout = {
  name: 'aks-periscope',
  title: 'AKS Periscope',
  root: rootBefore('(?:iptables|networkoutbound)$'),
  // The keys of one node lie side by side; two of them alone may be anybody's.
  confirm: (paths) =>
    paths.has('iptables') &&
    (paths.has('kubelet') || paths.has('docker')) &&
    [...paths].some(
      (p) => /^(?:kube-system|default)_\w+_|^networkoutbound|^var_log_/.test(p) || KEYS.slice(4).includes(p),
    ),
  locate(path, root) {
    if (/^[^/]+_(?:pods?|services?|deployments?|daemonsets?|events?)_/.test(path))
      return { kind: 'cluster', by: `file ${path}` };
    const [node] = namesAbove(root);
    return node === undefined ? undefined : { kind: 'node', node, by: `folder ${node}` };
  },
  command,
};
