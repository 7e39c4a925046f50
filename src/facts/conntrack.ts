import type { Fact } from '../kit/index.js';

/** One direction of a flow. */
export interface ConntrackTuple {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmpId?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
}

/**
 * The connection tracker's table, or what of it was listed: `conntrack -L`, `/proc/net/nf_conntrack`. Columns and no object per line: a busy
 * node has a million flows. `eachFlow` and `flowAt` read them. Equal words are one string.
 */
export interface ConntrackTableFact extends Fact {
  readonly kind: 'conntrack-table';
  /** Entries that are going, or whose first packet is still on its way; absent: the table itself. */
  readonly list?: 'dying' | 'unconfirmed';
  /** The family that this listing is of; absent: both, or not known. conntrack before 1.4.7 lists IPv4 where it is not asked for IPv6. */
  readonly family?: 4 | 6;
  readonly flows: {
    /** `tcp`, `udp`, `icmp`, `icmpv6`, `sctp`, `dccp`, `gre`, `udplite`; of all others the number: `89`. */
    readonly protocol: readonly string[];
    /** Of TCP, SCTP and DCCP, as printed; '' for the others. */
    readonly state: readonly string[];
    /** Seconds that are left; -1 where none is printed, as of an offloaded flow. */
    readonly timeout: readonly number[];
    readonly source: readonly string[];
    readonly destination: readonly string[];
    /** As the kernel has it in a tuple: of ICMP the id, of GRE the key; -1 for none. */
    readonly sourcePort: readonly number[];
    /** Of ICMP 256 * type + code. */
    readonly destinationPort: readonly number[];
    readonly replySource: readonly string[];
    readonly replyDestination: readonly string[];
    readonly replySourcePort: readonly number[];
    readonly replyDestinationPort: readonly number[];
    /** Sum of 1 unreplied, 2 assured, 4 offloaded, 8 offloaded to hardware. */
    readonly flags: readonly number[];
    /** By index, where it is not 0. */
    readonly mark: Readonly<Record<number, number>>;
    /** By index, where one is printed and not 0. */
    readonly zone: Readonly<Record<number, number>>;
    /** By index: zones of one direction only (`zone-orig=`, `zone-reply=`). */
    readonly zoneOriginal: Readonly<Record<number, number>>;
    readonly zoneReply: Readonly<Record<number, number>>;
    /** By index: `ftp`, where one is printed; /proc shows none. */
    readonly helper: Readonly<Record<number, string>>;
    /** Lines, as runs of consecutive ones: flow `flow[k]` stands on line `line[k]`, the next flows on the next lines. */
    readonly runs: { readonly flow: readonly number[]; readonly line: readonly number[] };
  };
}

/** A connection that a helper waits for (FTP's data), and whose it is: `conntrack -L expect`, `/proc/net/nf_conntrack_expect`. */
export interface ConntrackExpectFact extends Fact {
  readonly kind: 'conntrack-expect';
  readonly protocol: string;
  readonly expected: ConntrackTuple;
  /** The flow that it belongs to; /proc does not show it. */
  readonly master?: ConntrackTuple;
  readonly helper?: string;
  readonly timeout?: number;
  readonly zone?: number;
}

/** One event of `conntrack -E`: a flow as the connection tracker saw it, with the translation that it does. */
export interface ConntrackEventFact extends Fact {
  readonly kind: 'conntrack-event';
  readonly event: 'new' | 'update' | 'destroy';
  readonly protocol: string;
  /** Of TCP: `SYN_SENT`, `ESTABLISHED`, `CLOSE` … */
  readonly state?: string;
  readonly original: ConntrackTuple;
  /** What a reply looks like: where it differs from the mirrored original, there is NAT. */
  readonly reply: ConntrackTuple;
  /** Has no packet come back yet? */
  readonly unreplied: boolean;
  readonly assured: boolean;
  readonly zone?: number;
  readonly mark?: number;
  /** Seconds since the epoch (`-o timestamp`). */
  readonly time?: number;
}
