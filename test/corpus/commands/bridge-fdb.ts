import type { CorpusCommand } from '../corpus.js';

export const bridgeFdb: CorpusCommand = {
  command: 'bridge-fdb',
  folders: ['bridge-fdb'],
};
