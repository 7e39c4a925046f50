import type { Kind } from '../facts/index.js';
import { CLUSTER_INPUTS } from './cluster-inputs.js';

/** How a person calls an input, and the read-only command that supplies it. */
export const INPUTS: { readonly [K in Kind]: { readonly label: string; readonly command?: string } } = {
  address: { label: 'ip addr', command: 'ip -d addr' },
  'arp-probe': { label: 'arping' },
  'arptables-table': { label: 'arptables', command: 'arptables-save' },
  'bgp-peer': { label: 'calicoctl node status', command: 'calicoctl node status' },
  'bird-protocol': { label: 'birdcl show protocols', command: 'birdcl show protocols' },
  'bird-route': { label: 'birdcl show route', command: 'birdcl show route' },
  'boot-parameters': { label: 'kernel command line', command: 'cat /proc/cmdline' },
  boot: { label: 'boots', command: 'journalctl --list-boots' },
  bridge: { label: 'brctl show', command: 'brctl show' },
  'bridge-mac': { label: 'brctl showmacs', command: 'brctl showmacs cni0' },
  'bridge-port': { label: 'bridge ports', command: 'ip -d link' },
  'bridge-vlan': { label: 'bridge vlan', command: 'bridge vlan' },
  'bridge-vni': { label: 'bridge vni', command: 'bridge vni' },
  'calico-status': { label: 'calicoctl node status', command: 'calicoctl node status' },
  clock: { label: 'date', command: 'date; timedatectl' },
  'cluster-cidr': {
    label: 'cluster CIDRs',
    command: 'kubectl -n kube-system get configmap kubeadm-config kube-proxy -o yaml',
  },
  'command-run': { label: 'record of the collector' },
  'component-log': { label: 'component logs', command: 'journalctl --no-pager --since -24h' },
  'conntrack-event': { label: 'conntrack -E' },
  'conntrack-expect': { label: 'conntrack -L expect', command: 'conntrack -L expect' },
  'conntrack-table': { label: 'conntrack -L', command: 'conntrack -L' },
  'dns-query': { label: 'dig' },
  connections: { label: 'ss', command: 'ss -ntuap' },
  'ebtables-table': { label: 'ebtables', command: 'ebtables-save' },
  endpoints: { label: 'endpoints', command: 'kubectl get endpoints -A -o yaml' },
  'ethtool-driver': { label: 'ethtool -i', command: 'ethtool -i eth0' },
  'ethtool-feature': { label: 'ethtool -k', command: 'ethtool -k flannel.1' },
  'ethtool-link': { label: 'ethtool', command: 'ethtool eth0' },
  'ethtool-setting': { label: 'ethtool -g', command: 'ethtool -g eth0' },
  'ethtool-stat': { label: 'ethtool -S', command: 'ethtool -S eth0' },
  fdb: { label: 'bridge fdb', command: 'bridge fdb show' },
  'firewalld-active-zone': { label: 'active zones', command: 'firewall-cmd --get-active-zones' },
  'firewalld-direct-rule': { label: "firewalld's direct rules", command: 'firewall-cmd --direct --get-all-rules' },
  'firewalld-policy': { label: "firewalld's policies", command: 'firewall-cmd --list-all-policies' },
  'firewalld-state': { label: 'firewall-cmd --state', command: 'firewall-cmd --state' },
  'firewalld-zone': { label: "firewalld's zones", command: 'firewall-cmd --list-all-zones' },
  'flannel-config': {
    label: 'flannel network config',
    command: 'kubectl -n kube-flannel get configmap kube-flannel-cfg -o yaml',
  },
  'flannel-lease': { label: 'flannel leases', command: 'kubectl get nodes -o yaml' },
  'flannel-log': { label: 'flanneld log', command: 'kubectl -n kube-flannel logs -l app=flannel --tail=-1' },
  'flannel-subnet-key': { label: 'flannel subnets in etcd', command: 'etcdctl ls /coreos.com/network/subnets' },
  'flow-verdict': { label: 'hubble observe' },
  hostname: { label: 'hostname', command: 'hostname' },
  'hosts-entry': { label: '/etc/hosts', command: 'cat /etc/hosts' },
  'ip-pool': { label: 'Calico IP pools', command: 'calicoctl get ippool -o yaml' },
  ipset: { label: 'ipset list', command: 'ipset list' },
  'iptables-dump': { label: 'iptables-save', command: 'iptables-save -c' },
  'iptables-table': { label: 'iptables-save', command: 'iptables-save -c' },
  'ipvs-connections': { label: 'ipvsadm -Lnc', command: 'ipvsadm -Lnc' },
  'ipvs-daemon': { label: 'ipvsadm -L --daemon', command: 'ipvsadm -L --daemon' },
  'ipvs-service': { label: 'ipvsadm -Ln', command: 'ipvsadm -Ln' },
  'ipvs-settings': { label: 'ipvsadm -L --timeout', command: 'ipvsadm -L --timeout' },
  'kernel-log': { label: 'kernel log', command: 'dmesg -T' },
  'kernel-release': { label: 'uname', command: 'uname -a' },
  'legacy-tables': { label: 'ip_tables_names', command: 'cat /proc/net/ip_tables_names' },
  link: { label: 'ip link', command: 'ip -d link' },
  'log-span': { label: 'logs', command: 'journalctl --no-pager --since -24h' },
  'managed-device': { label: 'network managers', command: 'networkctl list' },
  mdb: { label: 'bridge mdb', command: 'bridge mdb' },
  'machine-id': { label: 'machine-id', command: 'cat /etc/machine-id' },
  module: { label: 'lsmod', command: 'lsmod' },
  neigh: { label: 'ip neigh', command: 'ip neigh' },
  'neigh-table': { label: 'ip ntable', command: 'ip -s ntable show' },
  netconf: { label: 'ip netconf', command: 'ip netconf' },
  netns: { label: 'ip netns', command: 'ip netns list' },
  nexthop: { label: 'ip nexthop', command: 'ip nexthop' },
  'network-counter': { label: 'nstat', command: 'nstat -az' },
  'nft-chain': { label: 'nft list ruleset', command: 'nft list ruleset' },
  'nft-object': { label: 'nft list ruleset', command: 'nft list ruleset' },
  'nft-set': { label: 'nft list ruleset', command: 'nft list ruleset' },
  'nft-table': { label: 'nft list ruleset', command: 'nft list ruleset' },
  node: { label: 'Kubernetes nodes', command: 'kubectl get nodes -o yaml' },
  'os-release': { label: 'os-release', command: 'cat /etc/os-release' },
  packet: { label: 'tcpdump' },
  'packet-capture': { label: 'tcpdump' },
  ping: { label: 'ping' },
  pod: { label: 'Kubernetes pods', command: 'kubectl get pods -A -o wide' },
  'policy-rule': { label: 'ip rule', command: 'ip rule' },
  qdisc: { label: 'tc qdisc', command: 'tc -s qdisc show' },
  resolved: { label: 'resolvectl status', command: 'resolvectl status' },
  process: { label: 'ps', command: 'ps -eww -o pid,args' },
  resolver: { label: 'resolv.conf', command: 'cat /etc/resolv.conf' },
  route: { label: 'ip route', command: 'ip route show table all' },
  service: { label: 'Kubernetes services', command: 'kubectl get services -A -o wide' },
  socket: { label: 'ss', command: 'ss -ntuap' },
  'socket-usage': { label: 'ss -s', command: 'ss -s' },
  softnet: { label: 'softnet_stat', command: 'cat /proc/net/softnet_stat' },
  'subnet-env': { label: 'subnet.env', command: 'cat /run/flannel/subnet.env' },
  sysctl: { label: 'sysctl', command: 'sysctl -a' },
  'tc-filter': { label: 'tc filter', command: 'tc filter show dev eth0 ingress' },
  'weave-connection': { label: 'weave status connections', command: 'weave status connections' },
  'weave-ipam': { label: 'weave status ipam', command: 'weave status ipam' },
  'weave-status': { label: 'weave status', command: 'weave status' },
  'wireguard-interface': { label: 'wg show', command: 'wg show' },
  'wireguard-peer': { label: 'wg show', command: 'wg show' },
  'xfrm-policy': { label: 'ip xfrm policy', command: 'ip xfrm policy' },
  'xfrm-state': { label: 'ip xfrm state', command: 'ip xfrm state nokeys' },
  'tcp-attempt': { label: 'curl, nc' },
  traceroute: { label: 'traceroute' },
  'sysctl-config': { label: 'sysctl.d', command: 'cat /etc/sysctl.conf /etc/sysctl.d/*.conf' },
  'tool-version': { label: 'versions', command: 'iptables -V; ip -V' },
  ufw: { label: 'ufw status', command: 'ufw status verbose' },
  'ufw-rule': { label: 'ufw status', command: 'ufw status verbose' },
  unit: { label: 'systemctl', command: 'systemctl list-units --all --no-pager' },
  uptime: { label: 'uptime', command: 'uptime' },
  ...CLUSTER_INPUTS,
};

/**
 * The kind that an input names: `neigh`, `neigh on flannel.1`, `sysctl net.ipv4.ip_forward`. Words that begin like one (`pod subnets`,
 * `node names`) are words, and the command that lists pods does not supply them.
 */
function kindIn(input: string): Kind | undefined {
  const [, kind = ''] = /^(\S+)(?:$| (?:on|of|against) | net[./])/.exec(input) ?? [];
  return Object.hasOwn(INPUTS, kind) ? (kind as Kind) : undefined;
}

/** The command for an input that a rule named, if it is a kind. */
export function commandFor(input: string): string | undefined {
  const kind = kindIn(input);
  return kind === undefined ? undefined : INPUTS[kind].command;
}

export function labelFor(input: string): string {
  const kind = kindIn(input);
  return kind === undefined ? input : INPUTS[kind].label + input.slice(kind.length);
}
