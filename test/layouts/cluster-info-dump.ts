import type { LayoutWriter } from './writer.js';

/** kubernetes/kubectl pkg/cmd/clusterinfo: objects alone; the nodes are known from them and were not captured. */
export const clusterInfoDump: LayoutWriter = {
  layout: 'cluster-info-dump',
  title: 'kubectl cluster-info dump --output-directory -o yaml',
  write: (store) => ({
    files: {
      'dump/nodes.yaml': store.object('kubectl get nodes -o yaml'),
      'dump/kube-system/pods.yaml': 'apiVersion: v1\nkind: PodList\nitems: []\n',
      'dump/default/pods.yaml': 'apiVersion: v1\nkind: PodList\nitems: []\n',
    },
    commands: [],
    objects: ['kubectl get nodes -o yaml'],
    nodes: [],
  }),
};
