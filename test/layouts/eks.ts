import { perMachine } from './per-machine.js';

/** awslabs/amazon-eks-ami log-collector-script/linux: entries begin with `./`, no top folder. */
export const eks = perMachine({
  layout: 'eks',
  title: 'eks-log-collector.sh 0.7.x',
  files: {
    'iptables-save': 'networking/iptables-save.txt',
    'ip6tables-save': 'networking/ip6tables-save.txt',
    'iptables -t filter -nvL': 'networking/iptables.txt',
    'iptables -t nat -nvL': 'networking/iptables-nat.txt',
    'iptables -t mangle -nvL': 'networking/iptables-mangle.txt',
    'ipset list': 'networking/ipset.txt',
    'ip route show table all': 'networking/iproute.txt',
    'ip -6 route show table all': 'networking/ip6route.txt',
    'ip rule show': 'networking/iprule.txt',
    'ifconfig -a': 'networking/ifconfig.txt',
    'sysctl -a': 'sysctls/sysctl_all.txt',
    'uname -a': 'kernel/uname.txt',
  },
  text: (command, text) =>
    / -nvL$/.test(command) ? `${text}=======\nTotal Number of Rules: ${text.split('\n').length}\n` : text,
  archive: (_node, i) => `eks_i-0123456789abcde${i}f_2026-03-12_0914-UTC_0.7.9.tar.gz`,
  top: () => './',
  extra: () => ({ 'system/instance-id.txt': 'i-0123456789abcdef0\n', 'ipamd/ipamd-env-settings.json': '{}\n' }),
  // The collector's `ifconfig` lists devices that are up alone, the lab's `ifconfig -a` all.
  more: { differs: { link: 'ifconfig without -a is no listing of all devices' } },
});
