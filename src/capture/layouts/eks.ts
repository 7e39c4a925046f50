import type { Layout } from './layout.js';
import { commandsBy, machine, namesAbove, rootBefore } from './machine.js';

/**
 * Amazon's EKS log collector (awslabs/amazon-eks-ami log-collector-script/linux/eks-log-collector.sh; 0.6 has no IPv6, 0.4 no conntrack): entries without a top
 * folder. No file holds the host name; the journal of the kubelet does, and `uname`. Listings of iptables end in a count of their lines; `ipset.txt` is a listing
 * and then the same for restoring, `ipvsadm.txt` three listings. The agent that makes such an archive for a NodeDiagnostic (aws/eks-node-monitoring-agent
 * pkg/log_collector/collect) has a file for each table of nftables as well.
 */
const FILES = commandsBy({
  'networking/iptables-save.txt': 'iptables-save',
  'networking/ip6tables-save.txt': 'ip6tables-save',
  'networking/iptables.txt': 'iptables --wait 1 --numeric --verbose --list --table filter',
  'networking/iptables-filter.txt': 'iptables --wait 1 --numeric --verbose --list --table filter',
  'networking/iptables-nat.txt': 'iptables --wait 1 --numeric --verbose --list --table nat',
  'networking/iptables-mangle.txt': 'iptables --wait 1 --numeric --verbose --list --table mangle',
  'networking/ip6tables.txt': 'ip6tables --wait 1 --numeric --verbose --list --table filter',
  'networking/ip6tables-filter.txt': 'ip6tables --wait 1 --numeric --verbose --list --table filter',
  'networking/ip6tables-nat.txt': 'ip6tables --wait 1 --numeric --verbose --list --table nat',
  'networking/ip6tables-mangle.txt': 'ip6tables --wait 1 --numeric --verbose --list --table mangle',
  'networking/configure-multicard-interfaces.txt': 'journalctl -u configure-multicard-interfaces',
  'networking/iproute.txt': 'ip route show table all',
  'networking/ip6route.txt': 'ip -6 route show table all',
  'networking/iprule.txt': 'ip rule show',
  'networking/ip6rule.txt': 'ip -6 rule show',
  'networking/ifconfig.txt': 'ifconfig',
  'networking/ipset.txt': 'ipset --list',
  'networking/ipvsadm.txt': 'ipvsadm --save',
  'sysctls/sysctl_all.txt': 'sysctl --all',
  'kernel/uname.txt': 'uname -a',
  'kernel/dmesg.current': 'dmesg',
  'kernel/dmesg.human.current': 'dmesg --ctime',
  'kubelet/kubelet.log': 'journalctl --unit=kubelet',
  'containerd/containerd-log.txt': 'journalctl --unit=containerd',
  'docker/docker.log': 'journalctl --unit=docker',
  'docker/docker-info.txt': 'docker info',
  'docker/docker-ps.txt': 'docker ps --all --no-trunc',
  'nodeadm/nodeadm-config.log': 'journalctl --unit=nodeadm-config',
  'nodeadm/nodeadm-run.log': 'journalctl --unit=nodeadm-run',
  'sandbox-image/sandbox-image-log.txt': 'journalctl -u sandbox-image',
  'kubelet/svc.log': 'kubectl get svc',
  'modinfo/ip_vs': 'lsmod | grep -e ip_vs -e nf_conntrack',
  'system/services.txt': 'systemctl list-units',
  'system/ps.txt': 'ps fauxwww --headers',
  'system/netstat.txt': 'netstat -plant',
});

const NFTABLES = /^networking\/nftables-(ip6?|inet|arp|bridge|netdev)-(.+)\.txt$/;

function command(path: string): string | undefined {
  const [, family, table] = NFTABLES.exec(path) ?? [];
  return family === undefined ? FILES(path) : `nft list table ${family} ${table}`;
}

/** `eks_i-0123456789abcdef0_2024-05-01_1200-UTC_0.7.9` */
const instanceIn = (root: string): string | undefined =>
  namesAbove(root)
    .map((name) => /^eks_(i-[0-9a-f]+|[^_]+)/.exec(name)?.[1])
    .find((name) => name !== undefined);

export const eks: Layout = {
  name: 'eks',
  title: 'EKS log collector',
  root: rootBefore('(?:networking/iprule\\.txt|networking/iptables-save\\.txt|sysctls/sysctl_all\\.txt)$'),
  confirm: (paths) =>
    paths.has('system/instance-id.txt') || [...paths].some((p) => p.startsWith('ipamd/') || p.startsWith('nodeadm/')),
  locate: (_path, root) => machine(root, 'EKS log collector', instanceIn(root)),
  command,
};
