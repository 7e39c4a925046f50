import type { Fact } from '../kit/index.js';
import type { LogStamp } from './log.js';

/** flannel's network configuration: etcd `…/network/config`, `net-conf.json`. */
export interface FlannelConfigFact extends Fact {
  readonly kind: 'flannel-config';
  readonly network?: string;
  readonly ipv6Network?: string;
  readonly subnetLength?: number;
  readonly backend?: string;
  readonly vni?: number;
  readonly port?: number;
  readonly directRouting?: boolean;
  /** Tag of the cluster: `RouteTableFilter: tag:KubernetesCluster=…`. */
  readonly clusterTag?: string;
}

/**
 * A flannel lease: which node owns which pod subnet. From etcd, from node annotations (`flannel.alpha.coreos.com/*` + podCIDR),
 * or from a peer's log (`adding subnet: …`).
 */
export interface FlannelLeaseFact extends Fact {
  readonly kind: 'flannel-lease';
  readonly subnet: string;
  readonly publicIp?: string;
  readonly backend?: string;
  readonly vtepMac?: string;
  readonly vni?: number;
  /** Kubernetes node name, when the source names it. */
  readonly node?: string;
  /** RFC 3339 as printed. */
  readonly expiration?: string;
  /** `public-ip-overwrite`: the address is chosen on purpose. */
  readonly publicIpOverwrite?: string;
  readonly source: 'etcd' | 'annotation' | 'log';
}

/** A key of `etcdctl ls …/subnets` without its value. */
export interface FlannelSubnetKeyFact extends Fact {
  readonly kind: 'flannel-subnet-key';
  readonly subnet: string;
}

/**
 * flannel's annotations in an excerpt (`kubectl get nodes -o yaml | grep -A3 Vtep`) that does not show whose lease it is: neither subnet
 * nor, often, node.
 */
export interface FlannelAnnouncementFact extends Fact {
  readonly kind: 'flannel-announcement';
  readonly node?: string;
  readonly publicIp?: string;
  readonly backend?: string;
  readonly vtepMac?: string;
  readonly vni?: number;
}

/** `/run/flannel/subnet.env`. One fact per capture. */
export interface SubnetEnvFact extends Fact {
  readonly kind: 'subnet-env';
  readonly networks: readonly string[];
  /** As written, with the bridge's host part: `10.244.1.1/24`. */
  readonly subnet?: string;
  readonly ipv6Subnet?: string;
  readonly mtu?: number;
  readonly ipmasq?: boolean;
  /** Key to line of each variable, for evidence beyond the first. */
  readonly lines: Readonly<Record<string, number>>;
}

/** What flanneld's log says, one fact per telling line. */
export interface FlannelLogFact extends Fact, LogStamp {
  readonly kind: 'flannel-log';
  readonly event: FlannelEvent;
}

export type FlannelEvent =
  | { readonly kind: 'interface'; readonly dev?: string; readonly address: string }
  | { readonly kind: 'external-address'; readonly address: string; readonly defaulted: boolean }
  | {
      readonly kind: 'network-config';
      readonly backend?: string;
      readonly network?: string;
      readonly clusterTag?: string;
    }
  | {
      readonly kind: 'vxlan-config';
      readonly vni?: number;
      readonly port?: number;
      readonly directRouting?: boolean;
      readonly gbp?: boolean;
    }
  | { readonly kind: 'lease-acquired'; readonly subnet: string; readonly address?: string }
  | { readonly kind: 'lease-renewed'; readonly expiration?: string }
  /** The subnet that flannel had before is not the one it has now, or is not of the network any more. */
  | { readonly kind: 'subnet-changed'; readonly before?: string; readonly message: string }
  /** Somebody removed flannel's rules, and it wrote them anew; once at its start it is normal. */
  | { readonly kind: 'rules-missing' }
  /** A route of a peer was gone and is there again, or another one was in its place. */
  | { readonly kind: 'route-repaired'; readonly prefix?: string; readonly message: string }
  /** The device that was there had other attributes: it was made anew, with another MAC. */
  | { readonly kind: 'device-recreated'; readonly dev?: string; readonly difference: string }
  | { readonly kind: 'lease-lost'; readonly subnet?: string; readonly message: string }
  | {
      readonly kind: 'peer-added' | 'peer-removed';
      readonly subnet: string;
      readonly publicIp?: string;
      readonly vtepMac?: string;
    }
  /** A peer whose line does not say its subnet (`Received Subnet Event with VxLan: …`, flannel 0.21 and later). */
  | { readonly kind: 'peer-announced'; readonly publicIp?: string; readonly vtepMac?: string; readonly vni?: number }
  /** Kubernetes' name of the node that flannel runs on, and what its annotations say. */
  | {
      readonly kind: 'node';
      readonly name: string;
      readonly publicIp?: string;
      readonly vtepMac?: string;
      readonly vni?: number;
      readonly backend?: string;
    }
  | { readonly kind: 'masquerade-rule'; readonly action: 'add' | 'delete'; readonly rule: string }
  | { readonly kind: 'running' }
  | { readonly kind: 'failure'; readonly class: string; readonly message: string };
