import { perMachine } from './per-machine.js';

/** canonical/microk8s scripts/inspect.sh */
export const microk8s = perMachine({
  layout: 'microk8s',
  title: 'microk8s inspect',
  files: {
    'ip addr': 'network/ip-addr',
    'ip route': 'network/ip-route',
    'iptables -t nat -nvL': 'network/iptables',
    'iptables -t filter -S': 'network/iptables-S',
    'uname -a': 'sys/uname',
  },
  archive: (_node, i) => `inspection-report-20260312_09140${i}.tar.gz`,
  top: () => 'inspection-report/',
  more: { differs: { 'kubernetes-version': 'the file of its own version' } },
  extra: () => ({ 'k8s/version': 'Client Version: v1.31.1\n', 'args/kubelet': '--cluster-dns=10.152.183.10\n' }),
});
