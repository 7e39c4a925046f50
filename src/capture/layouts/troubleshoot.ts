import type { Layout } from './layout.js';
import { machine, rootBefore } from './machine.js';

/**
 * troubleshoot.sh support bundles (replicatedhq/troubleshoot pkg/collect: cluster_resources.go, host_run.go, run_daemonset.go): objects in
 * `cluster-resources/`, outputs of one machine, or of many (the node before the file), in `host-collectors/`. The true command line of an output is in the
 * `-info.json` beside it; the names here are those of the default host specs (replicatedhq/troubleshoot-specs host/default.yaml,
 * replicatedhq/embedded-cluster host-support-bundle.tmpl.yaml), for bundles without.
 */
const RUN_HOST: Readonly<Record<string, string>> = {
  'ip-route-table': 'ip route',
  'ip-interface-stats': 'ip -s link',
  'ip-neighbor-show': 'ip -s -d neigh show',
  'ip-address-stats': 'ip -s -s address',
  iptables: 'iptables -L -v',
  'iptables-save': 'iptables-save',
  'nftables-list': 'nft list table filter',
  'netstat-route-table': 'netstat -rn',
  sysctl: 'sysctl -a',
  'sysctl-all': 'sysctl -a',
  'journalctl-kubelet': 'journalctl -u kubelet',
  'journalctl-containerd': 'journalctl -u containerd',
  'journalctl-docker': 'journalctl -u docker',
  'journalctl-dmesg': 'journalctl -k',
  'network-manager-logs': 'journalctl -u NetworkManager',
  'local-artifact-mirror-logs': 'journalctl -u local-artifact-mirror',
  'netstat-ports': 'netstat -tulpn',
  'iptables-version': 'iptables -V',
  ipvsadm: 'ipvsadm -l -n',
  'resolvectl-status': 'resolvectl status',
  'resolv-conf': 'cat /etc/resolv.conf',
  hosts: 'cat /etc/hosts',
  'crictl-ps': 'crictl ps -a',
  'docker-info': 'docker info',
  'docker-ps': 'docker ps -a',
  'kubeadm-flags.env': 'cat /var/lib/kubelet/kubeadm-flags.env',
  uname: 'uname -a',
  uptime: 'uptime',
  'k0scontroller-logs': 'journalctl -u k0scontroller',
  'k0sworker-logs': 'journalctl -u k0sworker',
};

/** Remote collection puts the node before the file's own name, whatever the folders are (host_collector.go, RemoteHostCollect). */
const HOST = /^host-collectors\/[^/]+\/(?:.*\/)?([^/]+)\/[^/]+$/;
const LOCAL = /^host-collectors\/(?:run-host|system|journald)\/(?!node_list\.json$)[^/]+$/;
const REMOTE = /^host-collectors\/(?:run-host|system|journald)\/[^/]+\/[^/]+$/;
const remotes = new WeakMap<ReadonlySet<string>, boolean>();

function isRemote(paths: ReadonlySet<string>): boolean {
  const known = remotes.get(paths);
  if (known !== undefined) return known;
  const all = [...paths];
  const listed = paths.has('host-collectors/system/node_list.json');
  const remote = listed || (all.some((p) => REMOTE.test(p)) && !all.some((p) => LOCAL.test(p)));
  remotes.set(paths, remote);
  return remote;
}

const POD_LOG = /^cluster-resources\/pods\/logs\/([^/]+)\/([^/]+)\/[^/]+\.log$/;
/** `logs` collectors: `<name>/<pod>/<container>.log`, a name that Kubernetes made up (it takes no vowels). */
const NAMED_LOG = /^(?:[^/]+\/)+([^/]+-[bcdfghjklmnpqrstvwxz2456789]{5})\/[^/]+\.log$/;
/** runDaemonSet: `<name>/<node>.log`; copyFromHost: `<name>/<node>/archive.tar`. */
const DAEMON = /^[^/]+\/([^/]+)\.log$/;
const COPIED = /^[^/]+\/([^/]+)\/archive\.tar!?\//;
/** Folders of the collectors that are no daemon set's. */
const OWN =
  /^(?:cluster-resources|cluster-info|host-collectors|collector-errors|execution-data|dns|secrets|configmaps|kots|registry|ceph|longhorn)\//;

export const troubleshoot: Layout = {
  name: 'troubleshoot',
  title: 'support bundle (troubleshoot.sh)',
  root: rootBefore(
    '(?:host-collectors/(?:run-host|system|journald)/|cluster-resources/(?:nodes\\.json$|pods/)|execution-data/summary\\.txt$)',
  ),
  locate(path, root, paths) {
    const host = HOST.exec(path)?.[1];
    if (host !== undefined && isRemote(paths)) return { kind: 'node', node: host, by: `folder ${host}` };
    // A bundle of one machine: the archive's name is that of the product, not the machine.
    if (path.startsWith('host-collectors/')) return machine(root, 'support bundle of one machine');
    const log = POD_LOG.exec(path);
    if (log) return { kind: 'pod-log', pod: `${log[1]}/${log[2]}`, by: `file ${path}` };
    const named = NAMED_LOG.exec(path)?.[1];
    if (named !== undefined) return { kind: 'pod-log', pod: named, by: `folder ${named}` };
    if (/^cluster-(?:resources|info)\//.test(path)) return { kind: 'cluster', by: 'folder cluster-resources' };
    const sysctl = /^sysctl\/([^/]+)$/.exec(path)?.[1];
    if (sysctl !== undefined) return { kind: 'node', node: sysctl, by: `file sysctl/${sysctl}` };
    if (OWN.test(path)) return undefined;
    const daemon = DAEMON.exec(path)?.[1] ?? COPIED.exec(path)?.[1];
    if (daemon !== undefined && !daemon.startsWith('unknown-node-'))
      return { kind: 'node', node: daemon, by: `file ${path}` };
    return undefined;
  },
  command(path) {
    const name = /^host-collectors\/run-host\/(?:[^/]+\/)?([^/]+)\.txt$/.exec(path)?.[1] ?? '';
    return Object.hasOwn(RUN_HOST, name) ? RUN_HOST[name] : undefined;
  },
};
