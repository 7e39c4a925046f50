import type { Fact } from '../kit/index.js';

export type { NftExpression, NftStatement } from '../kit/index.js';

/** `table ip nat { … }`. */
export interface NftTableFact extends Fact {
  readonly kind: 'nft-table';
  /** `ip`, `ip6`, `inet`, `arp`, `bridge`, `netdev`. */
  readonly family: string;
  readonly table: string;
  /** `dormant`: its chains are not called. `owner`, `persist`: of the program that made it. */
  readonly flags?: readonly string[];
  readonly comment?: string;
  /** `# Warning: table ip nat is managed by iptables-nft, do not touch!`: iptables-save shows the same rules. */
  readonly managed?: true;
}

/** What makes a chain one that the kernel calls: packets meet the chains of a hook in the order of their priorities. */
export interface NftHook {
  /** `filter`, `nat`, `route`. */
  readonly type: string;
  readonly hook: string;
  /** Names are told as numbers, for what `filter` is depends on the family. */
  readonly priority: number;
  readonly policy: string;
  /** Of `ingress` and `egress` alone. */
  readonly devices?: readonly string[];
}

/** A chain with its rules in columns: dumps have thousands, alike on all nodes. `readNft` reads a rule's text. */
export interface NftChainFact extends Fact {
  readonly kind: 'nft-chain';
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** Base chains alone. */
  readonly base?: NftHook;
  readonly comment?: string;
  /** Undefined when the command does not show rules (`nft list chains`). */
  readonly rules?: {
    /** In one normal form for all versions of nft and for its JSON, without counters and handle. */
    readonly text: readonly string[];
    /** Lines, as runs of consecutive ones: rule `rule[k]` stands on line `line[k]`, the next rules on the next lines. */
    readonly runs: { readonly rule: readonly number[]; readonly line: readonly number[] };
    /** Set when some rule has a counter; null for a rule without. */
    readonly packets?: readonly (number | null)[];
  };
}

/** A set, map or meter. */
export interface NftSetFact extends Fact {
  readonly kind: 'nft-set';
  readonly family: string;
  readonly table: string;
  readonly set: string;
  /** `ipv4_addr . inet_service`, or what `typeof` says: `ip saddr . tcp dport`. */
  readonly type: string;
  /** Of maps: `verdict`, `ipv4_addr . inet_service`. */
  readonly data?: string;
  readonly flags: readonly string[];
  readonly size?: number;
  /** Seconds that an element lives. */
  readonly timeout?: number;
  readonly comment?: string;
  /** `10.96.0.10 . udp . 53 : goto service-X`, without timers and counters; undefined when the command does not show them (`nft -t`). */
  readonly elements?: { readonly text: readonly string[]; readonly line: readonly number[] };
}

/** A named counter, quota, limit, helper, timeout or flowtable. */
export interface NftObjectFact extends Fact {
  readonly kind: 'nft-object';
  readonly family: string;
  readonly table: string;
  /** `counter`, `quota`, `limit`, `ct helper`, `flowtable` … */
  readonly type: string;
  readonly name: string;
  /** Of a flowtable. */
  readonly devices?: readonly string[];
  readonly packets?: number;
  readonly bytes?: number;
}

export type NftFact = NftTableFact | NftChainFact | NftSetFact | NftObjectFact;
