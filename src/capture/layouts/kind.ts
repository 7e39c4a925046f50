import type { Layout } from './layout.js';
import { rootBefore } from './machine.js';

/** `kind export logs` (kubernetes-sigs/kind pkg/cluster/internal/providers/common/logs.go): a folder per node, with the node's /var/log unpacked into it. */
const NODE = /^([^/]+)\/(.*)$/;

export const kind: Layout = {
  name: 'kind',
  title: 'kind export logs',
  root: rootBefore('(?:kind-version\\.txt$|[^/]+/(?:kubernetes-version\\.txt|images\\.log|serial\\.log)$)'),
  confirm: (paths) => [...paths].some((p) => /^[^/]+\/journal\.log$/.test(p)),
  locate(path) {
    const [, node] = NODE.exec(path) ?? [];
    // What stands beside the nodes is of the machine that their containers run on, which is none of them.
    return node === undefined ? { kind: 'cluster', by: `file ${path}` } : { kind: 'node', node, by: `folder ${node}` };
  },
  command(path) {
    const file = NODE.exec(path)?.[2];
    if (file === 'journal.log') return 'journalctl --no-pager';
    if (path === 'docker-info.txt') return 'docker info';
    if (file === 'inspect.json') return 'docker inspect';
    return file === 'kubelet.log' || file === 'containerd.log'
      ? `journalctl --no-pager -u ${file.slice(0, -4)}.service`
      : undefined;
  },
};
