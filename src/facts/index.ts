/** The shapes of facts: types only, importable everywhere. A new kind is a type here and one word in FactKinds. */
import type { BgpPeerFact, BirdProtocolFact, BirdRouteFact, CalicoStatusFact } from './bgp.js';
import type { NetworkCounterFact, SoftnetFact } from './counter.js';
import type {
  FlannelConfigFact,
  FlannelLeaseFact,
  FlannelLogFact,
  FlannelSubnetKeyFact,
  SubnetEnvFact,
} from './flannel.js';
import type { IptablesDumpFact, IptablesTableFact, LegacyTablesFact } from './iptables.js';
import type { HostnameFact, KernelReleaseFact, NetconfFact, SysctlConfigFact, SysctlFact } from './kernel.js';
import type { ClusterCidrFact, EndpointsFact, IpPoolFact, NodeFact, PodFact, ServiceFact } from './kubernetes.js';
import type { AddressFact, LinkFact } from './link.js';
import type { ComponentLogFact, KernelLogFact, LogSpanFact } from './log.js';
import type { BridgeFact, BridgeMacFact, FdbFact, NeighbourFact } from './neighbour.js';
import type { PacketCaptureFact, PacketFact, PingFact } from './observed.js';
import type { ResolverFact } from './resolver.js';
import type { PolicyRuleFact, RouteFact } from './route.js';
import type { ConnectionsFact, SocketFact, SocketUsageFact } from './socket.js';
import type {
  BootParametersFact,
  ClockFact,
  HostsEntryFact,
  MachineIdFact,
  ModuleFact,
  OsReleaseFact,
  ProcessFact,
  ToolVersionFact,
  UnitFact,
  UptimeFact,
} from './system.js';

export * from './bgp.js';
export * from './counter.js';
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
export * from './socket.js';
export * from './system.js';

export type AnyFact =
  | AddressFact
  | BgpPeerFact
  | BirdProtocolFact
  | BirdRouteFact
  | BootParametersFact
  | BridgeFact
  | BridgeMacFact
  | CalicoStatusFact
  | ClockFact
  | ClusterCidrFact
  | ComponentLogFact
  | ConnectionsFact
  | EndpointsFact
  | FdbFact
  | FlannelConfigFact
  | FlannelLeaseFact
  | FlannelLogFact
  | FlannelSubnetKeyFact
  | HostnameFact
  | HostsEntryFact
  | IpPoolFact
  | IptablesDumpFact
  | IptablesTableFact
  | KernelLogFact
  | KernelReleaseFact
  | LegacyTablesFact
  | LinkFact
  | LogSpanFact
  | MachineIdFact
  | ModuleFact
  | NeighbourFact
  | NetconfFact
  | NetworkCounterFact
  | NodeFact
  | OsReleaseFact
  | PacketCaptureFact
  | PacketFact
  | PingFact
  | PodFact
  | PolicyRuleFact
  | ProcessFact
  | ResolverFact
  | RouteFact
  | ServiceFact
  | SocketFact
  | SocketUsageFact
  | SoftnetFact
  | SubnetEnvFact
  | SysctlConfigFact
  | SysctlFact
  | ToolVersionFact
  | UnitFact
  | UptimeFact;

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
