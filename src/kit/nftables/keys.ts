import type { NftToken } from './tokens.js';

/** Keys of `meta` that nft prints without the word in all versions (src/meta.c, meta_key_is_unqualified). */
const BARE: ReadonlySet<string> = new Set(['iif', 'oif', 'iifname', 'oifname', 'iifgroup', 'oifgroup']);

/** Those that nft before 0.9 printed without it as well. */
const ONCE_BARE: ReadonlySet<string> = new Set([
  ...['mark', 'iiftype', 'oiftype', 'skuid', 'skgid', 'rtclassid', 'cpu', 'pkttype', 'cgroup', 'secpath', 'random'],
  ...['ibriport', 'obriport', 'ibrname', 'obrname', 'nftrace', 'length', 'nfproto', 'l4proto', 'protocol'],
]);

/** Headers whose selector is one more word. */
const HEADERS: ReadonlySet<string> = new Set([
  ...['ip', 'ip6', 'tcp', 'udp', 'udplite', 'sctp', 'dccp', 'ah', 'esp', 'comp', 'icmp', 'icmpv6', 'igmp', 'ether'],
  ...['vlan', 'arp', 'th', 'gre', 'gretap', 'vxlan', 'geneve', 'hbh', 'frag', 'dst', 'mh', 'srh', 'tunnel', 'auth'],
]);

/** Name of `meta KEY` as this project writes it. */
export const metaKey = (key: string): string =>
  BARE.has(key) ? key : `meta ${key === 'ibriport' ? 'ibrname' : key === 'obriport' ? 'obrname' : key}`;

/** Selectors that hold bits: a value without an operator asks for any of them. */
export const isBits = (name: string): boolean =>
  name === 'tcp flags' || /^ct (?:(?:original|reply) )?(?:state|status|label|event)$/.test(name);

export interface NftKey {
  readonly name: string;
  readonly next: number;
}

/** The selector at token `at`, in one form for all versions; undefined when there is none. */
export function keyAt(tokens: readonly NftToken[], at: number): NftKey | undefined {
  if (tokens[at]?.quoted) return undefined;
  const word = (i: number): string => (tokens[i]?.quoted ? '' : (tokens[i]?.text ?? ''));
  const first = word(at);
  const joined = (count: number): NftKey => ({
    name: Array.from({ length: count }, (_, i) => word(at + i)).join(' '),
    next: at + count,
  });
  if (first.startsWith('@') && first.includes(',')) return joined(1);
  if (first === 'meta') return /^\w/.test(word(at + 1)) ? { name: metaKey(word(at + 1)), next: at + 2 } : undefined;
  if (BARE.has(first) || ONCE_BARE.has(first)) return { name: metaKey(first), next: at + 1 };
  switch (first) {
    case 'ct':
      return ctKey(word, at);
    case 'fib':
      return fibKey(word, at);
    case 'numgen':
    case 'symhash':
    case 'jhash':
      return generator(word, at, tokens.length);
    case 'rt':
      return joined(/^ip6?$/.test(word(at + 1)) ? 3 : 2);
    case 'socket':
      return word(at + 1) === 'cgroupv2' ? joined(4) : joined(2);
    case 'osf':
      return word(at + 1) === 'ttl' ? joined(4) : joined(2);
    case 'ipsec':
      return joined(
        2 + (word(at + 2) === 'spnum' ? 2 : 0) + (/^ip6?$/.test(word(at + (word(at + 2) === 'spnum' ? 4 : 2))) ? 2 : 1),
      );
    case 'exthdr':
      return joined(2);
    default:
      return HEADERS.has(first) ? headerKey(word, at, joined) : undefined;
  }
}

function headerKey(word: (i: number) => string, at: number, joined: (count: number) => NftKey): NftKey | undefined {
  const [first, second] = [word(at), word(at + 1)];
  if (!/^[a-z]/.test(second)) return undefined;
  // `tcp option maxseg size`, `sctp chunk data tsn`; without the last word it is asked whether there is one.
  if (second === 'option' || second === 'chunk')
    return joined(word(at + 2).startsWith('@') || /^(?:exists|missing|set)?$|^\d/.test(word(at + 3)) ? 3 : 4);
  if (first === 'arp' && /^[sd]addr$/.test(second)) return joined(3);
  // The packet inside of a tunnel's.
  if (/^(?:gre|gretap|vxlan|geneve)$/.test(first) && HEADERS.has(second)) return joined(3);
  return joined(2);
}

/** `ct state`, `ct original ip saddr`, `ct original proto-dst`; in old versions `ct original saddr`. */
function ctKey(word: (i: number) => string, at: number): NftKey | undefined {
  let i = at + 1;
  const words = ['ct'];
  if (/^(?:original|reply)$/.test(word(i))) words.push(word(i++));
  if (/^ip6?$/.test(word(i))) words.push(word(i++));
  if (!/^[a-z]/.test(word(i))) return undefined;
  words.push(word(i++));
  return { name: words.join(' '), next: i };
}

/** `fib saddr . mark . iif oif` */
function fibKey(word: (i: number) => string, at: number): NftKey | undefined {
  let i = at + 1;
  const flags = [word(i++)];
  while (word(i) === '.') {
    flags.push(word(i + 1));
    i += 2;
  }
  const result = word(i);
  if (!/^(?:oif|oifname|type|check)$/.test(result)) return undefined;
  return { name: `fib ${flags.join(' . ')} ${result === 'check' ? 'oif' : result}`, next: i + 1 };
}

/** `numgen random mod 2`, `jhash ip saddr . tcp dport mod 2 seed 0x1`; no offset is the same as 0. */
function generator(word: (i: number) => string, at: number, end: number): NftKey | undefined {
  let i = at;
  const words: string[] = [];
  while (i < end && i < at + 40 && word(i) !== 'mod') words.push(word(i++));
  if (word(i) !== 'mod') return undefined;
  words.push('mod', word(i + 1));
  i += 2;
  for (;;) {
    const name = word(i);
    if (name !== 'offset' && name !== 'seed') break;
    const value = String(Number(word(i + 1)));
    if (value !== '0') words.push(name, value);
    i += 2;
  }
  return { name: words.join(' '), next: i };
}
