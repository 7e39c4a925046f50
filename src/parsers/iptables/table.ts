import type { IptablesPart, IptablesTableFact } from '../../facts/index.js';
import { type Draft, decode } from '../../kit/index.js';
import { isText, MOST } from './shared.js';

/** A table as far as it is read. */
export interface Table {
  /** Line index that the fact stands for. */
  readonly line: number;
  readonly family: 4 | 6;
  readonly name: string;
  readonly backend: 'nft' | 'legacy' | undefined;
  readonly unread: Record<number, readonly IptablesPart[]>;
  readonly policy: Record<number, string>;
  readonly packets: Record<number, number>;
  readonly runs: { readonly rule: number[]; readonly line: number[] };
  /** How many chains and rules stand in the columns. */
  chains: number;
  rules: number;
  /** Some rule has counters. */
  counted: boolean;
  /** Octets of rules that count by them. */
  readonly octets: Record<number, number>;
  /** Line that would continue the last run. */
  nextLine: number;
}

/**
 * Chains and rules of the table at hand. All tables use these columns one after the other and take a copy at their end: arrays that grow
 * for each of them would leave several times their size to the collector.
 */
const columns = {
  chainName: [] as string[],
  chainLine: [] as number[],
  chain: [] as number[],
  text: [] as string[],
  packets: [] as (number | null)[],
};

/** Chain names by number: the same string object for all nodes that have the chain, and its index in the table at hand or -1. */
const names = { number: new Map<string, number>(), text: [] as string[], index: [] as number[] };

export function newTable(line: number, family: 4 | 6, name: string, backend: Table['backend']): Table {
  if (names.text.length > MOST) {
    names.number.clear();
    names.text.length = 0;
    names.index.length = 0;
  }
  names.index.fill(-1);
  const runs = { rule: [], line: [] };
  return {
    line,
    family,
    name,
    backend,
    unread: {},
    policy: {},
    packets: {},
    runs,
    chains: 0,
    rules: 0,
    counted: false,
    octets: {},
    nextLine: -1,
  };
}

/** Index of the chain, which is added if it is new. */
export function chainIndex(table: Table, name: string): number {
  const number = names.number.get(name) ?? names.text.length;
  if (number === names.text.length) {
    names.number.set(name, number);
    names.text.push(name);
    names.index.push(-1);
  }
  const known = names.index[number] ?? -1;
  if (known !== -1) return known;
  const index = table.chains++;
  names.index[number] = index;
  columns.chainName[index] = names.text[number] ?? name;
  columns.chainLine[index] = 0;
  return index;
}

export const chainNameAt = (index: number): string => columns.chainName[index] ?? '';

/** Has the table a head for the chain? */
export const hasHead = (index: number): boolean => columns.chainLine[index] !== 0;

/**
 * Index of the chain that a rule names, bytes `from` to `to`. A dump lists the rules by chain, in the order of the heads: most often it is
 * that of the rule before, or the next one.
 */
export function chainOfRule(table: Table, bytes: Uint8Array, from: number, to: number): number {
  const last = table.rules === 0 ? 0 : (columns.chain[table.rules - 1] ?? 0);
  const end = Math.min(last + 2, table.chains);
  for (let i = last; i < end; i++) if (isText(columns.chainName[i], bytes, from, to)) return i;
  return chainIndex(table, decode(bytes, from, to));
}

/** `line` counts from 1 in the file. */
export function addChain(
  table: Table,
  line: number,
  name: string,
  policy: string | undefined,
  packets: number | undefined,
): void {
  const index = chainIndex(table, name);
  if (columns.chainLine[index] === 0) columns.chainLine[index] = line;
  if (policy === undefined) return;
  table.policy[index] = policy;
  if (packets !== undefined) table.packets[index] = packets;
}

/** What a counter tells: `12:720`, or the packets alone. */
export interface Counted {
  readonly packets: number;
  readonly octets?: number;
}

export function addRule(table: Table, line: number, chain: number, text: string, counted: Counted | undefined): void {
  const packets = counted?.packets;
  const i = table.rules++;
  columns.chain[i] = chain;
  columns.text[i] = text;
  if (packets !== undefined && !table.counted) {
    for (let k = 0; k < i; k++) columns.packets[k] = null;
    table.counted = true;
  }
  if (table.counted) columns.packets[i] = packets ?? null;
  if (counted?.octets !== undefined && text.includes('-m quota ')) table.octets[i] = counted.octets;
  if (line !== table.nextLine) {
    table.runs.rule.push(i);
    table.runs.line.push(line);
  }
  table.nextLine = line + 1;
}

/** How the table was printed, which its lines don't tell. */
export type Printed = Pick<IptablesTableFact, 'form' | 'lacks'>;

export function tableFact(table: Table, name: string, { form, lacks }: Printed): Draft<IptablesTableFact> {
  const { family, backend, unread, policy, packets, runs, chains, rules, counted, octets } = table;
  return {
    kind: 'iptables-table',
    family,
    table: name,
    ...(backend && { backend }),
    ...(form && { form }),
    ...(lacks && { lacks }),
    chains: { name: columns.chainName.slice(0, chains), line: columns.chainLine.slice(0, chains), policy, packets },
    rules: {
      chain: columns.chain.slice(0, rules),
      text: columns.text.slice(0, rules),
      runs,
      ...(counted && { packets: columns.packets.slice(0, rules) }),
      ...(Object.keys(octets).length > 0 && { octets }),
      ...(Object.keys(unread).length > 0 && { unread }),
    },
  };
}
