import type { IptablesPart, IptablesTableFact } from '../../facts/index.js';
import { type At, at, fileOf, type IptablesSpec, readSpec } from '../../kit/index.js';
import { lineIn } from './runs.js';

export interface IptablesChain {
  readonly name: string;
  /** Of its head, or of its first rule where the capture has no head. */
  readonly at: At;
  /** Of built-in chains only. */
  readonly policy?: string;
  readonly packets?: number;
}

export interface IptablesRule {
  readonly chain: string;
  readonly spec: IptablesSpec;
  readonly at: At;
  readonly packets?: number;
  /** Of rules that count by them. */
  readonly octets?: number;
  /** Parts that the capture does not tell: whether the rule matches, or what it does, is then not known. */
  readonly unread?: readonly IptablesPart[];
}

/** Rule indexes by chain index. */
const indexes = new WeakMap<IptablesTableFact, ReadonlyMap<number, readonly number[]>>();

function indexOf(fact: IptablesTableFact): ReadonlyMap<number, readonly number[]> {
  const known = indexes.get(fact);
  if (known) return known;
  const index = new Map<number, number[]>();
  for (const [rule, chain] of fact.rules.chain.entries()) {
    const rules = index.get(chain);
    if (rules) rules.push(rule);
    else index.set(chain, [rule]);
  }
  indexes.set(fact, index);
  return index;
}

/** Line of the rule with that index. */
const lineOf = ({ rules: { runs } }: IptablesTableFact, i: number): number => lineIn(runs.rule, runs.line, i);

function ruleAt(fact: IptablesTableFact, i: number): IptablesRule | undefined {
  const { chain, text, packets, octets, unread } = fact.rules;
  const reading = readSpec(text[i] ?? '');
  if (reading.kind === 'gap') return undefined;
  const count = packets?.[i];
  const parts = [...(fact.lacks ?? []), ...(unread?.[i] ?? [])];
  return {
    chain: fact.chains.name[chain[i] ?? -1] ?? '',
    spec: reading.spec,
    at: at(fileOf(fact.at), lineOf(fact, i)),
    ...(typeof count === 'number' && { packets: count }),
    ...(octets?.[i] !== undefined && { octets: octets[i] }),
    ...(parts.length > 0 && { unread: parts }),
  };
}

/** The chains of a table, in the order of the dump. */
export function chainsOf(fact: IptablesTableFact): readonly IptablesChain[] {
  const { name, line, policy, packets } = fact.chains;
  const firstRule = (i: number): number => lineOf(fact, indexOf(fact).get(i)?.[0] ?? 0);
  return name.map((n, i) => ({
    name: n,
    at: at(fileOf(fact.at), line[i] || firstRule(i)),
    ...(policy[i] !== undefined && { policy: policy[i] }),
    ...(packets[i] !== undefined && { packets: packets[i] }),
  }));
}

/** Line of one chain, by its index, without the work for all of them. */
export function chainAt(fact: IptablesTableFact, chain: number): At {
  const { line } = fact.chains;
  return at(fileOf(fact.at), line[chain] || lineOf(fact, Math.max(0, fact.rules.chain.indexOf(chain))));
}

/** The rules of one chain, in their order; none when the table has no such chain. */
export function rulesOf(fact: IptablesTableFact, chain: string): readonly IptablesRule[] {
  const rules = indexOf(fact).get(fact.chains.name.indexOf(chain)) ?? [];
  return rules.map((i) => ruleAt(fact, i)).filter((r) => r !== undefined);
}

/** A rule that is not read before it is asked for: `text` as printed behind `-A CHAIN `. */
export interface UnreadRule {
  readonly text: string;
  readonly at: At;
  /** Undefined: the text is no rule. */
  read(): IptablesRule | undefined;
}

/** As `rulesOf`, for who needs few of a chain's many rules. */
export function unreadRulesOf(fact: IptablesTableFact, chain: string): readonly UnreadRule[] {
  const rules = indexOf(fact).get(fact.chains.name.indexOf(chain)) ?? [];
  return rules.map((i) => ({
    text: fact.rules.text[i] ?? '',
    at: at(fileOf(fact.at), lineOf(fact, i)),
    read: () => ruleAt(fact, i),
  }));
}

/**
 * The rules of several tables. Big clusters have a million of them: `wanted`, which sees the text behind `-A CHAIN` and the chain's name,
 * should sort most of them out before they are read.
 */
export function* eachRule(
  facts: readonly IptablesTableFact[],
  wanted: (text: string, chain: string) => boolean = () => true,
): Generator<IptablesRule> {
  for (const fact of facts)
    for (const [i, text] of fact.rules.text.entries()) {
      if (!wanted(text, fact.chains.name[fact.rules.chain[i] ?? -1] ?? '')) continue;
      const rule = ruleAt(fact, i);
      if (rule) yield rule;
    }
}
