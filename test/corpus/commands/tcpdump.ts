import type { CorpusCommand } from '../corpus.js';

export const tcpdump: CorpusCommand = {
  command: 'tcpdump',
  folders: ['tcpdump'],
};
