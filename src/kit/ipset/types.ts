import type { Address, Prefix } from '../ip.js';

/** `nomatch`: what the element holds is not in the set. `wildcard`: the interface is the start of a name. */
export type SetFlag = 'nomatch' | 'wildcard';

/**
 * The elements of one set, in the order of the dump. Columns and no object per line: the sets of a big cluster have a hundred thousand.
 */
export interface SetMembers {
  /** As ipset prints the element, in canonical form: `10.96.0.10,udp:53`, `10.244.1.0/24`, `fd00::1,ipv6-icmp:128/0`. `readElement` reads it. */
  readonly text: readonly string[];
  /** Lines, as runs of consecutive ones: element `member[k]` stands on line `line[k]`, the next elements on the next lines. */
  readonly runs: { readonly member: readonly number[]; readonly line: readonly number[] };
  /** By index, where there are some. */
  readonly flags?: Readonly<Record<number, readonly SetFlag[]>>;
  /** What else is printed behind the element, '' where nothing is: `timeout 0 packets 3 bytes 180 comment "default/web:http"`. */
  readonly details?: readonly string[];
}

/** A set, as far as its content goes. */
export interface SetContent {
  readonly name: string;
  /** `hash:ip,port`; absent where only the name is listed. */
  readonly type?: string;
  /** Of `hash:` types and `bitmap:ip`; ports, MACs and lists of sets have none. */
  readonly family?: 4 | 6;
  /** Words of the header: `{ hashsize: '1024', netmask: '24', timeout: '0', counters: '' }`. */
  readonly options: Readonly<Record<string, string>>;
  /** Absent where the listing does not show them (`ipset list -t`, `-n`). */
  readonly members?: SetMembers;
  /** How many elements the set has beside those in `members`: masked, printed as names, cut off. */
  readonly unread?: number;
}

/** One element in its parts. Which ones it has is its type's matter: `ip2` is the second address of `hash:ip,port,net` and `hash:net,net`. */
export interface SetElement {
  readonly ip?: Prefix;
  readonly ip2?: Prefix;
  readonly protocol?: number;
  /** Of ICMP type and code: `type << 8 | code`. */
  readonly port?: number;
  readonly iface?: string;
  /** The interface is a port of a bridge. `-m set` never asks for such; only `ipset test` does. */
  readonly physdev?: boolean;
  readonly mark?: number;
  readonly mac?: string;
  /** Member of a `list:set`. */
  readonly set?: string;
}

/** What is looked for: one address, not a net, in each place. */
export interface SetTuple extends Omit<SetElement, 'ip' | 'ip2' | 'set'> {
  readonly ip?: Address;
  readonly ip2?: Address;
}

/** Whether a set holds a tuple; `member` is the index of the element that decides, where one does. */
export type SetAnswer =
  | { readonly kind: 'in'; readonly member?: number }
  | { readonly kind: 'out'; readonly member?: number }
  | { readonly kind: 'unknown'; readonly because: string };

export type SetSide = 'src' | 'dst';

/** A packet as `-m set` sees it. What is undefined is not known; a device that the packet does not have is ''. */
export interface SetPacket {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** `type << 8 | code` */
  readonly icmp?: number;
  /** A fragment behind the first, which shows no ports. */
  readonly fragment?: boolean;
  readonly inDev?: string;
  readonly outDev?: string;
  readonly mark?: number;
  readonly sourceMac?: string;
  readonly destinationMac?: string;
}
