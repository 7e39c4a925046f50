import type { CorpusCommand } from '../corpus.js';

export const kubectlObject: CorpusCommand = {
  command: 'kubectl-object',
  folders: ['kubectl-get-nodes', 'kubectl-get-pods', 'kubectl-get-svc', 'kubectl-misc'],
  foreign: [
    { file: '_L', because: 'a table, or an excerpt out of a manual' },
    { file: '_logs_', because: 'logs of a container' },
    { file: '_describe_', because: 'a description' },
    { file: 'goldpinger', because: 'the answer of another program' },
  ],
};
