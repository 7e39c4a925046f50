import type { Fact } from '../kit/index.js';

/** One option of a rule with its words: `{negated:false, name:'--dport', values:['53']}`. */
export interface IptablesOption {
  readonly negated: boolean;
  readonly name: string;
  readonly values: readonly string[];
}

/** `-m NAME` with its options; a match without options (`-m comment` split off, `-m udp`) has an empty list. */
export interface IptablesMatch {
  readonly name: string;
  readonly options: readonly IptablesOption[];
}

/** What a rule says, without place and counters: shared between nodes that have the same rule. */
export interface IptablesSpec {
  /** The rule as printed after `-A CHAIN `. */
  readonly text: string;
  readonly source?: { readonly negated: boolean; readonly prefix: string };
  readonly destination?: { readonly negated: boolean; readonly prefix: string };
  readonly protocol?: { readonly negated: boolean; readonly name: string };
  readonly inInterface?: { readonly negated: boolean; readonly name: string };
  readonly outInterface?: { readonly negated: boolean; readonly name: string };
  readonly fragment?: { readonly negated: boolean };
  readonly matches: readonly IptablesMatch[];
  readonly comment?: string;
  /** `-j`; `goto` for `-g`. A rule without a target only counts. */
  readonly target?: { readonly kind: 'jump' | 'goto'; readonly name: string; readonly options: readonly IptablesOption[] };
}

/** A chain's head: `:FORWARD DROP [0:0]`. */
export interface IptablesChainFact extends Fact {
  readonly kind: 'iptables-chain';
  readonly family: 4 | 6;
  readonly table: string;
  readonly chain: string;
  /** Only built-in chains have one. */
  readonly policy?: string;
  /** `nf_tables` or `legacy` when the header says so. */
  readonly backend?: 'nft' | 'legacy';
  readonly packets?: number;
}

/** One rule, in the order of the chain. `table` is '' when the capture does not say (a grep'd excerpt). */
export interface IptablesRuleFact extends Fact {
  readonly kind: 'iptables-rule';
  readonly family: 4 | 6;
  readonly table: string;
  readonly chain: string;
  readonly backend?: 'nft' | 'legacy';
  readonly spec: IptablesSpec;
  readonly packets?: number;
}
