import type { Fact } from '../kit/index.js';

/** One row of `birdcl show protocols`. */
export interface BirdProtocolFact extends Fact {
  readonly kind: 'bird-protocol';
  readonly name: string;
  /** `BGP`, `Kernel`, `Device`, `Direct`, `Static`. */
  readonly protocol: string;
  readonly table?: string;
  /** `up`, `start`, `down`. */
  readonly state: string;
  readonly since?: string;
  /** `Established`, `Active`, `Connect`, with the reason behind it: `Active  Socket: Connection refused`. */
  readonly info?: string;
  readonly neighbour?: string;
  readonly neighbourAs?: number;
}

/** One path of `birdcl show route`. */
export interface BirdRouteFact extends Fact {
  readonly kind: 'bird-route';
  readonly prefix: string;
  readonly type?: string;
  readonly via?: string;
  readonly dev?: string;
  readonly protocol?: string;
  readonly since?: string;
  readonly primary: boolean;
}

/** One peer of `calicoctl node status`. */
export interface BgpPeerFact extends Fact {
  readonly kind: 'bgp-peer';
  readonly address: string;
  readonly family: 4 | 6;
  /** `node-to-node mesh`, `global`, `node specific`. */
  readonly type: string;
  readonly state: string;
  readonly since?: string;
  /** `Established`, `Connect`, `Active Socket: Connection refused` … */
  readonly info: string;
}

/** First lines of `calicoctl node status`: is the process there, which backends run. */
export interface CalicoStatusFact extends Fact {
  readonly kind: 'calico-status';
  readonly running: boolean;
  readonly message: string;
}
