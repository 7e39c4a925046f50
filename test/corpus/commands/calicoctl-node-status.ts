import type { CorpusCommand } from '../corpus.js';

export const calicoctlNodeStatus: CorpusCommand = {
  command: 'calicoctl-node-status',
  folders: ['calico-node-status'],
};
