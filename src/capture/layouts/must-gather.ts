import type { Layout } from './layout.js';
import { rootBefore } from './machine.js';

/**
 * OpenShift must-gather (openshift/must-gather collection-scripts): objects in files, and journals of all masters in one file each, whose lines
 * name their host.
 */
const LOG = /^namespaces\/([^/]+)\/pods\/([^/]+)\/[^/]+\/[^/]+\/logs\//;

export const mustGather: Layout = {
  name: 'must-gather',
  title: 'OpenShift must-gather',
  root: rootBefore('(?:host_service_logs/|cluster-scoped-resources/|namespaces/[^/]+/(?:core|pods)/)'),
  confirm: (paths) => [...paths].some((p) => /^(?:host_service_logs|cluster-scoped-resources)\//.test(p)),
  locate(path) {
    if (path.startsWith('host_service_logs/')) return { kind: 'by-host', by: 'journals of several nodes' };
    const node = /^nodes\/([^/]+)\//.exec(path)?.[1];
    if (node !== undefined) return { kind: 'node', node, by: `folder nodes/${node}` };
    const log = LOG.exec(path);
    if (log) return { kind: 'pod-log', pod: `${log[1]}/${log[2]}`, by: `folder ${log[2]}` };
    return /^(?:cluster-scoped-resources|namespaces|network_logs|pod_network_connectivity_check)\//.test(path)
      ? { kind: 'cluster', by: `folder ${path.slice(0, path.indexOf('/'))}` }
      : undefined;
  },
  command: (path) => (path.startsWith('host_service_logs/') ? 'journalctl --no-pager' : undefined),
};
