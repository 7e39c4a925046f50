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
  /** `aws:///eu-west-1a/i-0abc`, `gce://…`: the cloud that the node is a machine of. */
  readonly providerId?: string;
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
  /** What lets each node choose among its endpoints: `internalTrafficPolicy: Local`, `trafficDistribution: PreferClose`. */
  readonly nearest?: string;
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
  /** Some are meant for nodes or zones of their own (`hints` of an EndpointSlice). */
  readonly hinted?: true;
}

/** An argument or setting of the control plane that fixes a network: `--cluster-cidr`, `--service-cluster-ip-range`, `clusterCIDR`. */
export interface ClusterCidrFact extends Fact {
  readonly kind: 'cluster-cidr';
  readonly what: 'pod' | 'service';
  readonly cidrs: readonly string[];
  readonly source: string;
}

/** A resource that makes pods, from any kubectl form. */
export interface WorkloadFact extends Fact {
  readonly kind: 'workload';
  readonly type: 'DaemonSet' | 'Deployment' | 'ReplicaSet' | 'ReplicationController' | 'StatefulSet';
  readonly namespace: string;
  readonly name: string;
  readonly desired?: number;
  readonly ready?: number;
  readonly updated?: number;
  readonly available?: number;
  readonly hostNetwork?: boolean;
  readonly images?: readonly string[];
  /** As in pods: what of the template decides the network. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One peer of a policy's rule; none of its properties: everybody. */
export interface PolicyPeer {
  readonly cidr?: string;
  readonly except?: readonly string[];
  /** Selectors as text: `app=web,tier in (a,b)`; Calico's in its own language. '' selects all. */
  readonly podSelector?: string;
  readonly namespaceSelector?: string;
  readonly negated?: boolean;
}

export interface PolicyEntry {
  readonly direction: 'ingress' | 'egress';
  /** `Allow`, `Deny`, `Log`, `Pass`. */
  readonly action: string;
  readonly protocol?: string;
  /** `53`, `8000:8080`, a name. Empty: every port. */
  readonly ports: readonly string[];
  /** Empty: everybody. */
  readonly peers: readonly PolicyPeer[];
}

/** A NetworkPolicy of Kubernetes or Calico, or Calico's GlobalNetworkPolicy. */
export interface NetworkPolicyFact extends Fact {
  readonly kind: 'network-policy';
  readonly api: 'kubernetes' | 'calico';
  /** '' for global ones. */
  readonly namespace: string;
  readonly name: string;
  /** '' selects every pod. */
  readonly selector: string;
  /** Absent: the listing tells no rules. */
  readonly types?: readonly ('Ingress' | 'Egress')[];
  readonly order?: number;
  readonly tier?: string;
  readonly entries?: readonly PolicyEntry[];
}

/** A coordination.k8s.io Lease: a node's heartbeat, or who leads. */
export interface LeaseFact extends Fact {
  readonly kind: 'lease';
  readonly namespace: string;
  readonly name: string;
  readonly holder?: string;
  /** RFC 3339 as printed. */
  readonly renewed?: string;
  readonly durationSeconds?: number;
}

/** An event that may bear on the network: what failed, not what went well. */
export interface EventFact extends Fact {
  readonly kind: 'event';
  readonly namespace: string;
  /** `Normal`, `Warning`. */
  readonly type?: string;
  readonly reason: string;
  /** `Pod/web-1`, `Node/node-2`. */
  readonly object: string;
  readonly message: string;
  readonly count?: number;
  readonly lastSeen?: string;
  readonly node?: string;
  readonly source?: string;
}

/** A CustomResourceDefinition: is the API that a CNI needs there? */
export interface CrdFact extends Fact {
  readonly kind: 'crd';
  readonly name: string;
  readonly established?: boolean;
}

/** A CiliumNode: addresses and pod ranges as Cilium has them. */
export interface CiliumNodeFact extends Fact {
  readonly kind: 'cilium-node';
  readonly name: string;
  readonly internalIps: readonly string[];
  /** Address of `cilium_host`. */
  readonly ciliumIps: readonly string[];
  readonly podCidrs: readonly string[];
}

/** `kubectl version`. */
export interface KubernetesVersionFact extends Fact {
  readonly kind: 'kubernetes-version';
  readonly what: 'client' | 'server';
  readonly version: string;
}

/** Where the cluster is spoken to: `kubectl cluster-info`, `kubectl config view`. */
export interface ClusterEndpointFact extends Fact {
  readonly kind: 'cluster-endpoint';
  /** `Kubernetes control plane`, `CoreDNS`, or the cluster's name in the kubeconfig. */
  readonly name: string;
  readonly url: string;
}

/** What Kubernetes itself says, beside what has a file of its own. */
export type KubernetesFact =
  | CiliumNodeFact
  | ClusterCidrFact
  | ClusterEndpointFact
  | CrdFact
  | EndpointsFact
  | EventFact
  | KubernetesVersionFact
  | LeaseFact
  | NetworkPolicyFact
  | NodeFact
  | PodFact
  | ServiceFact
  | WorkloadFact;
