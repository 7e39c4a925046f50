import type { ResolverFact } from '../../../src/facts/index.js';
import type { CorpusCommand } from '../corpus.js';

interface Answer {
  readonly nameservers?: readonly string[];
  readonly search?: readonly string[];
  readonly domain?: string;
  readonly options?: readonly string[];
}

export const resolvConf: CorpusCommand = {
  command: 'resolv-conf',
  folders: ['resolv-conf'],
  foreign: [{ file: '.json.txt', because: "jc's answer, not the file itself" }],
  oracleErrors: [{ file: 'resolve.conf-1.txt', because: 'adds up two search lines, of which glibc takes the last' }],
  oracle(file, facts) {
    if (file.answer === undefined) return undefined;
    const { nameservers = [], search, domain, options = [] } = file.answer as Answer;
    return {
      ours: (facts as readonly ResolverFact[]).map((f) => ({
        nameservers: f.nameservers,
        search: f.search,
        options: f.options,
      })),
      // jc keeps `domain` apart; for the resolver it is a search list of one.
      theirs: [{ nameservers, search: search ?? (domain === undefined ? [] : [domain]), options }],
    };
  },
};
