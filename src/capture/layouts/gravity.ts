import type { Layout } from './layout.js';
import { commandsBy } from './machine.js';

/**
 * `gravity report` (gravitational/gravity lib/ops/opsservice/report.go): one archive per node and purpose in a flat cluster archive; the node is
 * the greedy prefix of the inner archive's name, because host names contain dashes. 5.2 calls gzip'd members `.tar`; unpacked reports have
 * folders of the same names.
 */
const MEMBER =
  /^([^/!]+)-(debug-logs|k8s-logs|etcd|etcd-backup\.json|status|resources)(?:\.tar(?:\.gz)?!?|\.tgz!?)?\/(.*)$/;
const NODE_ARCHIVE = /^((?:.*\/)?)[^/!]+-debug-logs(?:\.tar(?:\.gz)?!?|\.tgz!?)?\//;

/** Without extension and header, by the lists of lib/report/system.go in 5.2 to 7.1. */
const COMMANDS: Readonly<Record<string, string>> = {
  iptables: 'iptables-save',
  'ip-route': 'ip -d route show table all',
  route: 'route -n',
  ifconfig: 'ifconfig -a',
  'ip-addr': 'ip -d addr show',
  ipaddr: 'ip addr show',
  'ip-link': 'ip -d link show',
  'ip-neighbor': 'ip -d neighbor show',
  'ip-rule': 'ip -d rule show',
  'ip-ntable': 'ip -d ntable show',
  'ip-maddress': 'ip -d maddress show',
  'ip-xfrm-state': 'ip -d xfrm state show',
  'ip-xfrm-policy': 'ip -d xfrm policy show',
  'ip-tcp_metrics': 'ip -d tcp_metrics show',
  'ip-netconf': 'ip -d netconf show',
  'bridge-fdb': 'bridge fdb show',
  dmesg: 'dmesg --raw',
  uname: 'uname -a',
  lsmod: 'lsmod',
  'host-system-status': 'systemctl status --full',
  'host-system-failed': 'systemctl --failed --full',
  'host-system-jobs': 'systemctl list-jobs --full',
  'cluster-status': 'gravity status --output=json',
  'running-processes': 'ps auxZ --forest',
};

/** lib/report/k8s.go: a listing and a description of each kind; the nodes of 5.2 are YAML, which the text tells. */
function objectsOf(file: string): string | undefined {
  const [, describe, kind] = /^k8s-(describe-)?([a-z]+)$/.exec(file) ?? [];
  if (kind === undefined || kind === 'events' || kind === 'podlist') return undefined;
  if (kind === 'nodes') return describe ? 'kubectl describe nodes' : 'kubectl get nodes --output wide';
  return describe ? `kubectl describe ${kind} --all-namespaces` : `kubectl get ${kind} --all-namespaces --output wide`;
}

/** The command behind a file of a node's report. */
export const gravityCommand = commandsBy(COMMANDS);

export const gravity: Layout = {
  name: 'gravity',
  title: 'Gravity report',
  // Only archives of nodes tell a report: a folder around it, or one in a node's archive, may end in `-status` too.
  root: (inner) => NODE_ARCHIVE.exec(inner)?.[1],
  locate(path) {
    const match = MEMBER.exec(path);
    if (!match) return undefined;
    const [, node = '', what, rest = ''] = match;
    const log = /^k8s-logs-([^/]+)$/.exec(rest)?.[1];
    if (what === 'k8s-logs' && log !== undefined) return { kind: 'pod-log', pod: log, by: `file k8s-logs-${log}` };
    return what === 'debug-logs'
      ? { kind: 'node', node, by: `archive ${node}-debug-logs` }
      : { kind: 'cluster', by: `archive ${node}-${what}` };
  },
  command(path) {
    const match = MEMBER.exec(path);
    if (match?.[2] === 'k8s-logs') return objectsOf(match[3] ?? '');
    return match?.[2] === 'debug-logs' ? gravityCommand(match[3] ?? '') : undefined;
  },
};
