import type { Rule } from '#rule';
import bridgeHairpinOff from './bridge/hairpin-off.js';
import bridgePodBridgeMissingOrDown from './bridge/pod-bridge-missing-or-down.js';
import bridgePortNotForwarding from './bridge/port-not-forwarding.js';
import bridgeVethNotEnslaved from './bridge/veth-not-enslaved.js';
import bridgeVlanFilteringOrIsolation from './bridge/vlan-filtering-or-isolation.js';
import calicoBgpNotEstablished from './calico/bgp-not-established.js';
import calicoMissingBirdRoutes from './calico/missing-bird-routes.js';
import calicoProxyArpOff from './calico/proxy-arp-off.js';
import calicoTunnelDownOrNoIp from './calico/tunnel-down-or-no-ip.js';
import calicoWrongNodeIp from './calico/wrong-node-ip.js';
import captureFilteredOutput from './capture/filtered-output.js';
import captureMissingCoreInput from './capture/missing-core-input.js';
import captureMixedClusters from './capture/mixed-clusters.js';
import captureNoLinkDetail from './capture/no-link-detail.js';
import captureNodeNotCaptured from './capture/node-not-captured.js';
import captureSameNodeTwice from './capture/same-node-twice.js';
import captureTimeSpread from './capture/time-spread.js';
import captureTruncated from './capture/truncated.js';
import captureUnprivileged from './capture/unprivileged.js';
import captureWrongNamespace from './capture/wrong-namespace.js';
import flannelDeviceMissingOrDown from './flannel/device-missing-or-down.js';
import flannelDuplicatePublicIp from './flannel/duplicate-public-ip.js';
import flannelFdbWrongDst from './flannel/fdb-wrong-dst.js';
import flannelMissingFdbOrNeigh from './flannel/missing-fdb-or-neigh.js';
import flannelNetworkConfigMismatch from './flannel/network-config-mismatch.js';
import flannelSubnetEnvMismatch from './flannel/subnet-env-mismatch.js';
import flannelSubnetOverlap from './flannel/subnet-overlap.js';
import flannelVniOrPortMismatch from './flannel/vni-or-port-mismatch.js';
import flannelVtepMacMismatch from './flannel/vtep-mac-mismatch.js';
import flannelWrongInterface from './flannel/wrong-interface.js';
import iptablesForwardDrop from './iptables/forward-drop.js';
import iptablesInputBlocksOverlay from './iptables/input-blocks-overlay.js';
import iptablesMissingEgressMasquerade from './iptables/missing-egress-masquerade.js';
import iptablesNetworkpolicyIsolation from './iptables/networkpolicy-isolation.js';
import iptablesRejectBeforeCni from './iptables/reject-before-cni.js';
import iptablesUnexpectedSnat from './iptables/unexpected-snat.js';
import kernelBridgeNfCallIptablesOff from './kernel/bridge-nf-call-iptables-off.js';
import kernelConntrackTableFull from './kernel/conntrack-table-full.js';
import kernelConntrackTimeoutZero from './kernel/conntrack-timeout-zero.js';
import kernelForwardingDisabled from './kernel/forwarding-disabled.js';
import kernelIpForwardOff from './kernel/ip-forward-off.js';
import kernelIpsecPolicyBlocks from './kernel/ipsec-policy-blocks.js';
import kernelIpv6ForwardingOff from './kernel/ipv6-forwarding-off.js';
import kernelNeighTableOverflow from './kernel/neigh-table-overflow.js';
import kernelNeighThresholdsLow from './kernel/neigh-thresholds-low.js';
import kernelNoRoomForFragments from './kernel/no-room-for-fragments.js';
import kernelRpFilterDrop from './kernel/rp-filter-drop.js';
import kernelTcpTwRecycle from './kernel/tcp-tw-recycle.js';
import kubeProxyClusterCidrMismatch from './kube-proxy/cluster-cidr-mismatch.js';
import kubeProxyEndpointNotListening from './kube-proxy/endpoint-not-listening.js';
import kubeProxyMasqueradeBroken from './kube-proxy/masquerade-broken.js';
import kubeProxyNoEndpoints from './kube-proxy/no-endpoints.js';
import kubeProxyNodePortAddresses from './kube-proxy/node-port-addresses.js';
import kubeProxyNodesDisagree from './kube-proxy/nodes-disagree.js';
import kubeProxyNotProgrammed from './kube-proxy/not-programmed.js';
import kubeProxyStaleEndpoint from './kube-proxy/stale-endpoint.js';
import kubeProxyStaleUdpConntrack from './kube-proxy/stale-udp-conntrack.js';
import linkDuplicateIp from './link/duplicate-ip.js';
import linkDuplicateMac from './link/duplicate-mac.js';
import linkMtuExceedsUnderlay from './link/mtu-exceeds-underlay.js';
import linkMtuMismatchAcrossNodes from './link/mtu-mismatch-across-nodes.js';
import linkMtuPodMismatch from './link/mtu-pod-mismatch.js';
import linkPodWithoutIpv6 from './link/pod-without-ipv6.js';
import linkUnderlayDown from './link/underlay-down.js';
import linkVniOrPortMismatch from './link/vni-or-port-mismatch.js';
import neighAnswerDropped from './neigh/answer-dropped.js';
import neighPeerFailed from './neigh/peer-failed.js';
import neighPeerMacConflict from './neigh/peer-mac-conflict.js';
import routeAsymmetricPath from './route/asymmetric-path.js';
import routeBlackholeRemotePods from './route/blackhole-remote-pods.js';
import routeMissingPeerSubnet from './route/missing-peer-subnet.js';
import routeNoDefault from './route/no-default.js';
import routePodCidrTwice from './route/pod-cidr-twice.js';
import routePodWithoutRoute from './route/pod-without-route.js';
import routePolicyRoutingHijack from './route/policy-routing-hijack.js';
import routeShadowedOrDuplicate from './route/shadowed-or-duplicate.js';
import routeSubnetOverlap from './route/subnet-overlap.js';
import routeWrongDeviceOrGateway from './route/wrong-device-or-gateway.js';
import traceArpUnanswered from './trace/arp-unanswered.js';
import traceBadChecksumInbound from './trace/bad-checksum-inbound.js';
import traceBgpSilent from './trace/bgp-silent.js';
import traceCaptureDrops from './trace/capture-drops.js';
import traceEgressLost from './trace/egress-lost.js';
import traceFullSizeLost from './trace/full-size-lost.js';
import traceIcmpErrorClassified from './trace/icmp-error-classified.js';
import traceLargePacketsStall from './trace/large-packets-stall.js';
import traceOuterSelf from './trace/outer-self.js';
import traceOverlayOneWay from './trace/overlay-one-way.js';
import tracePathLost from './trace/path-lost.js';
import tracePingMatrix from './trace/ping-matrix.js';
import tracePredictionContradicted from './trace/prediction-contradicted.js';
import traceReplyLostInNode from './trace/reply-lost-in-node.js';
import traceRequestNotDelivered from './trace/request-not-delivered.js';
import traceSynRetransmit from './trace/syn-retransmit.js';

