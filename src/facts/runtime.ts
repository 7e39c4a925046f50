import type { Fact } from '../kit/index.js';

/** A container or a pod's sandbox, as its runtime has it. */
export interface ContainerFact extends Fact {
  readonly kind: 'container';
  readonly runtime: 'docker' | 'cri' | 'containerd' | 'podman';
  readonly id: string;
  readonly name: string;
  readonly image?: string;
  /** `running`, `exited`, `created`, `ready`, `notready`. */
  readonly state?: string;
  /** A sandbox holds the pod's network namespace. */
  readonly sandbox?: boolean;
  /** `namespace/name` of the pod; the bare name where no namespace is told. */
  readonly pod?: string;
  /** Id of the pod's sandbox. */
  readonly podId?: string;
  readonly pid?: number;
  /** `host`, `none`, `bridge`, `container:ID`, a network's name. */
  readonly networkMode?: string;
  readonly netns?: string;
  readonly ips?: readonly string[];
  readonly ports?: readonly {
    readonly hostIp?: string;
    readonly hostPort: number;
    readonly port: number;
    readonly protocol: string;
  }[];
}

/** A network of docker or podman. */
export interface DockerNetworkFact extends Fact {
  readonly kind: 'docker-network';
  readonly name: string;
  readonly id?: string;
  readonly driver: string;
  readonly scope?: string;
  readonly internal?: boolean;
  readonly bridge?: string;
  readonly mtu?: number;
  readonly masquerade?: boolean;
  readonly icc?: boolean;
  readonly subnets?: readonly { readonly subnet: string; readonly gateway?: string }[];
  readonly containers?: readonly { readonly name: string; readonly ips: readonly string[]; readonly mac?: string }[];
}

/** A check of a health agent: Gravity's satellite, planet. */
export interface HealthProbeFact extends Fact {
  readonly kind: 'health-probe';
  /** Absent: the cluster as a whole. */
  readonly node?: string;
  /** `ip-forward`, `br-netfilter`, `nethealth-checker`; '' where only the sentence is printed. */
  readonly checker: string;
  readonly status: 'running' | 'failed' | 'terminated' | 'unknown';
  readonly severity?: 'critical' | 'warning';
  readonly message?: string;
  /** RFC 3339, of a timeline's event. */
  readonly time?: string;
}

/** A member of a cluster of Gravity, planet or serf. */
export interface ClusterMemberFact extends Fact {
  readonly kind: 'cluster-member';
  readonly source: 'gravity' | 'planet' | 'serf';
  readonly name: string;
  readonly address?: string;
  readonly role?: string;
  /** `healthy`, `degraded`, `offline`, `running`, `alive`, `failed`, `left`. */
  readonly status: string;
}

/** State of a whole Gravity cluster. */
export interface GravityClusterFact extends Fact {
  readonly kind: 'gravity-cluster';
  readonly name?: string;
  /** `active`, `degraded`, `running`. */
  readonly status: string;
  readonly version?: string;
  readonly reason?: string;
}

/** Facts of container runtimes and health agents. */
export type RuntimeFact = ClusterMemberFact | ContainerFact | DockerNetworkFact | GravityClusterFact | HealthProbeFact;
