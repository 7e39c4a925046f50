import type { Fact } from '../kit/index.js';

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'nat';

export interface NextHop {
  readonly via?: string;
  readonly dev?: string;
  readonly weight?: number;
  /** Encapsulation as printed: `mpls 100`, `ip id 100 src 0.0.0.0 dst 10.0.0.2 ttl 0 tos 0`. */
  readonly encap?: string;
  /** `onlink`, `linkdown`, `dead`, `pervasive`, `offload` … */
  readonly flags: readonly string[];
}

/** One route: `ip route`, `route -n`, `/proc/net/route`. */
export interface RouteFact extends Fact {
  readonly kind: 'route';
  readonly family: 4 | 6;
  readonly type: RouteType;
  /** Canonical prefix with length: `10.244.1.0/24`, `0.0.0.0/0` for `default`, `10.1.2.3/32` for a host. */
  readonly prefix: string;
  /** `main`, `local`, `default`, a number or a name as printed. */
  readonly table: string;
  /** At least one for unicast; empty for blackhole and its like. */
  readonly nexthops: readonly NextHop[];
  /** `kernel`, `bird`, `static`, `80` … */
  readonly proto?: string;
  readonly scope?: string;
  readonly src?: string;
  /** As printed; absent means 0 for IPv4 and 1024 for IPv6. */
  readonly metric?: number;
  readonly mtu?: number;
  /** TTL or hop limit of what this host itself sends by it. */
  readonly hopLimit?: number;
  /** As printed: `7`, of the destination, or `3/7`. */
  readonly realms?: string;
  readonly tos?: string;
  /** Source-specific route of IPv6, or the source that `ip route get … from` asked for. */
  readonly from?: string;
  /** Next hop object of `ip nexthop`. */
  readonly nhid?: number;
  /** Answer of `ip route get`, not an entry of a table. */
  readonly lookup?: true;
}

/** One next hop object, or a group of them: `ip nexthop`. Routes name it by `nhid`. */
export interface NextHopFact extends Fact {
  readonly kind: 'nexthop';
  readonly id: number;
  readonly via?: string;
  readonly dev?: string;
  /** Members of a group; `weight` counts from 1. */
  readonly group?: readonly { readonly id: number; readonly weight: number }[];
  /** The group keeps flows on their member, whatever becomes of it. */
  readonly resilient?: true;
  readonly blackhole: boolean;
  /** For forwarding entries of VXLAN, not for routes. */
  readonly fdb: boolean;
  readonly encap?: string;
  readonly scope?: string;
  readonly proto?: string;
  readonly flags: readonly string[];
}

/** One policy rule of `ip rule`. */
export interface PolicyRuleFact extends Fact {
  readonly kind: 'policy-rule';
  readonly family: 4 | 6;
  readonly priority: number;
  readonly not: boolean;
  /** `all` or a canonical prefix. */
  readonly from: string;
  readonly to?: string;
  readonly iif?: string;
  readonly oif?: string;
  readonly fwmark?: { readonly mark: number; readonly mask: number };
  readonly ipproto?: string;
  readonly sport?: string;
  readonly dport?: string;
  readonly tos?: string;
  readonly l3mdev?: true;
  readonly suppressPrefixLength?: number;
  /** Routes by devices of this group do not count (`ip link set group`): a number or a name. */
  readonly suppressGroup?: string;
  /** `1000-2000`: of processes of these users. */
  readonly uidrange?: string;
  /** Key of the tunnel that the packet came by. */
  readonly tunId?: string;
  /** `lookup main`, `blackhole`, `goto 100`. */
  readonly action:
    | { readonly kind: 'lookup'; readonly table: string }
    | { readonly kind: 'goto'; readonly priority: number }
    | { readonly kind: 'nop' | 'unreachable' | 'prohibit' | 'blackhole' };
}
