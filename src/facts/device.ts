import type { Fact } from '../kit/index.js';

/** What a network manager says of a device: `networkctl`, `nmcli device`. */
export interface ManagedDeviceFact extends Fact {
  readonly kind: 'managed-device';
  readonly manager: 'systemd-networkd' | 'NetworkManager';
  readonly dev: string;
  /** Does the manager configure it? NetworkManager's `connected (externally)` is a device that others configure. */
  readonly managed: boolean;
  /** In the manager's words: `routable`, `degraded`, `connected`, `disconnected`. */
  readonly state: string;
  /** `configured`, `configuring`, `failed`, `pending`: systemd-networkd's second word. */
  readonly setup?: string;
  /** NetworkManager's profile, or systemd-networkd's `.network` file. */
  readonly profile?: string;
}

/** One queueing discipline: `tc qdisc`. */
export interface QdiscFact extends Fact {
  readonly kind: 'qdisc';
  readonly dev: string;
  /** `noqueue`, `mq`, `fq_codel`, `tbf`, `netem`, `clsact`, `ingress` … */
  readonly type: string;
  readonly handle?: string;
  /** `root`, or the class or qdisc above. */
  readonly parent: string;
  /** Settings as printed: `limit 1000 delay 100ms loss 1%`. */
  readonly options: string;
  readonly sent?: number;
  readonly dropped?: number;
  readonly overlimits?: number;
  /** Packets that wait. */
  readonly backlog?: number;
}

/** One filter: `tc filter`. */
export interface TcFilterFact extends Fact {
  readonly kind: 'tc-filter';
  /** The output does not say it: from the command line. */
  readonly dev?: string;
  /** `ingress`, `egress`, or a handle. */
  readonly parent?: string;
  readonly protocol: string;
  /** Absent where it was asked for and the command line is lost. */
  readonly priority?: number;
  /** `bpf`, `u32`, `flower`, `matchall` … */
  readonly type: string;
  /** Program of a `bpf` filter: `cil_from_container`. */
  readonly program?: string;
  /** What becomes of a packet: `drop`, `mirred (Egress Redirect to device ifb0)`. */
  readonly actions: readonly string[];
}

/** One network namespace: `ip netns`. */
export interface NetnsFact extends Fact {
  readonly kind: 'netns';
  /** Absent for one without a name in /run/netns: `ip netns list-id`. */
  readonly name?: string;
  /** `link-netnsid` of devices whose peer is there. */
  readonly id?: number;
}

/** Thresholds and troubles of one neighbour table: `ip [-s] ntable`. */
export interface NeighbourTableFact extends Fact {
  readonly kind: 'neigh-table';
  readonly family: 4 | 6;
  /** `arp_cache`, `ndisc_cache`. */
  readonly name: string;
  readonly thresholds: readonly [number, number, number];
  readonly entries?: number;
  readonly forcedGcRuns?: number;
  /** Entries that were refused because the table was full. */
  readonly tableFulls?: number;
}
