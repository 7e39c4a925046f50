import type { Fact } from '../kit/index.js';

/** A Kubernetes node, from any kubectl form. */
export interface NodeFact extends Fact {
  readonly kind: 'node';
  readonly name: string;
  readonly ready?: boolean;
  readonly status?: string;
  readonly internalIps: readonly string[];
  readonly externalIps: readonly string[];
  readonly hostname?: string;
  readonly podCidrs: readonly string[];
  readonly kernel?: string;
  readonly osImage?: string;
  readonly runtime?: string;
  readonly version?: string;
  readonly networkUnavailable?: boolean;
  readonly machineId?: string;
  /** Annotations about the network: `flannel.alpha.coreos.com/*`, `projectcalico.org/*`, `k3s.io/*`. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface PodFact extends Fact {
  readonly kind: 'pod';
  /** '' when the listing has no NAMESPACE column and the command line names none. */
  readonly namespace: string;
  readonly name: string;
  /** Phase or STATUS column: `Running`, `Completed`, `CrashLoopBackOff`. */
  readonly status?: string;
  readonly ready?: { readonly ready: number; readonly total: number };
  readonly restarts?: number;
  readonly ips: readonly string[];
  readonly node?: string;
  readonly hostIp?: string;
  readonly hostNetwork?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  /** Container arguments that decide the network: `--iface=eth1`, env `IP_AUTODETECTION_METHOD`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  /** '' where the listing does not tell (`kubectl get endpoints`). */
  readonly protocol: string;
  readonly targetPort?: string;
  readonly nodePort?: number;
}

export interface ServiceFact extends Fact {
  readonly kind: 'service';
  readonly namespace: string;
  readonly name: string;
  readonly type?: string;
  /** Empty for headless (`None`). */
  readonly clusterIps: readonly string[];
  readonly externalIps: readonly string[];
  readonly ports: readonly ServicePort[];
  /** Empty: known to have none. Absent: the listing does not tell. */
  readonly selector?: Readonly<Record<string, string>>;
  readonly externalTrafficPolicy?: string;
  readonly sessionAffinity?: string;
}

export interface EndpointAddress {
  readonly ip: string;
  /** Absent where the listing does not tell: the table of EndpointSlices shows addresses of either kind. */
  readonly ready?: boolean;
  readonly node?: string;
  readonly target?: string;
}

/** One subset of Endpoints, or one EndpointSlice. */
export interface EndpointsFact extends Fact {
  readonly kind: 'endpoints';
  readonly namespace: string;
  /** The service's name. */
  readonly name: string;
  readonly addresses: readonly EndpointAddress[];
  readonly ports: readonly ServicePort[];
  /** `+ 3 more...`: the list is cut. */
  readonly more?: number;
}

/** An argument or setting of the control plane that fixes a network: `--cluster-cidr`, `--service-cluster-ip-range`, `clusterCIDR`. */
export interface ClusterCidrFact extends Fact {
  readonly kind: 'cluster-cidr';
  readonly what: 'pod' | 'service';
  readonly cidrs: readonly string[];
  readonly source: string;
}

/** A Calico IPPool, block affinity or node resource, as far as addresses go. */
export interface IpPoolFact extends Fact {
  readonly kind: 'ip-pool';
  readonly name: string;
  readonly cidr: string;
  readonly ipipMode?: string;
  readonly vxlanMode?: string;
  readonly natOutgoing?: boolean;
  readonly disabled?: boolean;
}
