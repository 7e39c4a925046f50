import type { BirdConfigProtocolFact } from '../../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft } from '../../kit/index.js';
import type { Statement } from './statements.js';

const isOn = (words: readonly string[], at: number): boolean => !/^(?:off|no|false)$/.test(words[at] ?? 'on');
const numberIn = (word: string | undefined): number | undefined =>
  word !== undefined && /^\d{1,10}$/.test(word) ? Number(word) : undefined;
const behind = (words: readonly string[], word: string): string | undefined => {
  const at = words.indexOf(word);
  return at < 0 ? undefined : words[at + 1];
};

interface Draftable {
  neighbour?: string;
  neighbourPort?: number;
  neighbourAs?: number;
  localAs?: number;
  sourceAddress?: string;
  passive?: boolean;
  multihop?: boolean;
  rrClient?: boolean;
  password?: true;
  import?: string;
  export?: string;
  table?: string;
  kernelTable?: number;
  learn?: boolean;
  interfaces?: string[];
}

/** Addresses that are written and can't be read. */
const MASKED = 'an address of the protocol is masked';

type Reading = { readonly fact: Draft<BirdConfigProtocolFact> } | { readonly masked: string; readonly line: number };

/** `protocol bgp Mesh_10_0_0_2 from bgp_template { neighbor 10.0.0.2 as 64512; … }`, a template, `protocol kernel { … }`. */
export function protocolOf(statement: Statement): Reading {
  const [first = '', protocol = '', ...rest] = statement.words;
  const from = behind(rest, 'from');
  const name = rest[0] === 'from' ? undefined : rest[0];
  const draft: Draftable = {};
  const routes: { prefix: string; type: string; via?: string }[] = [];
  let disabled = false;
  let masked: number | undefined;
  // Since BIRD 2 import and export stand in the block of a channel: `ipv4 { import all; };`.
  const inner = (statement.block ?? []).flatMap((s) =>
    s.block && /^(?:ipv[46]|vpn[46]|flow[46])(?:-\w+)?$/.test(s.words[0] ?? '') ? [s, ...s.block] : [s],
  );
  for (const { words, line, block } of inner) {
    const [word = ''] = words;
    if (word === 'disabled') disabled = isOn(words, 1);
    else if (word === 'route') {
      const route = routeOf(words);
      if (route) routes.push(route);
      else masked ??= line;
    } else if (!take(draft, words, block !== undefined)) masked ??= line;
  }
  if (masked !== undefined) return { masked: MASKED, line: masked };
  return {
    fact: {
      kind: 'bird-config-protocol',
      ...(name !== undefined && { name }),
      protocol,
      isTemplate: first === 'template',
      ...(from !== undefined && { from }),
      disabled,
      ...draft,
      ...(routes.length > 0 && { routes }),
    },
  };
}

/** One option; false when its address can't be read. */
function take(draft: Draftable, words: readonly string[], hasBlock: boolean): boolean {
  const [word = '', next = ''] = words;
  switch (word) {
    case 'neighbor':
      return neighbour(draft, words);
    case 'local': {
      const as = numberIn(behind(words, 'as'));
      if (as !== undefined) draft.localAs = as;
      const address = canonicalAddress(next);
      if (address !== undefined) draft.sourceAddress = address;
      return address !== undefined || next === 'as' || next === 'port' || next === 'role' || !/[.:]/.test(next);
    }
    case 'source': {
      const address = canonicalAddress(words[2] ?? '');
      if (next === 'address' && address === undefined) return false;
      if (address !== undefined) draft.sourceAddress = address;
      return true;
    }
    case 'passive':
      draft.passive = isOn(words, 1);
      return true;
    case 'multihop':
      draft.multihop = isOn(words, 1);
      return true;
    case 'direct':
      draft.multihop = false;
      return true;
    case 'rr':
      if (next === 'client') draft.rrClient = isOn(words, 2);
      return true;
    case 'password':
      draft.password = true;
      return true;
    case 'import':
    case 'export':
      // `import limit`, `import keep filtered` are no filters.
      if (/^(?:all|none|filter|where)$/.test(next))
        draft[word] = hasBlock ? 'filter { … }' : words.slice(1).join(' ').slice(0, 200);
      return true;
    case 'table':
      draft.table = next;
      return true;
    case 'kernel': {
      const table = numberIn(words[2]);
      if (next === 'table' && table !== undefined) draft.kernelTable = table;
      return true;
    }
    case 'learn':
      draft.learn = isOn(words, 1);
      return true;
    case 'interface':
      // `-"cali*"` excludes; the sign is a word of its own before a string.
      draft.interfaces = words
        .slice(1)
        .join(' ')
        .split(/\s*,\s*/)
        .map((w) => w.replace(/"/g, '').replace(/^- /, '-').trim())
        .filter((w) => w !== '');
      return true;
    default:
      return true;
  }
}

/** `neighbor 10.0.0.2 port 179 as 64512`, `neighbor range 10.0.0.0/24 external`, `neighbor fe80::1%eth0`, `neighbor 'fe80::1' % 'eth0'`. */
function neighbour(draft: Draftable, words: readonly string[]): boolean {
  const ranged = words[1] === 'range';
  const written = (words[ranged ? 2 : 1] ?? '').replace(/%.*$/, '');
  const address = ranged ? canonicalPrefix(written) : canonicalAddress(written);
  const as = numberIn(behind(words, 'as'));
  const port = numberIn(behind(words, 'port'));
  if (address !== undefined) draft.neighbour = address;
  if (as !== undefined) draft.neighbourAs = as;
  if (port !== undefined) draft.neighbourPort = port;
  // `neighbor as 64512` of BIRD 2 leaves the address to another statement.
  return address !== undefined || !/[.:]/.test(written);
}

/** `route 10.244.1.0/26 blackhole`, `route 10.0.0.0/8 via 10.1.1.1`, `route 10.0.0.0/8 via "eth0"`. */
function routeOf(words: readonly string[]): { prefix: string; type: string; via?: string } | undefined {
  const prefix = canonicalPrefix(words[1] ?? '');
  if (prefix === undefined) return undefined;
  const [, , type = '', via] = words;
  if (type !== 'via') return { prefix, type };
  return { prefix, type: 'via', ...(via !== undefined && { via: canonicalAddress(via) ?? via.replace(/"/g, '') }) };
}
