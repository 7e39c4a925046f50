import type { CorpusCommand } from '../corpus.js';

export const kubectlGet: CorpusCommand = {
  command: 'kubectl-get',
  folders: ['kubectl-get-endpoints', 'kubectl-get-nodes', 'kubectl-get-pods', 'kubectl-get-svc'],
  foreign: [
    { file: '.json.txt', because: 'objects in JSON' },
    { file: '.yaml.txt', because: 'objects in YAML' },
    { file: 'insights-operator__config_pod', because: 'objects in JSON' },
    { file: 'kubernetes-filter_L643', because: 'an object in YAML' },
    { file: 'kubectl-get-template_L31', because: 'objects in YAML' },
    { file: 'egress-gateway-maintenance_L82', because: 'an object in YAML' },
  ],
  incomplete: [
    { file: 'kubespray__docs_operations_upgrades_L302', because: 'ends in a comment of its author' },
    { file: 'kainstall_L933', because: 'holds a second command line as a comment' },
    { file: 'vagrant_cluster_gist_L66', because: 'ends in another command with its output' },
    { file: 'istio_1.1', because: 'cut in the last row' },
    { file: 'istio_1.8', because: 'cut in the last row' },
    { file: '2016-03-27-k8s-service_L76', because: 'ends in a sentence' },
  ],
};