/** Every rule, sorted by id. Adding one is its file and one line here. */
export const rules: readonly Rule[] = [
  bridgeHairpinOff,
  bridgePodBridgeMissingOrDown,
  bridgePortNotForwarding,
  bridgeVethNotEnslaved,
  bridgeVlanFilteringOrIsolation,
  calicoBgpNotEstablished,
  calicoMissingBirdRoutes,
  calicoProxyArpOff,
  calicoTunnelDownOrNoIp,
  calicoWrongNodeIp,
  captureFilteredOutput,
  captureMissingCoreInput,
  captureMixedClusters,
  captureNoLinkDetail,
  captureNodeNotCaptured,
  captureSameNodeTwice,
  captureTimeSpread,
  captureTruncated,
  captureUnprivileged,
  captureWrongNamespace,
  flannelDeviceMissingOrDown,
  flannelDuplicatePublicIp,
  flannelFdbWrongDst,
  flannelMissingFdbOrNeigh,
  flannelNetworkConfigMismatch,
  flannelSubnetEnvMismatch,
  flannelSubnetOverlap,
  flannelVniOrPortMismatch,
  flannelVtepMacMismatch,
  flannelWrongInterface,
  iptablesForwardDrop,
  iptablesInputBlocksOverlay,
  iptablesMissingEgressMasquerade,
  iptablesNetworkpolicyIsolation,
  iptablesRejectBeforeCni,
  iptablesUnexpectedSnat,
  kernelBridgeNfCallIptablesOff,
  kernelConntrackTableFull,
  kernelConntrackTimeoutZero,
  kernelForwardingDisabled,
  kernelIpForwardOff,
  kernelIpsecPolicyBlocks,
  kernelIpv6ForwardingOff,
  kernelNeighTableOverflow,
  kernelNeighThresholdsLow,
  kernelNoRoomForFragments,
  kernelRpFilterDrop,
  kernelTcpTwRecycle,
  kubeProxyClusterCidrMismatch,
  kubeProxyEndpointNotListening,
  kubeProxyMasqueradeBroken,
  kubeProxyNoEndpoints,
  kubeProxyNodePortAddresses,
  kubeProxyNodesDisagree,
  kubeProxyNotProgrammed,
  kubeProxyStaleEndpoint,
  kubeProxyStaleUdpConntrack,
  linkDuplicateIp,
  linkDuplicateMac,
  linkMtuExceedsUnderlay,
  linkMtuMismatchAcrossNodes,
  linkMtuPodMismatch,
  linkPodWithoutIpv6,
  linkUnderlayDown,
  linkVniOrPortMismatch,
  neighAnswerDropped,
  neighPeerFailed,
  neighPeerMacConflict,
  routeAsymmetricPath,
  routeBlackholeRemotePods,
  routeMissingPeerSubnet,
  routeNoDefault,
  routePodCidrTwice,
  routePodWithoutRoute,
  routePolicyRoutingHijack,
  routeShadowedOrDuplicate,
  routeSubnetOverlap,
  routeWrongDeviceOrGateway,
  traceArpUnanswered,
  traceBadChecksumInbound,
  traceBgpSilent,
  traceCaptureDrops,
  traceEgressLost,
  traceFullSizeLost,
  traceIcmpErrorClassified,
  traceLargePacketsStall,
  traceOuterSelf,
  traceOverlayOneWay,
  tracePathLost,
  tracePingMatrix,
  tracePredictionContradicted,
  traceReplyLostInNode,
  traceRequestNotDelivered,
  traceSynRetransmit,
];
