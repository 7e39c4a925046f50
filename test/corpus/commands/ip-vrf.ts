import type { LinkFact } from '../../../src/facts/index.js';
import type { CorpusCommand } from '../corpus.js';

export const ipVrf: CorpusCommand = {
  command: 'ip-vrf',
  folders: ['ip-netns'],
  foreign: [
    { file: 'ip_netns', because: '`ip netns`' },
    { file: 'moby+moby__', because: '`ip netns`' },
    { file: 'openstack+neutron__', because: '`ip netns`' },
    { file: 'ssup2+blog-old__', because: '`ip netns`' },
  ],
  oracle: (file, facts) => ({
    ours: (facts as readonly LinkFact[]).map((f) => [f.name, f.info?.attributes['table']]),
    theirs: (file.answer as { parsed_sample: readonly { name: string; table: string }[] }).parsed_sample.map((row) => [
      row.name,
      row.table,
    ]),
  }),
};
