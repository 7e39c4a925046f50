import type { Layout } from './layout.js';
import { commandsBy, machine, rootBefore } from './machine.js';

/** `microk8s inspect` (canonical/microk8s scripts/inspect.sh). The filter rules are there twice, `-S` and `-L` with names resolved. */
const command = commandsBy({
  'network/ip-addr': 'ip addr',
  'network/ip-route': 'ip route',
  'network/iptables': 'iptables -t nat -L -n -v',
  'network/iptables-S': 'iptables -S',
  'network/iptables-L': 'iptables -L',
  'network/ss': 'ss -pln',
  'k8s/get-all': 'kubectl get all --all-namespaces -o wide',
  'sys/uname': 'uname -a',
});

export const microk8s: Layout = {
  name: 'microk8s',
  title: 'microk8s inspect',
  root: rootBefore('(?:network/ip-(?:route|addr)$|snap\\.microk8s\\.daemon-[^/]+/journal\\.log$)'),
  confirm: (paths) => [...paths].some((p) => p.startsWith('snap.microk8s.') || p.startsWith('k8s/')),
  locate: (path, root) =>
    path.startsWith('k8s/') ? { kind: 'cluster', by: 'folder k8s' } : machine(root, 'microk8s inspect'),
  command(path) {
    const unit = /^(snap\.microk8s\.daemon-[^/]+)\/journal\.log$/.exec(path)?.[1];
    return unit === undefined ? command(path) : `journalctl -n 100000 -u ${unit}`;
  },
};
