import type { CorpusCommand } from '../corpus.js';

const PROSE = 'goes on with the document that it stands in';

export const ipNetns: CorpusCommand = {
  command: 'ip-netns',
  folders: ['ip-netns'],
  foreign: [{ file: 'linux_ip_vrf_show', because: '`ip vrf show`' }],
  incomplete: [
    { file: 'moby+moby__', because: PROSE },
    { file: 'openstack+neutron__', because: PROSE },
  ],
};
