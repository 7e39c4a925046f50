import type { Layout } from './layout.js';
import { machine, rootBefore } from './machine.js';

/**
 * `diagnose_k8s.sh` as Alibaba's ACK and its copies have it: a few files of sections (see sections/run.ts) below `tmp/diagnose_<epoch>/`; only
 * the host column of a log names the machine.
 */
export const ack: Layout = {
  name: 'ack',
  title: 'diagnose_k8s.sh',
  root: rootBefore('network_info$'),
  confirm: (paths) => paths.has('system_info') || paths.has('system_status') || paths.has('docker_status'),
  locate(path, root) {
    const log = /^cs\/[^/]+\/([^/]+)\.log$/.exec(path)?.[1];
    if (log !== undefined) return { kind: 'pod-log', pod: log, by: `file ${path}` };
    return machine(root, 'diagnose_k8s.sh');
  },
};
