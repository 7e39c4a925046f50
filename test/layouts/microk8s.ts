import { perMachine } from './per-machine.js';

/** canonical/microk8s scripts/inspect.sh */
const older = perMachine({
  layout: 'microk8s',
  title: 'microk8s inspect up to 1.27',
  files: {
    'ifconfig -a': 'network/ifconfig',
    'iptables -t nat -nvL': 'network/iptables',
    'iptables -t filter -S': 'network/iptables-S',
    'uname -a': 'sys/uname',
  },
  archive: (_node, i) => `inspection-report-20200312_09140${i}.tar.gz`,
  top: () => 'inspection-report/',
  more: { differs: { link: 'ifconfig without -a is no listing of all devices' } },
  extra: () => ({ 'snap.microk8s.daemon-kubelet/systemctl.log': '', 'k8s/cluster-info': '' }),
});

const newer = perMachine({
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
  more: { differs: { 'kubernetes-version': 'the file of its own version', 'cluster-cidr': 'arguments of daemons' } },
  extra: () => ({
    'k8s/version': 'Client Version: v1.31.1\n',
    'args/kubelet': '--cluster-dns=10.152.183.10\n',
    'args/kube-proxy': '--cluster-cidr=10.244.0.0/16\n--profiling=false\n',
  }),
});

export const microk8s = [older, newer];
