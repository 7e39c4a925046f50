import type { CorpusCommand } from '../corpus.js';

export const nftList: CorpusCommand = {
  command: 'nft-list',
  folders: ['nft-list'],
  foreign: [
    { file: 'json_iptables_nft', because: "a test's own expectations in JSON, no output of nft" },
    { file: 'foreign-nft-dump', because: 'commands that make a ruleset, typed by hand' },
    { file: 'e2e_rules_L', because: 'source code of a test, lines in quotes' },
  ],
};
