import type { Fact } from '../kit/index.js';

/** What a Weave Net router says of itself: `weave status`, `weave report`. */
export interface WeaveStatusFact extends Fact {
  readonly kind: 'weave-status';
  readonly version?: string;
  /** Name of the router in the mesh, the form of a MAC: `0e:e9:62:f9:fa:98`. */
  readonly name: string;
  /** The host name, unless somebody gave it another. */
  readonly nickName?: string;
  readonly encryption?: boolean;
  readonly peerDiscovery?: boolean;
  /** How many peers the mesh has, this one among them. */
  readonly peers?: number;
  /** Absent: no allocator runs. Weave's words: `ready`, `awaiting consensus (quorum: 2, known: 1)`, `all IP ranges owned by unreachable peers …`; as old versions print it `achieved`, `deferred`. */
  readonly ipam?: string;
  /** `10.32.0.0/12`, of old versions `10.32.0.0-10.47.255.255`. */
  readonly range?: string;
  readonly defaultSubnet?: string;
}

/** One connection of a router to another, or an attempt at one: `weave status connections`, `weave status peers`. */
export interface WeaveConnectionFact extends Fact {
  readonly kind: 'weave-connection';
  /** Router whose connection it is, where that is another one: what the mesh tells of it. */
  readonly of?: string;
  /** `192.168.50.12:6783` */
  readonly address: string;
  readonly outbound: boolean;
  /** `established`, `pending`, `retrying`, `failed`, `connecting`, `waiting`. */
  readonly state: string;
  readonly peer?: string;
  readonly nickName?: string;
  /** `fastdp`, `sleeve`, `none` while that is open. */
  readonly encapsulation?: string;
  readonly encrypted?: boolean;
  readonly mtu?: number;
  /** Why it failed, or until when it waits. */
  readonly detail?: string;
}

/** Addresses that a peer owns: `weave status ipam` by peer, `weave report` by range. */
export interface WeaveIpamFact extends Fact {
  readonly kind: 'weave-ipam';
  readonly peer: string;
  readonly nickName?: string;
  /** First address of the range; absent where all ranges of the peer stand in one line. */
  readonly token?: string;
  readonly size: number;
  /** A peer that the mesh no longer knows keeps its addresses until `weave rmpeer`. */
  readonly reachable: boolean;
}
