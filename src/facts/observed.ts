import type { Fact } from '../kit/index.js';

/** One run of ping. Its evidence is the first line; a run without statistics has `received` counted from its replies. */
export interface PingFact extends Fact {
  readonly kind: 'ping';
  readonly target: string;
  /** Address behind the name, when the header prints one. */
  readonly address?: string;
  readonly family: 4 | 6;
  readonly transmitted?: number;
  readonly received: number;
  /** Were closing statistics printed? Without them silence proves nothing. */
  readonly complete: boolean;
  readonly size?: number;
  readonly ttl?: number;
  readonly errors: readonly { readonly from?: string; readonly what: string; readonly line: number }[];
}

/** One packet that tcpdump printed. */
export interface PacketFact extends Fact {
  readonly kind: 'packet';
  /** Device of the capture; absent when no header or command line names it. */
  readonly dev?: string;
  /** Seconds since midnight. */
  readonly clock?: number;
  /** Date of `-tttt`, which prints no zone: `2020-01-23`. */
  readonly dated?: string;
  /** Seconds since the epoch (`-tt`). */
  readonly time?: number;
  /** `In`/`Out` of `-i any`. */
  readonly direction?: string;
  /** An address, or a host name where tcpdump ran without `-n`. */
  readonly source?: string;
  readonly destination?: string;
  readonly sourceMac?: string;
  readonly destinationMac?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** `icmp`, `tcp`, `udp`, `arp`, `ipip`, `vxlan` … */
  readonly protocol?: string;
  /** TCP flags as printed: `S`, `S.`, `R.`. */
  readonly tcpFlags?: string;
  readonly icmp?: { readonly type: string; readonly id?: number; readonly sequence?: number };
  readonly ttl?: number;
  readonly length?: number;
  /** Inner packet of VXLAN or IPIP. */
  readonly inner?: {
    readonly source?: string;
    readonly destination?: string;
    readonly protocol?: string;
    readonly vni?: number;
    readonly sourcePort?: number;
    readonly destinationPort?: number;
    readonly icmp?: { readonly type: string; readonly id?: number; readonly sequence?: number };
  };
  readonly info?: string;
}

/** Header and closing counts of one tcpdump run. */
export interface PacketCaptureFact extends Fact {
  readonly kind: 'packet-capture';
  readonly dev?: string;
  readonly filter?: string;
  readonly captured?: number;
  readonly receivedByFilter?: number;
  readonly droppedByKernel?: number;
}
