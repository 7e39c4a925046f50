import type { Fact } from '../kit/index.js';

/** One network device: `ip [-d] [-s] link|addr`, `ifconfig`. */
export interface LinkFact extends Fact {
  readonly kind: 'link';
  readonly name: string;
  /** ifindex. */
  readonly index?: number;
  /** `@if33` gives a number, `@eth0` a name, `@NONE` neither. */
  readonly peerIndex?: number;
  readonly peerName?: string;
  /** `BROADCAST`, `UP`, `LOWER_UP`, `NO-CARRIER` …; `undefined` where the form does not print them. */
  readonly flags?: readonly string[];
  readonly mtu?: number;
  /** operstate as printed: `UP DOWN UNKNOWN LOWERLAYERDOWN …`. */
  readonly state?: string;
  readonly master?: string;
  /** Where it is none but the first: `default`, which is 0. */
  readonly group?: string;
  /** `ether`, `loopback`, `none`, `ipip` … */
  readonly linkType?: string;
  readonly lladdr?: string;
  readonly netnsId?: number;
  readonly netnsName?: string;
  readonly altNames?: readonly string[];
  /** Kind and attributes of `-d`: `{kind:'bridge', attributes:{stp_state:'0', …}}`; flags that stand alone have the value ''. */
  readonly info?: LinkInfo;
  /** The same for the slave part: `bridge_slave`, `bond_slave`. */
  readonly slave?: LinkInfo;
  readonly vxlan?: VxlanInfo;
  readonly counters?: LinkCounters;
}

export interface LinkInfo {
  readonly kind: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** `vxlan id 1 local 10.162.0.7 dev ens4 srcport 0 0 dstport 8472 nolearning …` */
export interface VxlanInfo {
  readonly vni?: number;
  readonly local?: string;
  readonly dev?: string;
  readonly dstport?: number;
  readonly learning: boolean;
  readonly remote?: string;
  readonly group?: string;
  readonly gbp: boolean;
}

export interface LinkCounters {
  readonly rxPackets?: number;
  readonly rxErrors?: number;
  readonly rxDropped?: number;
  readonly txPackets?: number;
  readonly txErrors?: number;
  readonly txDropped?: number;
}

/** One address of a device. */
export interface AddressFact extends Fact {
  readonly kind: 'address';
  readonly dev: string;
  readonly family: 4 | 6;
  /** Without prefix length, canonical text. */
  readonly address: string;
  readonly prefixLength: number;
  readonly peer?: string;
  readonly scope?: string;
  /** `dynamic`, `secondary`, `tentative`, `dadfailed`, `deprecated` … */
  readonly flags: readonly string[];
  readonly label?: string;
  /** `forever` or seconds. */
  readonly validLifetime?: number | 'forever';
}
