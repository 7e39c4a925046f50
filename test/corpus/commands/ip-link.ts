import type { CorpusCommand } from '../corpus.js';
import { links } from './ip-addr.js';

export const ipLink: CorpusCommand = {
  command: 'ip-link',
  folders: ['ip-link'],
  incomplete: [
    { file: 'config-ovs-offload_L182', because: 'goes on with prose' },
    { file: 'config-sriov_L187', because: 'goes on with prose' },
    { file: 'basic-networking_L31', because: 'goes on with a chapter of prose' },
    { file: 'NodeLocal_DNSCache_L33', because: '`...` where lines were left out' },
  ],
  oracle: (file, facts) => links(file.answer, facts, false),
};
