/** The shapes of facts: types only, importable everywhere. A new kind is a type here and one word in FactKinds. */
import type { BgpPeerFact, BirdProtocolFact, BirdRouteFact, CalicoStatusFact } from './bgp.js';
import type { CalicoFact } from './calico.js';
import type { ConfigFact } from './config.js';
import type {
  FlannelAnnouncementFact,
  FlannelConfigFact,
  FlannelLeaseFact,
  FlannelLogFact,
  FlannelSubnetKeyFact,
  SubnetEnvFact,
} from './flannel.js';
import type { IptablesDumpFact, IptablesTableFact } from './iptables.js';
import type { HostnameFact, KernelReleaseFact, NetconfFact, SysctlFact } from './kernel.js';
import type { KubernetesFact } from './kubernetes.js';
import type { AddressFact, LinkFact } from './link.js';
import type { ComponentLogFact, KernelLogFact, LogSpanFact } from './log.js';
import type { BridgeFact, BridgeMacFact, FdbFact, NeighbourFact } from './neighbour.js';
import type { PacketCaptureFact, PacketFact, PingFact } from './observed.js';
import type { ResolverFact } from './resolver.js';
import type { PolicyRuleFact, RouteFact } from './route.js';
import type { RuntimeFact } from './runtime.js';

export * from './bgp.js';
export * from './calico.js';
export * from './config.js';
export * from './flannel.js';
export * from './iptables.js';
export * from './kernel.js';
export * from './kubernetes.js';
export * from './link.js';
export * from './log.js';
export * from './neighbour.js';
export * from './observed.js';
export * from './resolver.js';
export * from './route.js';
export * from './runtime.js';

export type AnyFact =
  | AddressFact
  | BgpPeerFact
  | BirdProtocolFact
  | BirdRouteFact
  | BridgeFact
  | BridgeMacFact
  | CalicoFact
  | CalicoStatusFact
  | ComponentLogFact
  | ConfigFact
  | FdbFact
  | FlannelAnnouncementFact
  | FlannelConfigFact
  | FlannelLeaseFact
  | FlannelLogFact
  | FlannelSubnetKeyFact
  | HostnameFact
  | IptablesDumpFact
  | IptablesTableFact
  | KernelLogFact
  | KernelReleaseFact
  | KubernetesFact
  | LinkFact
  | LogSpanFact
  | NeighbourFact
  | NetconfFact
  | PacketCaptureFact
  | PacketFact
  | PingFact
  | PolicyRuleFact
  | ResolverFact
  | RouteFact
  | RuntimeFact
  | SubnetEnvFact
  | SysctlFact;

export type Kind = AnyFact['kind'];
export type FactOf<K extends Kind> = Extract<AnyFact, { readonly kind: K }>;

/** Kinds that belong to the cluster, whichever node they were captured on. */
export const CLUSTER_KINDS = [
  'node',
  'pod',
  'service',
  'endpoints',
  'cluster-cidr',
  'ip-pool',
  'flannel-config',
  'flannel-lease',
  'flannel-subnet-key',
  'flannel-announcement',
  'workload',
  'network-policy',
  'lease',
  'event',
  'crd',
  'cilium-node',
  'kubernetes-version',
  'cluster-endpoint',
  'cluster-dns',
  'kube-proxy-config',
  'corefile',
  'bgp-config',
  'bgp-peer-config',
  'calico-node',
  'component-config',
  'ipam-block',
  'block-affinity',
  'ipam-handle',
  'ip-reservation',
  'ipam-usage',
  'ipam-address',
  'ipam-problem',
  'host-endpoint',
  'workload-endpoint',
  'health-probe',
  'cluster-member',
  'gravity-cluster',
] as const satisfies readonly Kind[];
export type ClusterKind = (typeof CLUSTER_KINDS)[number];
export type StackKind = Exclude<Kind, ClusterKind>;
