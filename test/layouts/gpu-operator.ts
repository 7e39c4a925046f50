import type { LayoutWriter } from './writer.js';

/** NVIDIA/gpu-operator hack/must-gather.sh: objects, no node. */
export const gpuOperator: LayoutWriter = {
  layout: 'gpu-operator',
  title: 'must-gather.sh',
  write: (store) => ({
    files: {
      'nvidia-gpu-operator_20260312_0914/gpu_nodes.status': store.object('kubectl get nodes -o wide'),
      'nvidia-gpu-operator_20260312_0914/cluster_policy.yaml': 'apiVersion: nvidia.com/v1\nkind: ClusterPolicy\n',
      'nvidia-gpu-operator_20260312_0914/must-gather.log': '+ echo\n',
    },
    commands: [],
    objects: ['kubectl get nodes -o wide'],
    nodes: [],
  }),
};
