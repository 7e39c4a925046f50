import type { CorpusCommand } from '../corpus.js';

export const networkctl: CorpusCommand = { command: 'networkctl', folders: ['networkctl'] };
