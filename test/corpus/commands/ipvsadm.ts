import type { CorpusCommand } from '../corpus.js';

export const ipvsadmList: CorpusCommand = {
  command: 'ipvsadm-list',
  folders: ['ipvsadm-Ln'],
};
