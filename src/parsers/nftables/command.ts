import type { Claim } from '../../kit/index.js';

/** What an `nft` command line asks for. */
export interface NftCommand {
  readonly claim: Claim;
  readonly json: boolean;
  /** `list chains` and `list tables` print no rules. */
  readonly rules: boolean;
  /** `-t` leaves the elements of sets out. */
  readonly elements: boolean;
}

const ALL = ['nft-table', 'nft-chain', 'nft-set', 'nft-object'];
const FAMILIES = /^(?:ip|ip6|inet|arp|bridge|netdev)$/;

/** Kinds that each `list …` shows. `list table` shows one with all that is in it. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  ruleset: ALL,
  tables: ['nft-table'],
  table: ALL,
  chains: ['nft-chain'],
  chain: ['nft-chain'],
  ...Object.fromEntries(
    ['sets', 'set', 'maps', 'map', 'meters', 'meter', 'flow table', 'flow tables'].map((w) => [w, ['nft-set']]),
  ),
  ...Object.fromEntries(
    [
      'counters',
      'counter',
      'quotas',
      'quota',
      'limits',
      'limit',
      'flowtables',
      'flowtable',
      'secmarks',
      'secmark',
      'synproxys',
      'synproxy',
    ].map((w) => [w, ['nft-object']]),
  ),
};

/** Options that take the next word. */
const VALUED = /^(?:-[fID]|--file|--includepath|--define)$/;

/** The words behind the options; undefined when rules are read from a file. */
function split(argv: readonly string[]): { readonly words: string[]; readonly options: string } | undefined {
  const words: string[] = [];
  let options = '';
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (VALUED.test(word)) return undefined;
    if (word === '--json') options += 'j';
    else if (word === '--terse') options += 't';
    else if (/^-[a-zA-Z]+$/.test(word)) options += word.slice(1);
    else if (!word.startsWith('-')) words.push(...word.replace(/;$/, '').split(' '));
  }
  return { words: words.filter((w) => w !== ''), options };
}

/** `nft [-a] [-s] [-n] [-t] [-j] list …`. */
export function nftCommand(argv: readonly string[]): NftCommand | undefined {
  if (argv[0] !== 'nft') return undefined;
  const read = split(argv);
  if (read?.words[0] !== 'list') return undefined;
  const { words, options } = read;
  const two = words[1] === 'ct' || words[1] === 'flow';
  const what = two ? words.slice(1, 3).join(' ') : (words[1] ?? '');
  const kinds = two && words[1] === 'ct' ? ['nft-object'] : KINDS[what];
  if (
    !kinds ||
    !Object.keys(KINDS)
      .concat('ct')
      .includes(two && words[1] === 'ct' ? 'ct' : what)
  )
    return undefined;
  return {
    claim: { scope: scopeOf(what, words.slice(two ? 3 : 2)), kinds },
    json: options.includes('j'),
    rules: what !== 'chains' && what !== 'tables',
    elements: !options.includes('t'),
  };
}

/** Without a family a table is of IPv4, and a listing of all families (nft(8), ADDRESS FAMILIES). */
function scopeOf(what: string, words: readonly string[]): Record<string, string> {
  const family = FAMILIES.test(words[0] ?? '') ? words[0] : undefined;
  const [table, name] = family === undefined ? words : words.slice(1);
  if (what.endsWith('s') || what === 'ruleset')
    return {
      ...(family !== undefined && { family }),
      ...(table !== undefined && table !== 'table' && { table }),
      ...(table === 'table' && name !== undefined && { table: name }),
    };
  const own = what === 'chain' ? 'chain' : /^(?:set|map|meter|flow table)$/.test(what) ? 'set' : 'name';
  return {
    family: family ?? 'ip',
    ...(table !== undefined && { table }),
    ...(name !== undefined && what !== 'table' && { [own]: name }),
  };
}
