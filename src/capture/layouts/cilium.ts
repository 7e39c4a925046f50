import type { Layout } from './layout.js';
import { commandsBy, machine, rootBefore } from './machine.js';

/**
 * cilium-bugtool (cilium/cilium bugtool/cmd/configuration.go, helper.go): `cmd/<command>.md`, the slash a blank and then the blank a dash, raw unless asked for
 * Markdown. Run beside a cluster it has the commands of all pods in one folder, `kubectl-exec-<pod>--n-<namespace>----…`. Its `bugtool/configuration` makes
 * `system/structured/*.json` and `system/unstructured/*.txt`, in whose names no options are.
 */
const PROGRAMS: readonly string[] = [
  'ip6tables-nft-save',
  'ip6tables-legacy-save',
  'ip6tables-save',
  'iptables-nft-save',
  'iptables-legacy-save',
  'iptables-save',
  'ip6tables',
  'iptables',
  'ip',
  'ss',
  'sysctl',
  'dmesg',
  'hostname',
  'uname',
  'ipset',
  'tc',
  'nft',
  'bridge',
  'lsmod',
  'uptime',
  'kubectl',
  'ps',
  'cilium-dbg',
  'cilium-health',
  'cilium',
  'bpftool',
];

/** `kubectl-exec-<pod>--n-<ns>----ip--4-r` → `ip -4 r` */
export function unmangled(file: string): string | undefined {
  const name = file.replace(/\.(?:md|html|txt)$/, '').replace(/^kubectl-exec-.+?----/, '');
  const program = PROGRAMS.find((p) => name === p || name.startsWith(`${p}-`));
  if (program === undefined) return undefined;
  const rest = name
    .slice(program.length)
    .replace(/---/g, ' --')
    .replace(/--(?=\w)/g, ' -')
    .replace(/(?<=\w)-(?=\w)|^-(?=\w)/g, ' ');
  return `${program} ${rest}`.replace(/ {2,}/g, ' ').replace('--time format', '--time-format').trim();
}

const command = (path: string): string | undefined => {
  const file = /(?:^|\/)cmd\/([^/]+)$/.exec(path)?.[1];
  return file === undefined ? undefined : unmangled(file);
};

/** Names without options (GenerateTaskName): what is left tells the families and tables apart no more, and the text does. */
const STRUCTURED = commandsBy({
  'ip-a.json': 'ip -j a',
  'ip-l.json': 'ip -j -d -s l',
  'ip-rule.json': 'ip --json rule',
  'iptables-save.txt': 'iptables-save -c',
  'ip6tables-save.txt': 'ip6tables-save -c',
  'iptables-nft-save.txt': 'iptables-nft-save -c',
  'ip6tables-nft-save.txt': 'ip6tables-nft-save -c',
  'iptables-legacy-save.txt': 'iptables-legacy-save -c',
  'ip6tables-legacy-save.txt': 'ip6tables-legacy-save -c',
  'ipset-list.txt': 'ipset list',
  'sysctl.txt': 'sysctl -a',
  'hostname.txt': 'hostname',
  'uname.txt': 'uname -a',
  'uptime.txt': 'uptime',
  'lsmod.txt': 'lsmod',
  'ps-auxfw.txt': 'ps auxfw',
  'dmesg.log': 'dmesg --time-format=iso',
});
const structured = (path: string): string | undefined =>
  STRUCTURED(
    /^system\/(?:un)?structured\/([^/]+)$|^system\/logs\/([^/]+)$/
      .exec(path)
      ?.slice(1)
      .find((f) => f) ?? '',
  );

/** Run in a pod for the host's sake, whose name it prints: the pods are in the host's network. */
const EXEC = /(?:^|\/)cmd\/kubectl-exec-(.+?)--n-/;

const BUGTOOL = /^cilium-bugtool-(.+?)-\d{8}-\d{6}(?:\.tar(?:\.gz)?!?)?\//;

export const ciliumSysdump: Layout = {
  name: 'cilium-sysdump',
  title: 'Cilium sysdump',
  root: rootBefore('(?:cilium-bugtool-[^/]+-\\d{8}-\\d{6}(?:\\.tar(?:\\.gz)?!?)?/|k8s-nodes-\\d{8}-\\d{6}\\.yaml$)'),
  locate(path) {
    const pod = BUGTOOL.exec(path)?.[1];
    if (pod !== undefined) return { kind: 'pod-log', pod, by: `folder of ${pod}` };
    const log = /^(?:logs-|hubble-observe-)?(.+)-\d{8}-\d{6}(?:-prev)?\.log$/.exec(path)?.[1];
    if (log !== undefined) return { kind: 'pod-log', pod: log, by: `file ${path}` };
    // The pod, and behind a dash the file.
    const cni = /^cniconf-(.+)-\d{8}-\d{6}\.txt$/.exec(path)?.[1];
    if (cni !== undefined) return { kind: 'pod-log', pod: cni, by: `file ${path}` };
    return /^[a-z0-9-]+-\d{8}-\d{6}\.(?:yaml|json|txt)$/.test(path)
      ? { kind: 'cluster', by: `file ${path}` }
      : undefined;
  },
  command,
};

export const ciliumBugtool: Layout = {
  name: 'cilium-bugtool',
  title: 'cilium-bugtool',
  root: rootBefore(
    '(?:cmd/(?:kubectl-exec-[^/]+----)?(?:ip--4|ip-a|iptables-(?:nft-|legacy-)?save|cilium)[^/]*\\.(?:md|html)|system/(?:structured/ip-[a-z]+\\.json|unstructured/ip6?tables-[a-z-]*save\\.txt))$',
  ),
  locate(path, root) {
    const pod = EXEC.exec(path)?.[1];
    if (pod !== undefined) return machine(`${root}${pod}`, `file of ${pod}`, pod);
    return /(?:^|\/)cmd\/kubectl-/.test(path)
      ? { kind: 'cluster', by: 'output of kubectl' }
      : machine(root, 'cilium-bugtool');
  },
  command: (path) => command(path) ?? structured(path),
};
