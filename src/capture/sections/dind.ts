import { byHeaders, type Section, type Sectioning } from './section.js';

/*
 * @@@ ip-r-kube-node-1.txt @@@
 * default via 10.192.0.1 dev eth0
 */
const HEADER = /^@@@ (.{1,400}) @@@$/;
const NODE = '(.+?)';
/** Files of dind-cluster.sh's dump, and what each of them holds. */
const FILES: readonly (readonly [RegExp, string | undefined])[] = [
  [new RegExp(`^ip-a-${NODE}\\.txt$`), 'ip a'],
  [new RegExp(`^ip-r-${NODE}\\.txt$`), 'ip r'],
  [new RegExp(`^psaux-${NODE}\\.txt$`), 'ps auxww'],
];

function headerOf(line: string): Omit<Section, 'from' | 'to' | 'at'> | undefined {
  if (line.charCodeAt(0) !== 64) return undefined;
  const file = HEADER.exec(line)?.[1];
  if (file === undefined) return undefined;
  for (const [pattern, commandLine] of FILES) {
    const host = pattern.exec(file)?.[1];
    if (host !== undefined) return { ...(commandLine !== undefined && { commandLine }), hint: { host } };
  }
  // `service-<node>-kubelet.service.log`: the unit is the last word, for nodes have dashes in their names.
  const service = /^service-(.+)-([a-z]+)(?:\.service)?\.log$/.exec(file);
  if (service?.[1] !== undefined) return { commandLine: `journalctl -u ${service[2]}`, hint: { host: service[1] } };
  const pod = /^pod-(?:.+?)-(kube-system|default)-(.+)--[^-]+(?:-[^-]+)*\.log$/.exec(file);
  if (pod) return { fileName: file, hint: { pod: `${pod[1]}/${pod[2]}` } };
  if (file === 'nodes.txt') return { commandLine: 'kubectl get nodes -o wide' };
  if (file === 'kubectl-all.txt') return { commandLine: 'kubectl get all --all-namespaces -o wide' };
  return file === 'describe-all.txt' ? { commandLine: 'kubectl describe all --all-namespaces' } : { fileName: file };
}

/** `dind-cluster.sh dump` (kubernetes-retired/kubeadm-dind-cluster): the whole cluster in one stream. */
export const dind: Sectioning = {
  name: 'dind',
  detect: (head) => head.some((line) => HEADER.test(line)),
  split: (text) => byHeaders(text, headerOf),
};
