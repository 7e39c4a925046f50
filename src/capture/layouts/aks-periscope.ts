import type { Layout } from './layout.js';
import { commandsBy, namesAbove, rootBefore } from './machine.js';

/**
 * Azure/aks-periscope (pkg/collector, pkg/exporter/azureblob_exporter.go): `<time>/<node>/<key>`, or a zip per node; up to 0.4 each collector had a folder, `<time>/<node>/collector/iptables/iptables`. Its
 * iptables is the nat table alone, names resolved.
 */
const command = commandsBy({
  iptables: 'iptables -t nat -L',
  kubelet: 'journalctl -u kubelet',
  docker: 'journalctl -u docker',
  systemperf: 'kubectl top nodes',
  kubeletcmd: 'ps -o cmd= -C kubelet',
});

/** The folder of a collector, in older versions. */
const FOLDER = /(?:^|\/)(?:collector|metrics)\/[^/]+\/$/;
const keyOf = (path: string): string => path.replace(/^(?:collector|metrics)\/[^/]+\//, '');
const rootOf = rootBefore('(?:iptables|networkoutbound)$');

const KEYS = ['iptables', 'kubelet', 'docker', 'networkoutbound', 'systemperf', 'nodes', 'pods', 'helm', 'dns'];

export const aksPeriscope: Layout = {
  name: 'aks-periscope',
  title: 'AKS Periscope',
  root: (inner) => rootOf(inner)?.replace(FOLDER, (folder) => (folder.startsWith('/') ? '/' : '')),
  // The keys of one node lie side by side; two of them alone may be anybody's.
  confirm(paths) {
    const keys = new Set([...paths].map(keyOf));
    return (
      keys.has('iptables') &&
      (keys.has('kubelet') || keys.has('docker')) &&
      [...keys].some(
        (k) => /^(?:kube-system|default)_\w+_|^networkoutbound|^var_log_/.test(k) || KEYS.slice(4).includes(k),
      )
    );
  },
  locate(path, root) {
    if (/^[^/]+_(?:pods?|services?|deployments?|daemonsets?|events?)_/.test(keyOf(path)))
      return { kind: 'cluster', by: `file ${path}` };
    const [node] = namesAbove(root);
    return node === undefined ? undefined : { kind: 'node', node, by: `folder ${node}` };
  },
  command: (path) => command(keyOf(path)),
};
