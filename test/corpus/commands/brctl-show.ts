import type { CorpusCommand } from '../corpus.js';

export const brctlShow: CorpusCommand = {
  command: 'brctl-show',
  folders: ['brctl-show'],
  incomplete: [
    { file: 'brctl_show_L11', because: 'ends in the rule of a docstring' },
    { file: 'internals_layer3_L186', because: 'goes on with the next section of the document' },
  ],
};
