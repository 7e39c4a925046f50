import type { CorpusCommand } from '../corpus.js';

export const birdcl: CorpusCommand = {
  command: 'birdcl',
  folders: ['birdcl'],
  foreign: [{ file: 'mergo_testdata', because: 'test data of a library' }],
};
