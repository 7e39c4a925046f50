import type { CorpusCommand } from '../corpus.js';

export const kubectlDescribe: CorpusCommand = {
  command: 'kubectl-describe',
  folders: ['kubectl-misc'],
  foreign: [
    { file: '_logs_', because: 'logs of a container' },
    { file: '_get_-o_json', because: 'objects in JSON' },
  ],
};
