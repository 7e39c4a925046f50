import type { Layout } from './layout.js';
import { machine, rootBefore } from './machine.js';

/**
 * cilium-bugtool (cilium/cilium bugtool/cmd): `cmd/<command>.md`, the slash a blank and then the blank a dash, raw unless asked for Markdown.
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
  return `${program} ${rest}`.replace(/ {2,}/g, ' ').trim();
}

const command = (path: string): string | undefined => {
  const file = /(?:^|\/)cmd\/([^/]+)$/.exec(path)?.[1];
  return file === undefined ? undefined : unmangled(file);
};

const BUGTOOL = /^cilium-bugtool-(.+?)-\d{8}-\d{6}(?:\.tar(?:\.gz)?!?)?\//;

export const ciliumSysdump: Layout = {
  name: 'cilium-sysdump',
  title: 'Cilium sysdump',
  root: rootBefore('(?:cilium-bugtool-[^/]+-\\d{8}-\\d{6}(?:\\.tar(?:\\.gz)?!?)?/|k8s-nodes-\\d{8}-\\d{6}\\.yaml$)'),
  locate(path) {
    const pod = BUGTOOL.exec(path)?.[1];
    if (pod !== undefined) return { kind: 'pod-log', pod, by: `folder of ${pod}` };
    const log = /^logs-(.+)-\d{8}-\d{6}(?:-prev)?\.log$/.exec(path)?.[1];
    if (log !== undefined) return { kind: 'pod-log', pod: log, by: `file ${path}` };
    const cni = /^cniconf-(.+?)-\d[^/]*\.(?:txt|conf|conflist)$/.exec(path)?.[1];
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
  root: rootBefore('cmd/(?:ip--4|ip-a|iptables-(?:nft-|legacy-)?save|cilium)[^/]*\\.(?:md|html)$'),
  locate: (_path, root) => machine(root, 'cilium-bugtool'),
  command,
};
