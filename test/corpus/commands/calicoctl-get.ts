import type { CorpusCommand } from '../corpus.js';

export const calicoctlGet: CorpusCommand = {
  command: 'calicoctl-get',
  folders: ['calicoctl-get'],
  foreign: [{ file: 'tigera+docs', because: 'pages of a manual without any output' }],
};
