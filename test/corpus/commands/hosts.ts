import type { HostsEntryFact } from '../../../src/facts/index.js';
import { canonicalAddress } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

interface Row {
  readonly ip: string;
  readonly hostname: readonly string[];
}

export const hosts: CorpusCommand = {
  command: 'hosts',
  folders: ['hosts'],
  oracle: (file, facts) => ({
    ours: (facts as readonly HostsEntryFact[]).map((f) => [f.address, f.names]),
    theirs: (file.answer as readonly Row[]).map((r) => [canonicalAddress(r.ip), r.hostname]),
  }),
};
