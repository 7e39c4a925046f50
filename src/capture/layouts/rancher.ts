import type { Layout } from './layout.js';
import { machine, namesAbove, rootBefore } from './machine.js';

/**
 * Rancher's logs collectors (rancherlabs/support-tools collection/rancher: v2.x/logs-collector/rancher2_logs_collector.sh, v1.6, and
 * v2.x/supportability-review/nodes-collector.sh): names without extension, stderr mixed in; until 2023 without a top folder. The routes of v2.x are of all tables and
 * those of v1.6 of the main one, so the command line here claims no more than what is shown.
 */
const NETWORKING: Readonly<Record<string, string>> = {
  iptablessave: 'iptables-save',
  ip6tablessave: 'ip6tables-save',
  iptables: 'iptables --numeric --verbose --list',
  iptablesnat: 'iptables --numeric --verbose --list --table nat',
  iptablesmangle: 'iptables --numeric --verbose --list --table mangle',
  ip6tables: 'ip6tables --numeric --verbose --list',
  ip6tablesnat: 'ip6tables --numeric --verbose --list --table nat',
  ip6tablesmangle: 'ip6tables --numeric --verbose --list --table mangle',
  nft_ruleset: 'nft list ruleset',
  ipaddrshow: 'ip addr show',
  ipv6addrshow: 'ip -6 addr show',
  iproute: 'ip route show',
  ipv6route: 'ip -6 route show',
  ipneighbour: 'ip neighbour show',
  ipv6neighbour: 'ip -6 neighbour show',
  iprule: 'ip rule show',
  ipv6rule: 'ip -6 rule show',
  iplinkshow: 'ip -s link show',
  ifconfiga: 'ifconfig -a',
  ipvsadm: 'ipvsadm -ln',
  'conntrack.out': 'conntrack -S',
  'bridge-nf-call-iptables': 'cat /proc/sys/net/bridge/bridge-nf-call-iptables',
  ipv4_ip_forward: 'cat /proc/sys/net/ipv4/ip_forward',
  nf_conntrack_count: 'cat /proc/sys/net/netfilter/nf_conntrack_count',
  nf_conntrack_max: 'cat /proc/sys/net/netfilter/nf_conntrack_max',
  procnetxfrmstat: 'cat /proc/net/xfrm_stat',
  ssanp: 'ss -anp',
  ssitan: 'ss -itan',
  ssuapn: 'ss -uapn',
  sswapn: 'ss -wapn',
  ssxapn: 'ss -xapn',
  ss4apn: 'ss -4apn',
  ss6apn: 'ss -6apn',
  sstunlp4: 'ss -tunlp4',
  sstunlp6: 'ss -tunlp6',
  netstatistics: 'netstat --statistics',
};
const SYSTEM: Readonly<Record<string, string>> = {
  hostname: 'hostname',
  hostnamefqdn: 'hostname -f',
  date: 'date',
  uname: 'uname -a',
  sysctla: 'sysctl -a',
  lsmod: 'lsmod',
  dmesg: 'dmesg -T',
  conntrack: 'conntrack -S',
  uptime: 'uptime',
  ps: 'ps auxfww',
  'systemd-units': 'systemctl list-units',
  etchosts: 'cat /etc/hosts',
  etcresolvconf: 'cat /etc/resolv.conf',
};

const OBJECT = /^(?:[a-z0-9]+\/)?kubectl\//;
const LISTED = /^(?:[a-z0-9]+\/)?kubectl\/([a-z.]+)$/;
/** Kinds without a namespace; others are listed of all. */
const OF_CLUSTER =
  /^(?:nodes|namespaces|pv|crds|clusterroles|clusterrolebindings|(?:mutating|validating)webhookconfigurations)$/;
const NO_KIND = /^(?:version|api-resources|apps|nodes\.json)$/;

function objectsIn(path: string): string | undefined {
  const kind = LISTED.exec(path)?.[1];
  if (kind === undefined || NO_KIND.test(kind)) return undefined;
  if (kind === 'nodesdescribe') return 'kubectl describe nodes';
  return `kubectl get ${kind}${OF_CLUSTER.test(kind) ? '' : ' --all-namespaces'} -o wide`;
}

/**
 * What `kubectl logs` gave of all pods of a namespace, `<namespace>-<pod>`. Names with underscores (dockershim's, `/var/log/pods`,
 * `/var/log/containers`) are of the machine's own logs.
 */
const LOG = /^(?:[a-z0-9]+\/)?podlogs\/([^/_]+?)(?:-previous)?$/;

export const rancher: Layout = {
  name: 'rancher',
  title: 'Rancher logs collector',
  root: rootBefore('networking/(?:iptablessave|ipaddrshow|iproute|ipneighbour|iplinkshow)$'),
  confirm: (paths) =>
    paths.has('collector-output.log') || [...paths].some((p) => /^(?:systeminfo|systemlogs|journald)\//.test(p)),
  locate(path, root) {
    if (OBJECT.test(path)) return { kind: 'cluster', by: `file ${path}` };
    const log = LOG.exec(path)?.[1];
    if (log !== undefined) return { kind: 'pod-log', pod: log, by: `file ${path}` };
    const name = namesAbove(root).find((n) => n !== 'nodeinfo' && !/^rancher2?_logs_collector$/.test(n));
    return machine(root, 'Rancher logs collector', name);
  },
  command(path) {
    const [folder, name = '', ...deeper] = path.split('/');
    if (OBJECT.test(path)) return objectsIn(path);
    if (deeper.length > 0) return undefined;
    if (folder === 'journald') return `journalctl --unit=${name}`;
    const table = folder === 'networking' ? NETWORKING : folder === 'systeminfo' ? SYSTEM : {};
    return Object.hasOwn(table, name) ? table[name] : undefined;
  },
};
