import type { Layout } from './layout.js';
import { commandsBy, rootBefore } from './machine.js';

/**
 * `kubectl ko log` (kubeovn/kube-ovn dist/images/kubectl-ko: log_linux): a folder per node. Routes and neighbours are IPv4 and then IPv6 without a mark
 * between them; iptables are sections (see sections/stars.ts). The tool that replaces the script, `kubectl ko logs`, has a line above each
 * output (see sections/quoted.ts). Links had no counters at first, and addresses have them now.
 */
const command = commandsBy({
  'route.log': 'ip route show',
  'neigh.log': 'ip neigh show',
  'link.log': 'ip -d -s link show',
  'addr.log': 'ip addr show',
  'sysctl.log': 'sysctl -a',
  'dmesg.log': 'dmesg -T',
  'ipset.log': 'ipset list',
  'netstat.log': 'netstat -tunlp',
  'tcp.log': 'cat /proc/net/sockstat',
});

const NODE = /^(?:kubectl-ko-log\/)?([^/]+)\/(linux|kube-ovn|openvswitch|ovn)\/(?:.*\/)?([^/]+)$/;

export const kubeOvn: Layout = {
  name: 'kube-ovn',
  title: 'kubectl ko log',
  root: rootBefore('[^/]+/linux/(?:route|neigh|link|addr|iptables-legacy|iptables-nft)\\.log$'),
  locate(path) {
    const node = NODE.exec(path)?.[1];
    return node === undefined ? undefined : { kind: 'node', node, by: `folder ${node}` };
  },
  command(path) {
    const [, , folder, file = ''] = NODE.exec(path) ?? [];
    return folder === 'linux' ? command(file) : undefined;
  },
};
