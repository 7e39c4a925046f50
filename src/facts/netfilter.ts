import type { Fact } from '../kit/index.js';

/** A queue of NFQUEUE that a program has opened: a row of `/proc/net/netfilter/nfnetlink_queue`. Without a row nobody listens. */
export interface NfQueueFact extends Fact {
  readonly kind: 'nf-queue';
  readonly queue: number;
  /** The program's netlink port, which is its process id as a rule. */
  readonly portId: number;
  /** Packets that wait for its verdict, and those that were lost as it was too slow. */
  readonly waiting: number;
  readonly dropped: number;
}

/**
 * A list of the match `recent`: `/proc/net/xt_recent/LIST`. When packets came is told in jiffies, which nothing in a dump holds a clock against.
 */
export interface RecentListFact extends Fact {
  readonly kind: 'recent-list';
  readonly list: string;
  readonly entries: readonly RecentEntry[];
}

export interface RecentEntry {
  readonly address: string;
  /** TTL of its last packet, for `--rttl`. */
  readonly ttl: number;
  /** How many of its packets are remembered. */
  readonly stamps: number;
}
