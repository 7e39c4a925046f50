import { perMachine } from './per-machine.js';

const files = {
  'iptables-save': 'networking/iptablessave',
  'ip6tables-save': 'networking/ip6tablessave',
  'nft list ruleset': 'networking/nft_ruleset',
  'ip addr': 'networking/ipaddrshow',
  'ip route show table all': 'networking/iproute',
  'ip neigh': 'networking/ipneighbour',
  'ip rule': 'networking/iprule',
  'ip -6 rule show': 'networking/ipv6rule',
  'ip -s link': 'networking/iplinkshow',
  'ifconfig -a': 'networking/ifconfiga',
  'iptables -t filter -nvL': 'networking/iptables',
  'iptables -t nat -nvL': 'networking/iptablesnat',
  'iptables -t mangle -nvL': 'networking/iptablesmangle',
  'ip -6 neigh show': 'networking/ipv6neighbour',
  'ip -6 route': 'networking/ipv6route',
  'ip -6 addr': 'networking/ipv6addrshow',
};
const system = {
  hostname: 'systeminfo/hostname',
  'uname -a': 'systeminfo/uname',
  'sysctl -a': 'systeminfo/sysctla',
  'conntrack -S': 'systeminfo/conntrack',
};

/** rancherlabs/support-tools: entries below `./<host>-<date>/`, and the nodes' part of the supportability review. */
/** v1.6 asks for fewer, and the routes are those of the main table. */
const v1 = {
  'iptables-save': 'networking/iptablessave',
  'ip addr': 'networking/ipaddrshow',
  'ip route': 'networking/iproute',
  'ifconfig -a': 'networking/ifconfiga',
};

export const rancher = [
  perMachine({
    layout: 'rancher',
    title: 'logs-collector v2.x',
    files: { ...files, ...system },
    objects: { 'kubectl get nodes -o wide': 'rke2/kubectl/nodes', 'kubectl get pods -A -o wide': 'rke2/kubectl/pods' },
    archive: (node) => `${node}-2026-03-12_09_14_02.tar.gz`,
    top: (node) => `./${node}-2026-03-12_09_14_02/`,
    extra: () => ({
      'collector-output.log': '[INFO]: Gathering data\n',
      'systeminfo/date': 'Thu Mar 12 09:14:02 UTC 2026\n',
    }),
  }),
  perMachine({
    layout: 'rancher',
    title: 'supportability-review, nodeinfo.tar.gz per node',
    files: { ...files, 'uname -a': 'systeminfo/uname', 'conntrack -S': 'networking/conntrack.out' },
    archive: (node) => `results/${node}/nodeinfo.tar.gz`,
    top: () => '',
    extra: () => ({ 'networking/ipv4_ip_forward': '1\n', 'networking/nf_conntrack_max': '262144\n' }),
    more: {
      differs: { sysctl: 'single settings are not of the store' },
    },
  }),
  perMachine({
    layout: 'rancher',
    title: 'logs-collector v2.x before 2023, without a top folder',
    files: { ...files, ...system },
    objects: { 'kubectl describe nodes': 'rke/kubectl/nodesdescribe', 'kubectl get svc -A': 'rke/kubectl/services' },
    archive: (node) => `${node}-2021-03-12_09_14_02.tar.gz`,
    top: () => './',
    extra: () => ({ 'systeminfo/date': 'Fri Mar 12 09:14:02 UTC 2021\n' }),
  }),
  perMachine({
    layout: 'rancher',
    title: 'logs-collector v1.6',
    files: { ...v1, hostname: 'systeminfo/hostname', 'uname -a': 'systeminfo/uname' },
    archive: (node) => `${node}-2018-03-12_09_14_02.tar.gz`,
    top: () => './',
    extra: () => ({ 'systeminfo/date': 'Mon Mar 12 09:14:02 UTC 2018\n' }),
  }),
];
