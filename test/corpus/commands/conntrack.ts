import type { CorpusCommand } from '../corpus.js';

export const conntrack: CorpusCommand = {
  command: 'conntrack',
  folders: ['conntrack'],
};
