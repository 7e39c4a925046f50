import type { PlaceHint, Text } from '../../kit/index.js';
import { byHeaders, type Section, type Sectioning } from './section.js';

/*
 * @@@ ip-r-kube-node-1.txt @@@
 * default via 10.192.0.1 dev eth0
 */
const HEADER = /^@@@ (\S{1,400}) @@@$/;
/** Files of dind::dump by node, and what each of them holds. */
const OF_NODE: readonly (readonly [RegExp, string])[] = [
  [/^ip-a-(.+)\.txt$/, 'ip a'],
  [/^ip-r-(.+)\.txt$/, 'ip r'],
  [/^psaux-(.+)\.txt$/, 'ps auxww'],
  [/^dockerps-a-(.+)\.txt$/, 'docker ps -a'],
];
const OF_CLUSTER: Readonly<Record<string, string>> = {
  'nodes.txt': 'kubectl get nodes -o wide',
  'kubectl-all.txt': 'kubectl get all --all-namespaces -o wide',
  'describe-all.txt': 'kubectl describe all --all-namespaces',
};
/** Nodes are `kube-master` and `kube-node-N`, behind which the cluster's name may stand; namespaces are those of a new cluster. */
const POD = /^pod-(kube-(?:master|node-\d+)(?:-.+?)??)-(kube-system|kube-public|default)-(.+)--(.+)\.log$/;

/** What a file of the dump is, by its name; undefined for the names of others. */
export function dindFile(name: string): { readonly commandLine?: string; readonly hint?: PlaceHint } | undefined {
  for (const [pattern, commandLine] of OF_NODE) {
    const host = pattern.exec(name)?.[1];
    if (host !== undefined) return { commandLine, hint: { host } };
  }
  // `service-<node>-kubelet.service.log`: the unit is the last word, for nodes have dashes in their names.
  const service = /^service-(.+)-([a-z]+)(?:\.service)?\.log$/.exec(name);
  if (service?.[1] !== undefined) return { commandLine: `journalctl -u ${service[2]}`, hint: { host: service[1] } };
  const pod = POD.exec(name);
  if (pod?.[1] !== undefined) return { hint: { host: pod[1] } };
  const commandLine = Object.hasOwn(OF_CLUSTER, name) ? OF_CLUSTER[name] : undefined;
  return commandLine === undefined ? undefined : { commandLine };
}

function headerOf(line: string): Omit<Section, 'from' | 'to' | 'at'> | undefined {
  if (line.charCodeAt(0) !== 64) return undefined;
  const file = HEADER.exec(line)?.[1];
  if (file === undefined) return undefined;
  const known = dindFile(file);
  return known ? { ...(known.commandLine === undefined && { fileName: file }), ...known } : { fileName: file };
}

/** `systemctl status` stands before the journal that its file is named after. */
const JOURNAL = /^-- (?:Logs begin|Journal begins|No entries|Boot )/;

/** Such a file of a dump that was split. */
const SERVICE = /(?:^|\/)(service-[^/]+\.service\.log)$/;

function withStatus(text: Text, section: Section): readonly Section[] {
  const unit = /^journalctl -u (\S+)$/.exec(section.commandLine ?? '')?.[1];
  if (unit === undefined) return [section];
  for (let i = section.from; i < section.to; i++)
    if (JOURNAL.test(text.line(i)))
      return i === section.from
        ? [section]
        : [
            { ...section, commandLine: `systemctl status ${unit}`, to: i },
            { ...section, from: i },
          ];
  return [section];
}

/** `dind-cluster.sh dump` (kubernetes-retired/kubeadm-dind-cluster, dind::dump): the whole cluster in one stream; split-dump makes files of it. */
export const dind: Sectioning = {
  name: 'dind',
  detect: (head, inner) => head.some((line) => HEADER.test(line)) || SERVICE.test(inner),
  split(text, inner) {
    const sections = byHeaders(text, headerOf).flatMap((section) => withStatus(text, section));
    if (sections.length > 0) return sections;
    const known = dindFile(SERVICE.exec(inner)?.[1] ?? '');
    const parts = known ? withStatus(text, { ...known, from: 0, to: text.count }) : [];
    return parts.length > 1 ? parts : [];
  },
};
