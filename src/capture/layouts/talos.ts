import type { Layout } from './layout.js';
import { rootBefore } from './machine.js';

/**
 * `talosctl support` (siderolabs/go-talos-support support/collectors/collectors.go): a zip without a top folder, with a folder per node, called by its
 * endpoint (mostly an address); the network's state as YAML streams in `resources/`, services' logs in `service-logs/`, those of
 * kube-system's containers in `kubernetes-logs/`.
 */
const NODE = /^([^/]+)\/(.*)$/;

export const talos: Layout = {
  name: 'talos',
  title: 'talosctl support',
  root: rootBefore('[^/]+/resources/[^/]+\\.talos\\.dev\\.yaml$'),
  locate(path) {
    if (/^(?:kubernetesResources|cluster)\//.test(path)) return { kind: 'cluster', by: 'folder kubernetesResources' };
    const [, node] = NODE.exec(path) ?? [];
    return node === undefined ? undefined : { kind: 'node', node, by: `folder ${node}` };
  },
  command: (path) => (NODE.exec(path)?.[2] === 'dmesg.log' ? 'dmesg' : undefined),
};
