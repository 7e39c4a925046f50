import type { Fact } from '../kit/index.js';

/**
 * Chains and rules of a table that sees frames, before iptables sees packets. Columns and no object per line, as in IptablesTableFact;
 * `frameRulesOf` reads them.
 */
export interface FrameTable {
  readonly table: string;
  /** When the header says so. */
  readonly backend?: 'nft' | 'legacy';
  /** `# Warning: … tables present`: rules of this backend exist and are not in this dump. */
  readonly otherBackend?: 'nft' | 'legacy';
  readonly chains: {
    readonly name: readonly string[];
    /** Line of the chain's head; 0 when only rules show the chain. */
    readonly line: readonly number[];
    /** By index. Of ebtables' own chains too, where a frame that matches no rule then meets it (`RETURN`). */
    readonly policy: Readonly<Record<number, string>>;
  };
  /** In the order of the dump, which is that of each chain. */
  readonly rules: {
    /** Index of the chain. */
    readonly chain: readonly number[];
    /** As printed, without number and counters: `-p ARP -i eth0 -j ACCEPT`, of arptables `-j ACCEPT -i eth0 -s 10.0.0.0/24`. */
    readonly text: readonly string[];
    /** Lines, as runs of consecutive ones: rule `rule[k]` stands on line `line[k]`, the next rules on the next lines. */
    readonly runs: { readonly rule: readonly number[]; readonly line: readonly number[] };
    /** Set when the listing has counters; null for a rule without. arptables rounds them: `609K`. */
    readonly packets?: readonly (number | null)[];
  };
}

/** One table of the bridge's firewall: `ebtables -L`, `ebtables-save`. It drops frames that no iptables rule ever sees. */
export interface EbtablesTableFact extends Fact, FrameTable {
  readonly kind: 'ebtables-table';
}

/** The table that filters ARP: `arptables -L`, `arptables-save`. What it drops looks like a neighbour that does not answer. */
export interface ArptablesTableFact extends Fact, FrameTable {
  readonly kind: 'arptables-table';
}
