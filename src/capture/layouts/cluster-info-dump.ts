import type { Layout } from './layout.js';
import { rootBefore } from './machine.js';

/** `kubectl cluster-info dump --output-directory` (kubernetes/kubectl pkg/cmd/clusterinfo): objects by namespace, logs in `<ns>/<pod>/logs.txt`. */
export const clusterInfoDump: Layout = {
  name: 'cluster-info-dump',
  title: 'kubectl cluster-info dump',
  root: rootBefore('[^/]+/(?:pods|replication-controllers)\\.(?:json|yaml)$'),
  confirm: (paths) => paths.has('nodes.json') || paths.has('nodes.yaml'),
  locate(path) {
    const log = /^([^/]+)\/([^/]+)\/logs\.txt$/.exec(path);
    return log
      ? { kind: 'pod-log', pod: `${log[1]}/${log[2]}`, by: `folder ${log[2]}` }
      : { kind: 'cluster', by: 'cluster-info dump' };
  },
};
