import type { Layout } from './layout.js';
import { rootBefore } from './machine.js';

/** NVIDIA's gpu-operator must-gather (NVIDIA/gpu-operator hack/must-gather.sh): objects and logs of pods, nothing of a node's network. */
export const gpuOperator: Layout = {
  name: 'gpu-operator',
  title: 'NVIDIA gpu-operator must-gather',
  root: rootBefore('gpu_nodes\\.(?:status|yaml|descr)$'),
  confirm: (paths) => paths.has('cluster_policy.yaml') || paths.has('must-gather.log'),
  locate(path) {
    const pod = /^gpu_operand_pod_(.+?)(?:\.previous)?\.log$/.exec(path)?.[1];
    return pod === undefined ? { kind: 'cluster', by: `file ${path}` } : { kind: 'pod-log', pod, by: `file ${path}` };
  },
};
