import type { Kind } from '../facts/index.js';
import { CLUSTER_INPUTS } from './cluster-inputs.js';

/** How a person calls an input, and the read-only command that supplies it. */
export const INPUTS: { readonly [K in Kind]: { readonly label: string; readonly command?: string } } = {
  address: { label: 'ip addr', command: 'ip -d addr' },
  'bgp-peer': { label: 'calicoctl node status', command: 'calicoctl node status' },
  'bird-protocol': { label: 'birdcl show protocols', command: 'birdcl show protocols' },
  'bird-route': { label: 'birdcl show route', command: 'birdcl show route' },
  bridge: { label: 'brctl show', command: 'brctl show' },
  'bridge-mac': { label: 'brctl showmacs', command: 'brctl showmacs cni0' },
  'calico-status': { label: 'calicoctl node status', command: 'calicoctl node status' },
  'cluster-cidr': {
    label: 'cluster CIDRs',
    command: 'kubectl -n kube-system get configmap kubeadm-config kube-proxy -o yaml',
  },
  'component-log': { label: 'component logs', command: 'journalctl --no-pager --since -24h' },
  endpoints: { label: 'endpoints', command: 'kubectl get endpoints -A -o yaml' },
  fdb: { label: 'bridge fdb', command: 'bridge fdb show' },
  'flannel-config': {
    label: 'flannel network config',
    command: 'kubectl -n kube-flannel get configmap kube-flannel-cfg -o yaml',
  },
  'flannel-lease': { label: 'flannel leases', command: 'kubectl get nodes -o yaml' },
  'flannel-log': { label: 'flanneld log', command: 'kubectl -n kube-flannel logs -l app=flannel --tail=-1' },
  'flannel-subnet-key': { label: 'flannel subnets in etcd', command: 'etcdctl ls /coreos.com/network/subnets' },
  hostname: { label: 'hostname', command: 'hostname' },
  'ip-pool': { label: 'Calico IP pools', command: 'calicoctl get ippool -o yaml' },
  'iptables-dump': { label: 'iptables-save', command: 'iptables-save -c' },
  'iptables-table': { label: 'iptables-save', command: 'iptables-save -c' },
  'kernel-log': { label: 'kernel log', command: 'dmesg -T' },
  'kernel-release': { label: 'uname', command: 'uname -a' },
  link: { label: 'ip link', command: 'ip -d link' },
  'log-span': { label: 'logs', command: 'journalctl --no-pager --since -24h' },
  neigh: { label: 'ip neigh', command: 'ip neigh' },
  netconf: { label: 'ip netconf', command: 'ip netconf' },
  node: { label: 'Kubernetes nodes', command: 'kubectl get nodes -o yaml' },
  packet: { label: 'tcpdump' },
  'packet-capture': { label: 'tcpdump' },
  ping: { label: 'ping' },
  pod: { label: 'Kubernetes pods', command: 'kubectl get pods -A -o wide' },
  'policy-rule': { label: 'ip rule', command: 'ip rule' },
  resolver: { label: 'resolv.conf', command: 'cat /etc/resolv.conf' },
  route: { label: 'ip route', command: 'ip route show table all' },
  service: { label: 'Kubernetes services', command: 'kubectl get services -A -o wide' },
  'subnet-env': { label: 'subnet.env', command: 'cat /run/flannel/subnet.env' },
  sysctl: { label: 'sysctl', command: 'sysctl -a' },
  ...CLUSTER_INPUTS,
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
