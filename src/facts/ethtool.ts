import type { Fact } from '../kit/index.js';

/** One offload or other feature of a device: `ethtool -k`. */
export interface EthtoolFeatureFact extends Fact {
  readonly kind: 'ethtool-feature';
  readonly dev: string;
  /** `tx-checksum-ip-generic`, `generic-receive-offload` … */
  readonly name: string;
  readonly on: boolean;
  /** The driver lets nobody change it. */
  readonly fixed: boolean;
  /** What was asked for, when it is not what runs. */
  readonly requested?: boolean;
}

/** `ethtool -i`. */
export interface EthtoolDriverFact extends Fact {
  readonly kind: 'ethtool-driver';
  /** The output does not say it: from the command line or the file's name. */
  readonly dev?: string;
  readonly driver: string;
  readonly version?: string;
  readonly firmware?: string;
  /** `0000:02:00.1` */
  readonly bus?: string;
}

/** `ethtool DEV`: what was negotiated; `ethtool -P`: the address that the hardware has. */
export interface EthtoolLinkFact extends Fact {
  readonly kind: 'ethtool-link';
  readonly dev?: string;
  /** Mb/s. */
  readonly speed?: number;
  readonly duplex?: 'full' | 'half';
  readonly autonegotiation?: boolean;
  readonly port?: string;
  readonly detected?: boolean;
  readonly permanentAddress?: string;
}

/** A counter of errors or drops that is not zero: `ethtool -S`. */
export interface EthtoolStatFact extends Fact {
  readonly kind: 'ethtool-stat';
  readonly dev?: string;
  readonly name: string;
  readonly value: number;
}

/** Ring sizes, channels and pause frames: `ethtool -g`, `-l`, `-a`. */
export interface EthtoolSettingFact extends Fact {
  readonly kind: 'ethtool-setting';
  readonly dev: string;
  readonly group: 'ring' | 'channels' | 'pause';
  /** `RX`, `TX`, `Combined` … */
  readonly name: string;
  readonly value: number | boolean;
  /** The most that the hardware takes. */
  readonly maximum?: number;
}
