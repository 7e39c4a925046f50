import type { Layout } from './layout.js';
import { machine, namesAbove, rootBefore } from './machine.js';

/**
 * Rancher's logs collectors (rancherlabs/support-tools: v2.x, v1.6, supportability-review): names without extension, stderr mixed in. The
 * routes of v2.x are of all tables and those of v1.6 of the main one, so the command line here claims no more than what is shown.
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
};

const OBJECT = /^(?:[a-z0-9]+\/)?kubectl\//;
const LOG = /^(?:[a-z0-9]+\/)?podlogs\/(?:([^/_]+)_([^/_]+)_[^/]+\/.*|([^/]+?)(?:-previous)?)$/;

export const rancher: Layout = {
  name: 'rancher',
  title: 'Rancher logs collector',
  root: rootBefore('networking/(?:iptablessave|ipaddrshow|iproute|ipneighbour|iplinkshow)$'),
  confirm: (paths) =>
    paths.has('collector-output.log') || [...paths].some((p) => /^(?:systeminfo|systemlogs|journald)\//.test(p)),
  locate(path, root) {
    if (OBJECT.test(path)) return { kind: 'cluster', by: `file ${path}` };
    const log = LOG.exec(path);
    if (log?.[1] !== undefined) return { kind: 'pod-log', pod: `${log[1]}/${log[2]}`, by: `file ${path}` };
    if (log?.[3] !== undefined) return { kind: 'pod-log', pod: log[3], by: `file ${path}` };
    const name = namesAbove(root).find((n) => n !== 'nodeinfo' && !/^rancher2?_logs_collector$/.test(n));
    return machine(root, 'Rancher logs collector', name);
  },
  command(path) {
    const [folder, name = '', ...deeper] = path.split('/');
    if (deeper.length > 0) return undefined;
    if (folder === 'journald') return `journalctl --unit=${name}`;
    const table = folder === 'networking' ? NETWORKING : folder === 'systeminfo' ? SYSTEM : {};
    return Object.hasOwn(table, name) ? table[name] : undefined;
  },
};
