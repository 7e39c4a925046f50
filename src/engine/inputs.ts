import type { Kind } from '../facts/index.js';

/** How a person calls an input, and the read-only command that supplies it. */
export const INPUTS: { readonly [K in Kind]: { readonly label: string; readonly command?: string } } = {
  address: { label: 'ip addr', command: 'ip -d addr' },
  'arp-probe': { label: 'arping' },
  'bgp-peer': { label: 'calicoctl node status', command: 'calicoctl node status' },
  'bird-protocol': { label: 'birdcl show protocols', command: 'birdcl show protocols' },
  'bird-route': { label: 'birdcl show route', command: 'birdcl show route' },
  bridge: { label: 'brctl show', command: 'brctl show' },
  'bridge-mac': { label: 'brctl showmacs', command: 'brctl showmacs cni0' },
  'bridge-port': { label: 'bridge ports', command: 'ip -d link' },
  'bridge-vlan': { label: 'bridge vlan', command: 'bridge vlan' },
  'bridge-vni': { label: 'bridge vni', command: 'bridge vni' },
  'calico-status': { label: 'calicoctl node status', command: 'calicoctl node status' },
  'cluster-cidr': {
    label: 'cluster CIDRs',
    command: 'kubectl -n kube-system get configmap kubeadm-config kube-proxy -o yaml',
  },
  'command-run': { label: 'record of the collector' },
  'component-log': { label: 'component logs', command: 'journalctl --no-pager --since -24h' },
  'conntrack-event': { label: 'conntrack -E' },
  'dns-query': { label: 'dig' },
  endpoints: { label: 'endpoints', command: 'kubectl get endpoints -A -o yaml' },
  'ethtool-driver': { label: 'ethtool -i', command: 'ethtool -i eth0' },
  'ethtool-feature': { label: 'ethtool -k', command: 'ethtool -k flannel.1' },
  'ethtool-link': { label: 'ethtool', command: 'ethtool eth0' },
  'ethtool-setting': { label: 'ethtool -g', command: 'ethtool -g eth0' },
  'ethtool-stat': { label: 'ethtool -S', command: 'ethtool -S eth0' },
  fdb: { label: 'bridge fdb', command: 'bridge fdb show' },
  'flannel-config': {
    label: 'flannel network config',
    command: 'kubectl -n kube-flannel get configmap kube-flannel-cfg -o yaml',
  },
  'flannel-lease': { label: 'flannel leases', command: 'kubectl get nodes -o yaml' },
  'flannel-log': { label: 'flanneld log', command: 'kubectl -n kube-flannel logs -l app=flannel --tail=-1' },
  'flannel-subnet-key': { label: 'flannel subnets in etcd', command: 'etcdctl ls /coreos.com/network/subnets' },
  'flow-verdict': { label: 'hubble observe' },
  hostname: { label: 'hostname', command: 'hostname' },
  'ip-pool': { label: 'Calico IP pools', command: 'calicoctl get ippool -o yaml' },
  'iptables-dump': { label: 'iptables-save', command: 'iptables-save -c' },
  'iptables-table': { label: 'iptables-save', command: 'iptables-save -c' },
  'kernel-log': { label: 'kernel log', command: 'dmesg -T' },
  'kernel-release': { label: 'uname', command: 'uname -a' },
  link: { label: 'ip link', command: 'ip -d link' },
  'log-span': { label: 'logs', command: 'journalctl --no-pager --since -24h' },
  'managed-device': { label: 'network managers', command: 'networkctl list' },
  mdb: { label: 'bridge mdb', command: 'bridge mdb' },
  neigh: { label: 'ip neigh', command: 'ip neigh' },
  'neigh-table': { label: 'ip ntable', command: 'ip -s ntable show' },
  netconf: { label: 'ip netconf', command: 'ip netconf' },
  netns: { label: 'ip netns', command: 'ip netns list' },
  nexthop: { label: 'ip nexthop', command: 'ip nexthop' },
  node: { label: 'Kubernetes nodes', command: 'kubectl get nodes -o yaml' },
  packet: { label: 'tcpdump' },
  'packet-capture': { label: 'tcpdump' },
  ping: { label: 'ping' },
  pod: { label: 'Kubernetes pods', command: 'kubectl get pods -A -o wide' },
  'policy-rule': { label: 'ip rule', command: 'ip rule' },
  qdisc: { label: 'tc qdisc', command: 'tc -s qdisc show' },
  resolved: { label: 'resolvectl status', command: 'resolvectl status' },
  resolver: { label: 'resolv.conf', command: 'cat /etc/resolv.conf' },
  route: { label: 'ip route', command: 'ip route show table all' },
  service: { label: 'Kubernetes services', command: 'kubectl get services -A -o wide' },
  'subnet-env': { label: 'subnet.env', command: 'cat /run/flannel/subnet.env' },
  sysctl: { label: 'sysctl', command: 'sysctl -a' },
  'tc-filter': { label: 'tc filter', command: 'tc filter show dev eth0 ingress' },
  'wireguard-interface': { label: 'wg show', command: 'wg show' },
  'wireguard-peer': { label: 'wg show', command: 'wg show' },
  'xfrm-policy': { label: 'ip xfrm policy', command: 'ip xfrm policy' },
  'xfrm-state': { label: 'ip xfrm state', command: 'ip xfrm state nokeys' },
  'tcp-attempt': { label: 'curl, nc' },
  traceroute: { label: 'traceroute' },
};

/** The command for an input that a rule named, if it is a kind (`neigh on flannel.1` → `neigh`). */
export function commandFor(input: string): string | undefined {
  const kind = input.split(' ')[0] ?? '';
  return kind in INPUTS ? INPUTS[kind as Kind].command : undefined;
}

export function labelFor(input: string): string {
  const kind = input.split(' ')[0] ?? '';
  return kind in INPUTS ? INPUTS[kind as Kind].label + input.slice(kind.length) : input;
}
