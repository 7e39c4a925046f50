import type { Claim } from '../../kit/index.js';

/** `--table=nat`, `-t nat`, `-tnat`; undefined when none is named. */
function tableIn(argv: readonly string[]): string | undefined {
  for (const [i, word] of argv.entries()) {
    if (word === '-t' || word === '--table') return argv[i + 1];
    if (word.startsWith('--table=')) return word.slice(8);
    if (/^-t[a-z]{2,}$/.test(word)) return word.slice(2);
  }
  return undefined;
}

const MULTI = /^xtables-(?:legacy-|nft-)?multi$/;
const programOf = (argv: readonly string[]): readonly string[] => (MULTI.test(argv[0] ?? '') ? argv.slice(1) : argv);

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
  const words = programOf(argv);
  const program = words[0] ?? '';
  if (!/^ip6?tables(?:-nft|-legacy)?-save$/.test(program)) return undefined;
  // Output goes to a file.
  if (words.includes('-f') || words.includes('--file')) return undefined;
  return claim(program, tableIn(words), undefined);
}

/** Which backend the program's own name tells, or that of its file: `iptables-legacy`, `xtables-nft-multi iptables`. */
export function backendOf(argv: readonly string[], fileName = ''): 'nft' | 'legacy' | undefined {
  const ofFile = /ip6?tables[-_](nft|legacy)/.exec(fileName)?.[1];
  if (argv.length === 0 && ofFile !== undefined) return ofFile === 'nft' ? 'nft' : 'legacy';
  const name = MULTI.test(argv[0] ?? '')
    ? (argv[0] ?? '')
    : (/^ip6?tables-(?:nft|legacy)/.exec(argv[0] ?? '')?.[0] ?? '');
  return name.includes('nft') ? 'nft' : name.includes('legacy') ? 'legacy' : undefined;
}

/** `-nvL`, `-vnL KUBE-SERVICES`, `-LINPUT`: options without a value may stand before and behind the letter. */
function listed(argv: readonly string[], letter: 'S' | 'L', long: string): Claim | undefined {
  const words = programOf(argv);
  const program = words[0] ?? '';
  if (!/^ip6?tables(?:-nft|-legacy)?$/.test(program)) return undefined;
  const cluster = new RegExp(`^-[nvxw46]*${letter}([nvxwZ]*|[A-Z].*)$`);
  const at = words.findIndex((w) => w === long || w.startsWith(`${long}=`) || cluster.test(w));
  if (at === -1) return undefined;
  const word = words[at] ?? '';
  const glued = word.startsWith('--') ? word.slice(long.length + 1) : (cluster.exec(word)?.[1] ?? '');
  const next = words[at + 1];
  const chain = /^[A-Z]..|[^nvxwZ]/.test(glued)
    ? glued
    : next !== undefined && !next.startsWith('-')
      ? next
      : undefined;
  const made = claim(program, tableIn(words) ?? 'filter', chain);
  const rule = chain === next ? words[at + 2] : undefined;
  return rule !== undefined && /^\d+$/.test(rule) ? { scope: { ...made.scope, rule } } : made;
}

/** `iptables [-t table] -S [chain]`: rules in the form of a dump, of one table. */
export const ruleListing = (argv: readonly string[]): Claim | undefined => listed(argv, 'S', '--list-rules');

/** `iptables [-t table] -L [chain]`: rules as rows. */
export const rowListing = (argv: readonly string[]): Claim | undefined => listed(argv, 'L', '--list');

/** `ufw show raw`: what `iptables -L` prints of all tables, and other words of it of some chains. */
export const ufwListing = (argv: readonly string[]): Claim | undefined =>
  argv[0] === 'ufw' &&
  argv[1] === 'show' &&
  /^(?:raw|builtins|(?:before|user|after|logging)-rules)$/.test(argv[2] ?? '')
    ? {}
    : undefined;

/** The table that a file's name tells: `iptables_-t_nat_-nvL`, `iptablesnat`, `iptables-mangle.txt`. */
export const tableNamed = (fileName: string): string | undefined =>
  /tables[-_. ]*(?:-?t[-_. ]+)?(nat|filter|mangle|raw|security)/.exec(fileName)?.[1];
