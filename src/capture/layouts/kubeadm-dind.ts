import { dindFile } from '../sections/dind.js';
import type { Layout } from './layout.js';
import { rootBefore } from './machine.js';

/**
 * `dind-cluster.sh split-dump` and `split-dump64` (kubernetes-retired/kubeadm-dind-cluster, dind::split-dump): the sections of a dump as files of
 * one folder, `cluster-dump`; nodes are in the names.
 */
export const kubeadmDind: Layout = {
  name: 'kubeadm-dind',
  title: 'kubeadm-dind-cluster dump',
  root: rootBefore('(?:ip-[ar]|psaux|dockerps-a)-[^/]+\\.txt$'),
  confirm: (paths) =>
    ['nodes.txt', 'kubectl-all.txt', 'describe-all.txt'].some((p) => paths.has(p)) ||
    ([...paths].some((p) => /^ip-a-[^/]+\.txt$/.test(p)) && [...paths].some((p) => /^psaux-[^/]+\.txt$/.test(p))),
  locate(path) {
    const known = dindFile(path);
    if (!known) return undefined;
    const host = known.hint?.host;
    return host === undefined
      ? { kind: 'cluster', by: `file ${path}` }
      : { kind: 'node', node: host, by: `file ${path}` };
  },
  command: (path) => dindFile(path)?.commandLine,
};
