import { perCluster } from './per-cluster.js';
import { perMachine } from './per-machine.js';
import { answersOf, type LayoutWriter } from './writer.js';

/** bugtool/cmd: a slash becomes a blank, a blank a dash. */
const mangled = (command: string): string => `${command.replaceAll('/', ' ').replaceAll(' ', '-')}.md`;
const COMMANDS = [
  'ip a',
  'ip -4 r',
  'ip -6 r',
  'ip -4 n',
  'ip -6 n',
  'ip -d -s l',
  'iptables-save -c',
  'ip6tables-save -c',
  'ipset list',
  'sysctl -a',
  'hostname',
  'uname -a',
];
const files = Object.fromEntries(COMMANDS.map((c) => [c, `cmd/${mangled(c)}`]));

const TOP = 'cilium-bugtool-20260312-091402';
/** Run beside a cluster: the commands of all pods in one folder. */
const beside: LayoutWriter = {
  layout: 'cilium-bugtool',
  title: 'cilium-bugtool --k8s-mode',
  write(store) {
    const files: Record<string, string> = {};
    for (const [i, node] of store.nodes.entries())
      for (const [command, text] of answersOf(store, node, COMMANDS))
        files[`${TOP}/cmd/${mangled(`kubectl exec cilium-x7k2${i} -n kube-system -- ${command}`)}`] = text;
    return { files, commands: COMMANDS };
  },
};

export const cilium = [
  beside,
  perMachine({
    layout: 'cilium-bugtool',
    title: 'cilium-bugtool',
    files,
    archive: (_node, i) => `cilium-bugtool-20260312-09140${i}.123+0000-UTC-1234.tar.gz`,
    top: (_node, i) => `cilium-bugtool-20260312-09140${i}.123+0000-UTC-1234/`,
    extra: () => ({ 'conf/kernel-config': 'CONFIG_BPF=y\n' }),
  }),
  perCluster({
    layout: 'cilium-sysdump',
    title: 'cilium sysdump, unpacked',
    files,
    path: (node, file, i) => `cilium-sysdump-20260312-091402/cilium-bugtool-cilium-${node}-20260312-09140${i}/${file}`,
    objects: { 'kubectl get nodes -o yaml': 'cilium-sysdump-20260312-091402/k8s-nodes-20260312-091402.yaml' },
    extra: ({ nodes }) => ({
      'cilium-sysdump-20260312-091402/k8s-pods-20260312-091402.yaml': nodes
        .map(
          (n) =>
            `apiVersion: v1\nkind: Pod\nmetadata:\n  name: cilium-${n}\n  namespace: kube-system\nspec:\n  nodeName: ${n}\n  hostNetwork: true\n`,
        )
        .join('---\n'),
    }),
    more: { differs: { pod: "the agents' pods are the dump's own" } },
  }),
  perCluster({
    layout: 'cilium-sysdump',
    title: 'cilium sysdump, with an archive of each pod',
    files,
    path: (node, file, i) => `cilium-bugtool-cilium-${node}-20260312-09140${i}/${file}`,
    pack: (node) => `cilium-sysdump-20260312-091402/cilium-bugtool-cilium-${node}-20260312-091402.tar.gz`,
    objects: { 'kubectl get nodes -o yaml': 'cilium-sysdump-20260312-091402/k8s-nodes-20260312-091402.yaml' },
  }),
  perMachine({
    layout: 'cilium-bugtool',
    title: 'cilium-bugtool by its configuration file, without options in the names',
    files: {
      'iptables-save -c': 'system/unstructured/iptables-save.txt',
      'ip6tables-save -c': 'system/unstructured/ip6tables-save.txt',
      'ipset list': 'system/unstructured/ipset-list.txt',
      'sysctl -a': 'system/unstructured/sysctl.txt',
      hostname: 'system/unstructured/hostname.txt',
      'uname -a': 'system/unstructured/uname.txt',
    },
    archive: (_node, i) => `cilium-bugtool-20260312-09140${i}.123+0000-UTC-1234.tar.gz`,
    top: (_node, i) => `cilium-bugtool-20260312-09140${i}.123+0000-UTC-1234/`,
  }),
];
