import type { CorpusCommand } from '../corpus.js';

export const subnetEnv: CorpusCommand = { command: 'subnet-env', folders: ['subnet-env'] };
