import type { Fact } from '../kit/index.js';

/** One neighbour (ARP/ND) entry: `ip neigh`, `arp -n`. */
export interface NeighbourFact extends Fact {
  readonly kind: 'neigh';
  readonly family: 4 | 6;
  readonly address: string;
  readonly dev: string;
  readonly lladdr?: string;
  /** NUD state: `REACHABLE STALE DELAY PROBE FAILED INCOMPLETE NOARP PERMANENT`; absent where the tool prints none. */
  readonly state?: string;
  /** `router`, `proxy`, `extern_learn`, `offload`, `managed`. */
  readonly flags: readonly string[];
}

/** One forwarding entry: `bridge fdb`. */
export interface FdbFact extends Fact {
  readonly kind: 'fdb';
  readonly lladdr: string;
  readonly dev: string;
  /** Remote VTEP; only VXLAN entries have one. */
  readonly dst?: string;
  readonly vlan?: number;
  readonly vni?: number;
  readonly port?: number;
  readonly master?: string;
  readonly via?: string;
  /** Next hop object of `ip nexthop`, which has the remote VTEPs. */
  readonly nhid?: number;
  /** `self`, `permanent`, `static`, `offload`, `extern_learn`, `sticky`, `router`. */
  readonly flags: readonly string[];
}

/** One bridge: `brctl show`. Ports of bridges that `ip link` shows come from `master`. */
export interface BridgeFact extends Fact {
  readonly kind: 'bridge';
  readonly name: string;
  /** `8000.8a8ceec46e1a` */
  readonly id?: string;
  readonly stp?: boolean;
  readonly ports: readonly string[];
}

/** One row of `brctl showmacs`: learnt on a port number; says nothing of VXLAN. */
export interface BridgeMacFact extends Fact {
  readonly kind: 'bridge-mac';
  readonly bridge?: string;
  readonly port: number;
  readonly lladdr: string;
  readonly local: boolean;
  /** Seconds. */
  readonly ageing: number;
}
