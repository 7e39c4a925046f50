import type { IptablesTableFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import { sharedName } from './shared.js';

/** A table as far as it is read. */
export interface Table {
  /** Line index that the fact stands for. */
  readonly line: number;
  readonly family: 4 | 6;
  readonly name: string;
  readonly backend: 'nft' | 'legacy' | undefined;
  /** Index by chain. */
  readonly known: Map<string, number>;
  readonly chains: {
    readonly name: string[];
    readonly line: number[];
    readonly policy: Record<number, string>;
    readonly packets: Record<number, number>;
  };
  readonly rules: { readonly chain: number[]; readonly text: string[]; readonly line: number[] };
  /** Empty until a rule has counters. */
  readonly packets: (number | null)[];
}

export const newTable = (line: number, family: 4 | 6, name: string, backend: 'nft' | 'legacy' | undefined): Table => ({
  line,
  family,
  name,
  backend,
  known: new Map(),
  chains: { name: [], line: [], policy: {}, packets: {} },
  rules: { chain: [], text: [], line: [] },
  packets: [],
});

/** Index of the chain, which is added if it is new. */
export function chainIndex(table: Table, name: string): number {
  const known = table.known.get(name);
  if (known !== undefined) return known;
  const own = sharedName(name);
  const index = table.chains.name.push(own) - 1;
  table.chains.line.push(0);
  table.known.set(own, index);
  return index;
}

/** `line` counts from 1 in the file. */
export function addChain(
  table: Table,
  line: number,
  name: string,
  policy: string | undefined,
  packets: number | undefined,
): void {
  const { chains } = table;
  const index = chainIndex(table, name);
  if (chains.line[index] === 0) chains.line[index] = line;
  if (policy === undefined) return;
  chains.policy[index] = policy;
  if (packets !== undefined) chains.packets[index] = packets;
}

export function addRule(table: Table, line: number, chain: number, text: string, packets: number | undefined): void {
  const { rules } = table;
  if (packets !== undefined || table.packets.length > 0) {
    while (table.packets.length < rules.text.length) table.packets.push(null);
    table.packets.push(packets ?? null);
  }
  rules.chain.push(chain);
  rules.text.push(text);
  rules.line.push(line);
}

/** The table as a fact. Arrays that grew have room left over, which copies do not. */
export function tableFact({ family, name, backend, chains, rules, packets }: Table): Draft<IptablesTableFact> {
  return {
    kind: 'iptables-table',
    family,
    table: name,
    ...(backend && { backend }),
    chains: { ...chains, name: chains.name.slice(), line: chains.line.slice() },
    rules: {
      chain: rules.chain.slice(),
      text: rules.text.slice(),
      line: rules.line.slice(),
      ...(packets.length > 0 && { packets: packets.slice() }),
    },
  };
}
