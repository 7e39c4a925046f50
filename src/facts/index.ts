/** The shapes of facts: types only, importable everywhere. A new kind is a type here and one word in FactKinds. */
import type { BgpPeerFact, BirdProtocolFact, BirdRouteFact, CalicoStatusFact } from './bgp.js';
import type {
  FlannelConfigFact,
  FlannelLeaseFact,
  FlannelLogFact,
  FlannelSubnetKeyFact,
  SubnetEnvFact,
} from './flannel.js';
import type { IptablesDumpFact, IptablesTableFact } from './iptables.js';
import type { HostnameFact, KernelReleaseFact, NetconfFact, SysctlFact } from './kernel.js';
import type { ClusterCidrFact, EndpointsFact, IpPoolFact, NodeFact, PodFact, ServiceFact } from './kubernetes.js';
import type { AddressFact, LinkFact } from './link.js';
import type { ComponentLogFact, KernelLogFact, LogSpanFact } from './log.js';
import type { BridgeFact, BridgeMacFact, FdbFact, NeighbourFact } from './neighbour.js';
import type { PacketCaptureFact, PacketFact, PingFact } from './observed.js';
import type {
  ArpProbeFact,
  ConntrackEventFact,
  DnsQueryFact,
  FlowVerdictFact,
  TcpAttemptFact,
  TracerouteFact,
} from './probe.js';
import type { ResolvedFact, ResolverFact } from './resolver.js';
import type { PolicyRuleFact, RouteFact } from './route.js';

export * from './bgp.js';
export * from './flannel.js';
export * from './iptables.js';
export * from './kernel.js';
export * from './kubernetes.js';
export * from './link.js';
export * from './log.js';
export * from './neighbour.js';
export * from './observed.js';
export * from './probe.js';
export * from './resolver.js';
export * from './route.js';

export type AnyFact =
  | AddressFact
  | ArpProbeFact
  | BgpPeerFact
  | BirdProtocolFact
  | BirdRouteFact
  | BridgeFact
  | BridgeMacFact
  | CalicoStatusFact
  | ClusterCidrFact
  | ComponentLogFact
  | ConntrackEventFact
  | DnsQueryFact
  | EndpointsFact
  | FdbFact
  | FlannelConfigFact
  | FlannelLeaseFact
  | FlannelLogFact
  | FlannelSubnetKeyFact
  | FlowVerdictFact
  | HostnameFact
  | IpPoolFact
  | IptablesDumpFact
  | IptablesTableFact
  | KernelLogFact
  | KernelReleaseFact
  | LinkFact
  | LogSpanFact
  | NeighbourFact
  | NetconfFact
  | NodeFact
  | PacketCaptureFact
  | PacketFact
  | PingFact
  | PodFact
  | PolicyRuleFact
  | ResolvedFact
  | ResolverFact
  | RouteFact
  | ServiceFact
  | SubnetEnvFact
  | SysctlFact
  | TcpAttemptFact
  | TracerouteFact;

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
] as const satisfies readonly Kind[];
export type ClusterKind = (typeof CLUSTER_KINDS)[number];
export type StackKind = Exclude<Kind, ClusterKind>;
