import type { CorpusCommand } from '../corpus.js';

export const ping: CorpusCommand = {
  command: 'ping',
  folders: ['ping'],
  incomplete: [
    { file: 'unparsable', because: 'has a line that its author put in to be no ping output' },
    { file: 'unparsedlines', because: 'has a line that its author put in to be no ping output' },
    { file: 'openstack+neutron__doc_source', because: 'cut out of a manual with the prose around it' },
  ],
};
