/** The shapes of facts: types only, importable everywhere. A new kind is a type here and one word in FactKinds. */
import type { BgpPeerFact, BirdProtocolFact, BirdRouteFact, CalicoStatusFact } from './bgp.js';
import type { BridgePortFact, BridgeVlanFact, BridgeVniFact, MdbFact } from './bridge.js';
import type { CalicoFact } from './calico.js';
import type { CommandRunFact } from './collector.js';
import type { ConfigFact } from './config.js';
import type { ConntrackEventFact, ConntrackExpectFact, ConntrackTableFact } from './conntrack.js';
import type { NetworkCounterFact, SoftnetFact } from './counter.js';
import type { ManagedDeviceFact, NeighbourTableFact, NetnsFact, QdiscFact, TcFilterFact } from './device.js';
import type { ArptablesTableFact, EbtablesTableFact } from './ebtables.js';
import type {
  EthtoolDriverFact,
  EthtoolFeatureFact,
  EthtoolLinkFact,
  EthtoolSettingFact,
  EthtoolStatFact,
} from './ethtool.js';
import type {
  FirewalldActiveZoneFact,
  FirewalldDirectRuleFact,
  FirewalldPolicyFact,
  FirewalldStateFact,
  FirewalldZoneFact,
  UfwFact,
  UfwRuleFact,
} from './firewall.js';
import type {
  FlannelAnnouncementFact,
  FlannelConfigFact,
  FlannelLeaseFact,
  FlannelLogFact,
  FlannelSubnetKeyFact,
  SubnetEnvFact,
} from './flannel.js';
import type { IpsetFact } from './ipset.js';
import type { IptablesDumpFact, IptablesTableFact, LegacyTablesFact } from './iptables.js';
import type { IpvsConnectionsFact, IpvsDaemonFact, IpvsServiceFact, IpvsSettingsFact } from './ipvs.js';
import type { HostnameFact, KernelReleaseFact, NetconfFact, SysctlConfigFact, SysctlFact } from './kernel.js';
import type { KubernetesFact } from './kubernetes.js';
import type { AddressFact, LinkFact } from './link.js';
import type { BootFact, ComponentLogFact, KernelLogFact, LogSpanFact } from './log.js';
import type { BridgeFact, BridgeMacFact, FdbFact, NeighbourFact } from './neighbour.js';
import type { NfQueueFact, RecentListFact } from './netfilter.js';
import type { NftFact } from './nftables.js';
import type { PacketCaptureFact, PacketFact, PingFact } from './observed.js';
import type { ArpProbeFact, DnsQueryFact, FlowVerdictFact, TcpAttemptFact, TracerouteFact } from './probe.js';
import type { ResolvedFact, ResolverFact } from './resolver.js';
import type { NextHopFact, PolicyRuleFact, RouteFact } from './route.js';
import type { RuntimeFact } from './runtime.js';
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
import type { WeaveConnectionFact, WeaveIpamFact, WeaveStatusFact } from './weave.js';
import type { WireguardInterfaceFact, WireguardPeerFact } from './wireguard.js';
import type { XfrmDefaultFact, XfrmPolicyFact, XfrmStateFact } from './xfrm.js';

export * from './bgp.js';
export * from './bridge.js';
export * from './calico.js';
export * from './collector.js';
export * from './config.js';
export * from './conntrack.js';
export * from './counter.js';
export * from './device.js';
export * from './ebtables.js';
export * from './ethtool.js';
export * from './firewall.js';
export * from './flannel.js';
export * from './ipset.js';
export * from './iptables.js';
export * from './ipvs.js';
export * from './kernel.js';
export * from './kubernetes.js';
export * from './link.js';
export * from './log.js';
export * from './neighbour.js';
export * from './netfilter.js';
export * from './nftables.js';
export * from './observed.js';
export * from './probe.js';
export * from './resolver.js';
export * from './route.js';
export * from './runtime.js';
export * from './socket.js';
export * from './system.js';
export * from './weave.js';
export * from './wireguard.js';
export * from './xfrm.js';

export type AnyFact =
  | AddressFact
  | ArpProbeFact
  | ArptablesTableFact
  | BgpPeerFact
  | BirdProtocolFact
  | BirdRouteFact
  | BootFact
  | BootParametersFact
  | BridgeFact
  | BridgeMacFact
  | BridgePortFact
  | BridgeVlanFact
  | BridgeVniFact
  | CalicoFact
  | CalicoStatusFact
  | ClockFact
  | CommandRunFact
  | ComponentLogFact
  | ConfigFact
  | ConnectionsFact
  | ConntrackEventFact
  | ConntrackExpectFact
  | ConntrackTableFact
  | DnsQueryFact
  | EbtablesTableFact
  | EthtoolDriverFact
  | EthtoolFeatureFact
  | EthtoolLinkFact
  | EthtoolSettingFact
  | EthtoolStatFact
  | FdbFact
  | FirewalldActiveZoneFact
  | FirewalldDirectRuleFact
  | FirewalldPolicyFact
  | FirewalldStateFact
  | FirewalldZoneFact
  | FlannelAnnouncementFact
  | FlannelConfigFact
  | FlannelLeaseFact
  | FlannelLogFact
  | FlannelSubnetKeyFact
  | FlowVerdictFact
  | HostnameFact
  | HostsEntryFact
  | IpsetFact
  | IptablesDumpFact
  | IptablesTableFact
  | IpvsConnectionsFact
  | IpvsDaemonFact
  | IpvsServiceFact
  | IpvsSettingsFact
  | KernelLogFact
  | KernelReleaseFact
  | KubernetesFact
  | LegacyTablesFact
  | LinkFact
  | LogSpanFact
  | MachineIdFact
  | ManagedDeviceFact
  | MdbFact
  | ModuleFact
  | NeighbourFact
  | NeighbourTableFact
  | NetconfFact
  | NetnsFact
  | NetworkCounterFact
  | NextHopFact
  | NfQueueFact
  | NftFact
  | OsReleaseFact
  | PacketCaptureFact
  | PacketFact
  | PingFact
  | PolicyRuleFact
  | ProcessFact
  | QdiscFact
  | RecentListFact
  | ResolvedFact
  | ResolverFact
  | RouteFact
  | RuntimeFact
  | SocketFact
  | SocketUsageFact
  | SoftnetFact
  | SubnetEnvFact
  | SysctlConfigFact
  | SysctlFact
  | TcFilterFact
  | TcpAttemptFact
  | ToolVersionFact
  | TracerouteFact
  | UfwFact
  | UfwRuleFact
  | UnitFact
  | UptimeFact
  | WeaveConnectionFact
  | WeaveIpamFact
  | WeaveStatusFact
  | WireguardInterfaceFact
  | WireguardPeerFact
  | XfrmDefaultFact
  | XfrmPolicyFact
  | XfrmStateFact;

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
