import type { CorpusCommand } from '../corpus.js';

export const ipMaddr: CorpusCommand = { command: 'ip-maddr', folders: ['ip-maddr'] };
