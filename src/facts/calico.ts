import type { Fact } from '../kit/index.js';

/** A Calico IPPool. */
export interface IpPoolFact extends Fact {
  readonly kind: 'ip-pool';
  readonly name: string;
  readonly cidr: string;
  /** `Always`, `CrossSubnet`, `Never`. */
  readonly ipipMode?: string;
  readonly vxlanMode?: string;
  readonly natOutgoing?: boolean;
  readonly disabled?: boolean;
  readonly blockSize?: number;
  readonly nodeSelector?: string;
  readonly disableBgpExport?: boolean;
  readonly allowedUses?: readonly string[];
}

/** A Calico BGPConfiguration; that of name `default` holds for the cluster, `node.NAME` for one node. */
export interface BgpConfigFact extends Fact {
  readonly kind: 'bgp-config';
  readonly name: string;
  /** Absent: not set, which means on. */
  readonly nodeToNodeMesh?: boolean;
  readonly asNumber?: number;
  readonly listenPort?: number;
  /** Service ranges that BGP advertises. */
  readonly serviceClusterIps?: readonly string[];
  readonly serviceExternalIps?: readonly string[];
  readonly serviceLoadBalancerIps?: readonly string[];
}

/** A Calico BGPPeer: whom which nodes peer with. Neither node nor selector: all nodes. */
export interface BgpPeerConfigFact extends Fact {
  readonly kind: 'bgp-peer-config';
  readonly name: string;
  readonly node?: string;
  readonly nodeSelector?: string;
  readonly peerIp?: string;
  readonly peerPort?: number;
  /** Selects the nodes to peer with, instead of `peerIp`. */
  readonly peerSelector?: string;
  readonly asNumber?: number;
  readonly keepOriginalNextHop?: boolean;
  /** `UseNodeIP`, `None`. */
  readonly sourceAddress?: string;
}

/** A Calico Node resource. */
export interface CalicoNodeFact extends Fact {
  readonly kind: 'calico-node';
  readonly name: string;
  /** With the length of its network: CrossSubnet compares these. */
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
  readonly asNumber?: number;
  readonly ipipTunnel?: string;
  readonly vxlanTunnel?: string;
  readonly vxlanMac?: string;
  readonly ipv6VxlanTunnel?: string;
  readonly wireguardAddress?: string;
  readonly routeReflectorClusterId?: string;
  /** Name of the Kubernetes node (`orchRefs`), where it differs or is told. */
  readonly kubernetesNode?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A Calico IPAMBlock: its owner and the addresses that are handed out of it. */
export interface IpamBlockFact extends Fact {
  readonly kind: 'ipam-block';
  readonly cidr: string;
  /** Name of the node that owns it; absent when nobody does. */
  readonly node?: string;
  readonly strictAffinity?: boolean;
  readonly deleted?: boolean;
  readonly allocations: readonly IpamAllocation[];
}

export interface IpamAllocation {
  readonly ip: string;
  readonly handle?: string;
  readonly node?: string;
  /** `namespace/name`. */
  readonly pod?: string;
  /** `ipipTunnelAddress`, `vxlanTunnelAddress`, `wireguardTunnelAddress`. */
  readonly type?: string;
}

/** A Calico BlockAffinity: which node claims which block. */
export interface BlockAffinityFact extends Fact {
  readonly kind: 'block-affinity';
  readonly cidr: string;
  readonly node: string;
  /** `confirmed`, `pending`, `pendingDeletion`. */
  readonly state?: string;
  readonly deleted?: boolean;
}

/** A Calico IPAMHandle: what one owner holds, by block. */
export interface IpamHandleFact extends Fact {
  readonly kind: 'ipam-handle';
  readonly handle: string;
  readonly blocks: Readonly<Record<string, number>>;
}

/** Ranges that Calico's IPAM must not hand out. */
export interface IpReservationFact extends Fact {
  readonly kind: 'ip-reservation';
  readonly name: string;
  readonly cidrs: readonly string[];
}

/** One row of `calicoctl ipam show`: a pool or a block. */
export interface IpamUsageFact extends Fact {
  readonly kind: 'ipam-usage';
  readonly grouping: 'pool' | 'block';
  readonly cidr: string;
  /** Rounded to five digits by calicoctl. */
  readonly total: number;
  readonly inUse: number;
  readonly free: number;
}

/** One address as `calicoctl ipam show --ip` or `--show-borrowed` tells of it. */
export interface IpamAddressFact extends Fact {
  readonly kind: 'ipam-address';
  readonly ip: string;
  readonly assigned: boolean;
  readonly handle?: string;
  readonly node?: string;
  readonly pod?: string;
  readonly type?: string;
  /** Borrowed: from this block, which that node owns. */
  readonly block?: string;
  readonly blockOwner?: string;
}

/** What `calicoctl ipam check` finds wrong, one address or handle each; or how many of a class, where it only counts. */
export interface IpamProblemFact extends Fact {
  readonly kind: 'ipam-problem';
  readonly problem: 'leaked' | 'not-in-pool' | 'not-allocated' | 'several-owners' | 'leaked-handle' | 'missing-handle';
  readonly count: number;
  readonly ip?: string;
  readonly handle?: string;
  readonly owner?: string;
}

/** A Calico HostEndpoint. */
export interface HostEndpointFact extends Fact {
  readonly kind: 'host-endpoint';
  readonly name: string;
  readonly node?: string;
  /** `*` is every device. */
  readonly dev?: string;
  readonly expectedIps: readonly string[];
  readonly profiles: readonly string[];
}

/** A Calico WorkloadEndpoint: the pod behind a cali device. */
export interface WorkloadEndpointFact extends Fact {
  readonly kind: 'workload-endpoint';
  readonly namespace: string;
  readonly pod: string;
  readonly node?: string;
  readonly dev?: string;
  readonly ips: readonly string[];
  readonly mac?: string;
}

/** Facts of Calico's own resources. */
export type CalicoFact =
  | BgpConfigFact
  | BgpPeerConfigFact
  | BlockAffinityFact
  | CalicoNodeFact
  | HostEndpointFact
  | IpPoolFact
  | IpReservationFact
  | IpamAddressFact
  | IpamBlockFact
  | IpamHandleFact
  | IpamProblemFact
  | IpamUsageFact
  | WorkloadEndpointFact;
