import type { Layout } from './layout.js';
import { rootBefore } from './machine.js';

/**
 * Longhorn's and Harvester's support bundles (rancher/support-bundle-kit pkg/manager, hack/collector-*): a zip per node in `nodes/`, logs by namespace
 * and pod, objects in `yamls/`. Journals of Longhorn's nodes are newest first; those of Harvester's are the last 10 MB of all boots, beside a supportconfig
 * of the node (which is that layout's).
 */
const LOG = /^logs\/([^/]+)\/([^/]+)\//;

export const supportBundleKit: Layout = {
  name: 'support-bundle-kit',
  title: 'Longhorn or Harvester support bundle',
  root: rootBefore('(?:nodes/[^/]+(?:\\.zip!)?/|yamls/(?:cluster|namespaced)/)'),
  confirm: (paths) => paths.has('metadata.yaml') || [...paths].some((p) => p.startsWith('yamls/')),
  locate(path) {
    const node = /^nodes\/([^/]+?)(?:\.zip!)?\//.exec(path)?.[1];
    if (node !== undefined) return { kind: 'node', node, by: `archive nodes/${node}` };
    const log = LOG.exec(path);
    if (log) return { kind: 'pod-log', pod: `${log[1]}/${log[2]}`, by: `folder ${log[2]}` };
    return path.startsWith('yamls/') ? { kind: 'cluster', by: 'folder yamls' } : undefined;
  },
  command(path) {
    const file = /^nodes\/[^/]+\/(?:[^/]+\/)?logs\/([^/]+)$/.exec(path)?.[1];
    if (file === 'dmesg.log') return 'dmesg -HTx';
    if (/^kernel\.log(?:\.[12])?$/.test(file ?? '')) return 'journalctl -k';
    const unit =
      /^(k3s-service|k3s-agent-service|rke2-server|rke2-agent|rancherd|rancher-system-agent|wicked|iscsid|NetworkManager)\.log$/.exec(
        file ?? '',
      )?.[1];
    return unit === undefined ? undefined : `journalctl --no-pager -u ${unit.replace('-service', '')}`;
  },
};
