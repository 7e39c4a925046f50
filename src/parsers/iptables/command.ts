import type { Claim } from '../../kit/index.js';

/** `--table=nat`, `-t nat`, `-tnat`; undefined when none is named. */
function tableIn(argv: readonly string[]): string | undefined {
  for (const [i, word] of argv.entries()) {
    if (word === '-t' || word === '--table') return argv[i + 1];
    if (word.startsWith('--table=')) return word.slice(8);
    if (/^-t[a-z]+$/.test(word)) return word.slice(2);
  }
  return undefined;
}

const MULTI = /^xtables-(?:legacy-|nft-)?multi$/;

/** Selections that the command line makes; IPv6 is one, for `iptables` shows IPv4 alone. */
function claim(program: string, table: string | undefined, chain: string | undefined): Claim {
  return {
    scope: {
      ...(program.startsWith('ip6') && { family: '6' }),
      ...(table !== undefined && { table }),
      ...(chain !== undefined && { chain }),
    },
  };
}

/** `iptables-save [-c] [-t table]` in all its names. */
export function saveCommand(argv: readonly string[]): Claim | undefined {
  const words = MULTI.test(argv[0] ?? '') ? argv.slice(1) : argv;
  const program = words[0] ?? '';
  if (!/^ip6?tables(?:-nft|-legacy)?-save$/.test(program)) return undefined;
  // Output goes to a file.
  if (words.includes('-f') || words.includes('--file')) return undefined;
  return claim(program, tableIn(words), undefined);
}

/** `iptables [-t table] -S [chain]`: rules in the form of a dump, of one table. */
export function ruleListing(argv: readonly string[]): Claim | undefined {
  const words = MULTI.test(argv[0] ?? '') ? argv.slice(1) : argv;
  const program = words[0] ?? '';
  if (!/^ip6?tables(?:-nft|-legacy)?$/.test(program)) return undefined;
  const at = words.findIndex((w) => w === '--list-rules' || /^-[nvwx]*S[nvwx]*$/.test(w));
  if (at === -1) return undefined;
  const chain = words[at + 1];
  return claim(program, tableIn(words) ?? 'filter', chain !== undefined && !chain.startsWith('-') ? chain : undefined);
}
