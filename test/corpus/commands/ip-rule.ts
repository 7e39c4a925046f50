import type { CorpusCommand } from '../corpus.js';

export const ipRule: CorpusCommand = {
  command: 'ip-rule',
  folders: ['ip-rule'],
  incomplete: [{ file: 'multi-vtep_L180', because: 'cut by hand, with `...` in place of the lines' }],
};
