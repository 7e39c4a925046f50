import type { CorpusCommand } from '../corpus.js';

export const bridgeVlan: CorpusCommand = { command: 'bridge-vlan', folders: ['bridge-vlan'] };
