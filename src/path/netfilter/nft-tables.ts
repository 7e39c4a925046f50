import type { NftChainFact, NftSetFact } from '../../facts/index.js';
import { type At, type NftExpression, readNftElements } from '../../kit/index.js';
import type { Missing } from '../../model/types.js';
import type { Machine } from '../machine.js';
import { type Lookup, makeLookup } from './nft-set.js';
import { type DataType, type Part, typesOf } from './nft-value.js';

/** One table of nft with what its rules refer to. */
export interface NftTable {
  readonly machine: Machine;
  readonly family: string;
  readonly name: string;
  readonly chains: readonly NftChainFact[];
  readonly sets: ReadonlyMap<string, NftSetFact>;
  /** Its rules are iptables' own: the listing loses some of them. */
  readonly translated: boolean;
}

/** A set by its name with the types of its parts, or why it is not known. */
export interface NamedSet {
  readonly lookup: Lookup;
  readonly types: readonly DataType[];
  /** Of its data; [] for sets, and for maps of verdicts. */
  readonly data: readonly DataType[];
}

const made = new WeakMap<NftSetFact, NamedSet>();

const AFFINITY = /^affinity-/;

/** Do packets put elements into it? Which are there when the next one comes no dump tells. */
const isFed = ({ chains }: NftTable, { set, flags }: NftSetFact): boolean =>
  flags.includes('dynamic') &&
  !AFFINITY.test(set) &&
  chains.some((c) => c.rules?.text.some((text) => text.includes(`add @${set} `) || text.includes(`update @${set} `)));

/** `@name`. Where only names were listed (`nft -t`) its elements are not known. */
export function namedSet(table: NftTable, name: string, from: At): NamedSet | Missing {
  const fact = table.sets.get(name);
  const missing: Missing = {
    node: table.machine.node,
    input: `nft set ${name}`,
    supply: 'nft-set',
    reason: 'not-captured',
    at: fact?.at ?? from,
  };
  if (!fact) return missing;
  const known = made.get(fact);
  if (known) return known;
  const texts = fact.elements?.text ?? (AFFINITY.test(name) ? [] : undefined);
  // Session affinity: a new client has none, and where an old one goes is among the choices that follow.
  if (!texts) return missing;
  const elements = texts.flatMap((text) => readNftElements(text) ?? []);
  if (elements.length < texts.length) return { ...missing, reason: 'truncated' };
  const types = typesOf(fact.type);
  const data = fact.data === undefined || fact.data === 'verdict' ? [] : typesOf(fact.data.replace(/^interval /, ''));
  const listed = makeLookup(elements, types, { ...missing, reason: 'unsupported' });
  const later: Missing = { ...missing, input: `what packets put into nft set ${name} since` };
  const lookup = isFed(table, fact)
    ? { ...listed, find: (parts: readonly Part[]) => listed.find(parts) ?? later }
    : listed;
  const set = { lookup, types, data };
  made.set(fact, set);
  return set;
}

/** `{ 22, 80 }` in a rule. */
export const anonymousSet = (
  e: Extract<NftExpression, { kind: 'set' }>,
  types: readonly DataType[],
  rule: At,
): Lookup => makeLookup(e.elements, types, { input: 'elements of a set', reason: 'unsupported', at: rule });
