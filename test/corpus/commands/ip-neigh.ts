import type { CorpusCommand } from '../corpus.js';

export const ipNeigh: CorpusCommand = {
  command: 'ip-neigh',
  folders: ['ip-neigh'],
  incomplete: [{ file: 'clean_content_ipv6', because: 'the MAC is taken out by a cleaner under test' }],
};
