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

/** What a rule says, without place and counters. */
export interface IptablesSpec {
  /** The rule as printed after `-A CHAIN `. */
  readonly text: string;
  readonly source?: { readonly negated: boolean; readonly prefix: string };
  readonly destination?: { readonly negated: boolean; readonly prefix: string };
  readonly protocol?: { readonly negated: boolean; readonly name: string };
  readonly inInterface?: { readonly negated: boolean; readonly name: string };
  readonly outInterface?: { readonly negated: boolean; readonly name: string };
  readonly fragment?: { readonly negated: boolean };
  /** Without `-m comment`: its text is `comment`. */
  readonly matches: readonly IptablesMatch[];
  readonly comment?: string;
  /** `-j`; `goto` for `-g`. A rule without a target only counts. */
  readonly target?: {
    readonly kind: 'jump' | 'goto';
    readonly name: string;
    readonly options: readonly IptablesOption[];
  };
}
