import type { CorpusCommand } from '../corpus.js';

export const ipsetList: CorpusCommand = {
  command: 'ipset-list',
  folders: ['ipset-list'],
  incomplete: [{ file: 'jonsun-zhao+kubelab', because: 'cut by hand: begins with `...`' }],
};

export const ipsetSave: CorpusCommand = {
  command: 'ipset-save',
  folders: ['ipset-save'],
};
