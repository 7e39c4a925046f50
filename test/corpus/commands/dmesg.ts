import type { CorpusCommand } from '../corpus.js';

export const dmesg: CorpusCommand = {
  command: 'dmesg',
  folders: ['dmesg'],
  incomplete: [{ file: 'moooofly+MarkSomethingDown', because: 'ends in the next prompt' }],
};
