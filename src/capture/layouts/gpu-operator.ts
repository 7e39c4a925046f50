import type { Layout } from './layout.js';
import { commandsBy, rootBefore } from './machine.js';

/**
 * NVIDIA's gpu-operator must-gather (NVIDIA/gpu-operator hack/must-gather.sh): objects and logs of pods, nothing of a node's network. Its nodes are those
 * with a GPU alone.
 */
const command = commandsBy({
  'gpu_nodes.status': 'kubectl get nodes -l nvidia.com/gpu.present=true -o wide',
  'gpu_nodes.descr': 'kubectl describe nodes -l nvidia.com/gpu.present=true',
  'all_machines.list': 'kubectl get machines -A',
});

export const gpuOperator: Layout = {
  name: 'gpu-operator',
  title: 'NVIDIA gpu-operator must-gather',
  root: rootBefore('gpu_nodes\\.(?:status|yaml|descr)$'),
  confirm: (paths) => ['cluster_policy.yaml', 'cluster_policy.missing', 'must-gather.log'].some((p) => paths.has(p)),
  locate(path) {
    const pod = /^gpu_operand_pod_(.+?)(?:\.previous)?\.log$/.exec(path)?.[1];
    const node = /^nvidia-bug-report_(.+?)\.log(?:\.gz)?$/.exec(path)?.[1];
    if (node !== undefined) return { kind: 'node', node, by: `file ${path}` };
    return pod === undefined ? { kind: 'cluster', by: `file ${path}` } : { kind: 'pod-log', pod, by: `file ${path}` };
  },
  command,
};
