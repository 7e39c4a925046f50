import type { Layout } from './layout.js';
import { commandsBy, rootBefore } from './machine.js';

/**
 * `kops toolbox dump --dir` (kubernetes/kops pkg/dump/dumper.go; file names of newer ones: docs of the project's end-to-end tests): a folder per
 * node, called by its name, or by its address where it never joined; `cluster-info/` has objects and logs of pods.
 */
const command = commandsBy({
  'kern.log': 'journalctl --output=short-precise -k',
  'journal.log': 'journalctl --output=short-precise',
  'iptables-nat.log': 'iptables -t nat --list-rules',
  'iptables-filter.log': 'iptables -t filter --list-rules',
  'nftables-ruleset.log': 'nft list ruleset',
  'ip-routes.log': 'ip route show table all',
  'ip-rules.log': 'ip rule list',
  'ip-link.log': 'ip -s link',
  'netstat.log': 'ss -s',
  'bgp-protocols.log': 'birdcl show protocols all',
  etchosts: 'cat /etc/hosts',
  sysctls: 'sysctl -a',
  modules: 'cat /proc/modules',
});

/** `journalctl --output=cat -u`, as far as they are services of systemd. */
const UNIT = /^(kubelet|containerd|docker|kops-configuration|protokube|node-problem-detector)\.log$/;
const LOG = /^cluster-info\/([^/]+)\/([^/]+)\/[^/]+\.log$/;
const NODE = /^([^/]+)\/([^/]+)$/;

export const kops: Layout = {
  name: 'kops',
  title: 'kops toolbox dump',
  root: rootBefore('[^/]+/(?:sysctls|kops-configuration\\.log|protokube\\.log)$'),
  confirm: (paths) => [...paths].some((p) => /^[^/]+\/(?:iptables-nat|kern|journal)\.log$/.test(p)),
  locate(path) {
    const log = LOG.exec(path);
    if (log) return { kind: 'pod-log', pod: `${log[1]}/${log[2]}`, by: `folder ${log[2]}` };
    if (path.startsWith('cluster-info/')) return { kind: 'cluster', by: 'folder cluster-info' };
    const node = NODE.exec(path)?.[1];
    return node === undefined ? undefined : { kind: 'node', node, by: `folder ${node}` };
  },
  command(path) {
    const file = NODE.exec(path)?.[2] ?? '';
    const unit = UNIT.exec(file)?.[1];
    return unit === undefined ? command(file) : `journalctl --output=cat -u ${unit}.service`;
  },
};
