import type { Layout } from './layout.js';
import { commandsBy, machine, rootBefore } from './machine.js';

/**
 * `microk8s inspect` (canonical/microk8s scripts/inspect.sh): stderr is mixed in. The filter rules are there twice, `-S` and `-L` with names
 * resolved. Up to 1.27 it has `netstat` and `ifconfig` where `ss`, `ip-addr` and `ip-route` are now. `args/` is a copy of what the daemons are started
 * with.
 */
const command = commandsBy({
  'network/ip-addr': 'ip addr',
  'network/ip-route': 'ip route',
  'network/iptables': 'iptables -t nat -L -n -v',
  'network/iptables-S': 'iptables -S',
  'network/iptables-L': 'iptables -L',
  'network/ss': 'ss -pln',
  'network/netstat': 'netstat -pln',
  'network/ifconfig': 'ifconfig',
  'apparmor/dmesg': 'dmesg',
  'k8s/get-all': 'kubectl get all --all-namespaces -o wide',
  'k8s/version': 'kubectl version',
  'k8s/cluster-info': 'kubectl cluster-info',
  'sys/uname': 'uname -a',
  'sys/ps': 'ps -ef',
  'sys/uptime': 'uptime',
});

export const microk8s: Layout = {
  name: 'microk8s',
  title: 'microk8s inspect',
  root: rootBefore('(?:network/(?:ip-route|ip-addr|iptables-S)$|snap\\.microk8s\\.daemon-[^/]+/journal\\.log$)'),
  confirm: (paths) => [...paths].some((p) => p.startsWith('snap.microk8s.') || p.startsWith('k8s/')),
  locate: (path, root) =>
    path.startsWith('k8s/') ? { kind: 'cluster', by: 'folder k8s' } : machine(root, 'microk8s inspect'),
  command(path) {
    const unit = /^(snap\.microk8s\.daemon-[^/]+)\/journal\.log$/.exec(path)?.[1];
    if (unit !== undefined) return `journalctl -n 100000 -u ${unit}`;
    const status = /^(snap\.microk8s\.daemon-[^/]+)\/systemctl\.log$/.exec(path)?.[1];
    if (status !== undefined) return `systemctl status ${status}`;
    const args = /^args\/([^/]+)$/.exec(path)?.[1];
    return args === undefined ? command(path) : `cat /var/snap/microk8s/current/args/${args}`;
  },
};
