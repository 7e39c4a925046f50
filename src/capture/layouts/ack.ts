import type { Layout } from './layout.js';
import { machine, rootBefore } from './machine.js';

/**
 * `diagnose_k8s.sh` of Alibaba's ACK: a few files of sections (see sections/run.ts) below `tmp/diagnose_<epoch>/`; only the host column of a log
 * names the machine. The script itself is in no public repository; the names here are those of its public copies, of which some have
 * `os_info` for `system_info`, or a file for each section below `system/`.
 */
export const ack: Layout = {
  name: 'ack',
  title: 'diagnose_k8s.sh',
  root: rootBefore('(?:network_info|system/network_(?:route|ipad|iplink)_info)$'),
  confirm: (paths) =>
    ['system_info', 'os_info', 'system_status', 'docker_status', 'system/os_info'].some((p) => paths.has(p)),
  locate(path, root) {
    const log = /^cs\/[^/]+\/([^/]+)\.log$/.exec(path)?.[1];
    if (log !== undefined) return { kind: 'pod-log', pod: log, by: `file ${path}` };
    return machine(root, 'diagnose_k8s.sh');
  },
};
