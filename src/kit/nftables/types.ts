/** A selector, value or what is made of them. Numbers are decimal, whatever base nft printed. */
export type NftExpression =
  /** What a packet is asked for: `ip saddr`, `meta l4proto`, `iifname`, `ct state`, `fib daddr type`, `numgen random mod 2`. */
  | { readonly kind: 'key'; readonly name: string }
  /** `10.0.0.0/8`, `1024-65535`, `tcp`, `cali*`. */
  | { readonly kind: 'value'; readonly text: string }
  /** `established,related`: any of these bits. */
  | { readonly kind: 'list'; readonly values: readonly NftExpression[] }
  /** `{ 25, 587 }` */
  | { readonly kind: 'set'; readonly elements: readonly NftElement[] }
  /** `@cali40masq-ipam-pools` */
  | { readonly kind: 'named-set'; readonly name: string }
  /** `ip daddr . tcp dport` */
  | { readonly kind: 'concat'; readonly parts: readonly NftExpression[] }
  | {
      readonly kind: 'binary';
      readonly op: '&' | '|' | '^' | '<<' | '>>';
      readonly left: NftExpression;
      readonly right: NftExpression;
    }
  /** `ip daddr . tcp dport map @services`: the data of the element that the key finds. */
  | { readonly kind: 'map'; readonly key: NftExpression; readonly map: NftExpression };

/** An element of a set; of a map with its data. `*` is the one for all that no other matches. */
export interface NftElement {
  readonly key: NftExpression;
  readonly data?: NftExpression | NftVerdict;
}

export type NftVerdict =
  | { readonly kind: 'verdict'; readonly verdict: 'accept' | 'drop' | 'return' | 'continue' }
  | { readonly kind: 'jump'; readonly chain: string; readonly goto: boolean };

/** One statement of a rule; a packet goes through them from left to right until one does not match or decides. */
export type NftStatement =
  | NftVerdict
  /**
   * `==` and `!=` compare the whole value, also of bits (`tcp flags == syn`: no other flag is set). `in`: has any of these bits, which is
   * what `tcp flags syn` and `ct state established,related` ask for; `!`: has none of them (`ct state ! invalid`). Against a set `==` asks
   * whether it holds the value (or an interval or prefix around it), `!=` whether it does not.
   */
  | {
      readonly kind: 'match';
      readonly left: NftExpression;
      readonly op: '==' | '!=' | '<' | '>' | '<=' | '>=' | 'in' | '!';
      readonly right: NftExpression;
    }
  | { readonly kind: 'vmap'; readonly key: NftExpression; readonly map: NftExpression }
  /** `meta mark set meta mark | 0x4000` */
  | { readonly kind: 'set-key'; readonly key: NftExpression; readonly value: NftExpression }
  | {
      readonly kind: 'nat';
      readonly action: 'dnat' | 'snat' | 'masquerade' | 'redirect' | 'tproxy';
      /** `dnat ip to …` of a table for both families. */
      readonly family?: string;
      readonly address?: NftExpression;
      readonly port?: NftExpression;
      /** `random`, `fully-random`, `persistent`; `prefix`. */
      readonly flags: readonly string[];
    }
  /** Without `with` a port unreachable. */
  | { readonly kind: 'reject'; readonly with?: string }
  | { readonly kind: 'log'; readonly prefix?: string; readonly options: string }
  /** A match or target of iptables that nft can't print in its own words. */
  | { readonly kind: 'xt'; readonly name: string; readonly target: boolean }
  | { readonly kind: 'notrack' }
  /** What is kept as its words; `worded` of words.ts says which is which. */
  | { readonly kind: NftWorded; readonly text: string };

/**
 * - `gate`: matches or not, by a count that no listing holds: `limit rate 10/second`, `ct count over 20`, `add @seen { ip saddr limit … }`.
 * - `effect`: does something and goes on: `counter name "http"`, `update @affinity { ip saddr }`, `flow add @f`.
 * - `copy`: another packet goes elsewhere, this one goes on: `dup to 10.0.0.9 device "eth1"`.
 * - `taken`: the packet leaves the rules here: `queue to 0`, `fwd to "eth0"`, `synproxy …`.
 * - `unknown`: words that no version of nft known here prints. They may match, or not, or decide: who walks with a packet has to
 *   think of all of these.
 */
export type NftWorded = 'gate' | 'effect' | 'taken' | 'copy' | 'unknown';

/** A rule's text read. */
export interface NftRule {
  readonly statements: readonly NftStatement[];
  readonly comment?: string;
  /** Of the counter in it. */
  readonly packets?: number;
}
