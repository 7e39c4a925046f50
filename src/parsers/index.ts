import type { AnyFact } from '../facts/index.js';
import type { Parser } from '../kit/index.js';
import { ab } from './ab.js';
import { arp } from './arp.js';
import { arping } from './arping.js';
import { arptables } from './arptables.js';
import { birdCfg } from './bird-cfg.js';
import { birdcl } from './birdcl.js';
import { brctlShow } from './brctl-show.js';
import { brctlShowmacs } from './brctl-showmacs.js';
import { brctlShowstp } from './brctl-showstp.js';
import { bridgeFdb } from './bridge-fdb.js';
import { bridgeFdbJson } from './bridge-fdb-json.js';
import { bridgeLink } from './bridge-link.js';
import { bridgeLinkJson } from './bridge-link-json.js';
import { bridgeMdb } from './bridge-mdb.js';
import { bridgeMdbJson } from './bridge-mdb-json.js';
import { bridgeVlan } from './bridge-vlan.js';
import { bridgeVlanJson } from './bridge-vlan-json.js';
import { bridgeVni } from './bridge-vni.js';
import { bridgeVniJson } from './bridge-vni-json.js';
import { calicoctlGet } from './calicoctl-get.js';
import { calicoctlIpam } from './calicoctl-ipam.js';
import { calicoctlNodeChecksystem } from './calicoctl-node-checksystem.js';
import { calicoctlNodeStatus } from './calicoctl-node-status.js';
import { calicoctlVersion } from './calicoctl-version.js';
import { checkConfig } from './check-config.js';
import { chronycTracking } from './chronyc-tracking.js';
import { ciliumHealth } from './cilium-health.js';
import { ciliumNodeList } from './cilium-node-list.js';
import { ciliumStatus } from './cilium-status.js';
import { cniConfig } from './cni-config.js';
import { collectorRecord } from './collector-record.js';
import { componentArgs } from './component-args.js';
import { componentEnv } from './component-env.js';
import { conntrack } from './conntrack.js';
import { conntrackCount } from './conntrack-count.js';
import { conntrackEvents } from './conntrack-events.js';
import { conntrackExpect } from './conntrack-expect.js';
import { conntrackStats } from './conntrack-stats.js';
import { containerdConfig } from './containerd-config.js';
import { corefile } from './corefile.js';
import { crictlPs } from './crictl-ps.js';
import { curl } from './curl.js';
import { daemonJson } from './daemon-json.js';
import { dataplaneOutput } from './dataplane-output.js';
import { date } from './date.js';
import { dig } from './dig.js';
import { dmesg } from './dmesg.js';
import { dockerInfo } from './docker-info.js';
import { dockerInspect } from './docker-inspect.js';
import { dockerPs } from './docker-ps.js';
import { ebtables } from './ebtables.js';
import { etcdctlFlannel } from './etcdctl-flannel.js';
import { ethtool } from './ethtool.js';
import { ethtoolDriver } from './ethtool-driver.js';
import { ethtoolFeatures } from './ethtool-features.js';
import { ethtoolParameters } from './ethtool-parameters.js';
import { ethtoolStatistics } from './ethtool-statistics.js';
import { firewallCmd } from './firewall-cmd.js';
import { fping } from './fping.js';
import { getent } from './getent.js';
import { gravityStatus } from './gravity-status.js';
import { gravityTimeline } from './gravity-timeline.js';
import { host } from './host.js';
import { hostOsInfo } from './host-os-info.js';
import { hostname } from './hostname.js';
import { hostnamectl } from './hostnamectl.js';
import { hosts } from './hosts.js';
import { hubbleObserve } from './hubble-observe.js';
import { ifcfg } from './ifcfg.js';
import { ifconfig } from './ifconfig.js';
import { ipAddr } from './ip-addr.js';
import { ipAddrBrief } from './ip-addr-brief.js';
import { ipAddrJson } from './ip-addr-json.js';
import { ipLink } from './ip-link.js';
import { ipLinkBrief } from './ip-link-brief.js';
import { ipLinkJson } from './ip-link-json.js';
import { ipMaddr } from './ip-maddr.js';
import { ipNeigh } from './ip-neigh.js';
import { ipNeighBrief } from './ip-neigh-brief.js';
import { ipNeighJson } from './ip-neigh-json.js';
import { ipNetconf } from './ip-netconf.js';
import { ipNetconfJson } from './ip-netconf-json.js';
import { ipNetns } from './ip-netns.js';
import { ipNetnsJson } from './ip-netns-json.js';
import { ipNexthop } from './ip-nexthop.js';
import { ipNexthopJson } from './ip-nexthop-json.js';
import { ipNtable } from './ip-ntable.js';
import { ipNtableJson } from './ip-ntable-json.js';
import { ipRoute } from './ip-route.js';
import { ipRouteJson } from './ip-route-json.js';
import { ipRule } from './ip-rule.js';
import { ipRuleJson } from './ip-rule-json.js';
import { ipTcpMetrics } from './ip-tcp-metrics.js';
import { ipTunnel } from './ip-tunnel.js';
import { ipVrf } from './ip-vrf.js';
import { ipXfrmPolicy } from './ip-xfrm-policy.js';
import { ipXfrmState } from './ip-xfrm-state.js';
import { iperf } from './iperf.js';
import { iperf3Json } from './iperf3-json.js';
import { ipsetJson } from './ipset-json.js';
import { ipsetList } from './ipset-list.js';
import { ipsetSave } from './ipset-save.js';
import { ipsetXml } from './ipset-xml.js';
import { iptablesList } from './iptables-list.js';
import { iptablesSave } from './iptables-save.js';
import { ipvsadmConnections } from './ipvsadm-connections.js';
import { ipvsadmList } from './ipvsadm-list.js';
import { ipvsadmSave } from './ipvsadm-save.js';
import { journal } from './journal.js';
import { journalBoots } from './journal-boots.js';
import { kernelModulesJson } from './kernel-modules-json.js';
import { kubectlClusterInfo } from './kubectl-cluster-info.js';
import { kubectlDescribe } from './kubectl-describe.js';
import { kubectlGet } from './kubectl-get.js';
import { kubectlObject } from './kubectl-object.js';
import { kubectlTemplate } from './kubectl-template.js';
import { kubectlVersion } from './kubectl-version.js';
import { kubeletConfig } from './kubelet-config.js';
import { kubeskoop } from './kubeskoop.js';
import { lsmod } from './lsmod.js';
import { lsof } from './lsof.js';
import { machineId } from './machine-id.js';
import { modinfo } from './modinfo.js';
import { modulesBuiltin } from './modules-builtin.js';
import { mtr } from './mtr.js';
import { mtrJson } from './mtr-json.js';
import { nc } from './nc.js';
import { netInterfacesJson } from './net-interfaces-json.js';
import { netplan } from './netplan.js';
import { netstat } from './netstat.js';
import { netstatI } from './netstat-i.js';
import { netstatS } from './netstat-s.js';
import { networkManagerConf } from './network-manager-conf.js';
import { networkctl } from './networkctl.js';
import { nftList } from './nft-list.js';
import { nftListJson } from './nft-list-json.js';
import { nmcli } from './nmcli.js';
import { nmcliDevice } from './nmcli-device.js';
import { nmcliShow } from './nmcli-show.js';
import { nmcliTables } from './nmcli-tables.js';
import { nslookup } from './nslookup.js';
import { nstat } from './nstat.js';
import { nstatJson } from './nstat-json.js';
import { opensslSClient } from './openssl-s-client.js';
import { osRelease } from './os-release.js';
import { otherOutput } from './other-output.js';
import { ping } from './ping.js';
import { procCmdline } from './proc-cmdline.js';
import { procNetArp } from './proc-net-arp.js';
import { procNetBonding } from './proc-net-bonding.js';
import { procNetDev } from './proc-net-dev.js';
import { procNetFibTrie } from './proc-net-fib-trie.js';
import { procNetIfInet6 } from './proc-net-if-inet6.js';
import { procNetIpVsStats } from './proc-net-ip-vs-stats.js';
import { procNetIpv6Route } from './proc-net-ipv6-route.js';
import { procNetNfnetlinkQueue } from './proc-net-nfnetlink-queue.js';
import { procNetRoute } from './proc-net-route.js';
import { procNetSnmp } from './proc-net-snmp.js';
import { procNetSockets } from './proc-net-sockets.js';
import { procNetSockstat } from './proc-net-sockstat.js';
import { procNetSoftnetStat } from './proc-net-softnet-stat.js';
import { procNetStat } from './proc-net-stat.js';
import { procNetTablesNames } from './proc-net-tables-names.js';
import { procNetVlan } from './proc-net-vlan.js';
import { procNetXtRecent } from './proc-net-xt-recent.js';
import { ps } from './ps.js';
import { resolvConf } from './resolv-conf.js';
import { resolvectl } from './resolvectl.js';
import { routeN } from './route-n.js';
import { runtimeVersion } from './runtime-version.js';
import { serfMembers } from './serf-members.js';
import { ss } from './ss.js';
import { subnetEnv } from './subnet-env.js';
import { sysctl } from './sysctl.js';
import { sysctlConfig } from './sysctl-config.js';
import { sysctlJson } from './sysctl-json.js';
import { systemctl } from './systemctl.js';
import { systemctlJson } from './systemctl-json.js';
import { systemctlStatus } from './systemctl-status.js';
import { talosResource } from './talos-resource.js';
import { tcFilter } from './tc-filter.js';
import { tcQdisc } from './tc-qdisc.js';
import { tcQdiscJson } from './tc-qdisc-json.js';
import { tcpdump } from './tcpdump.js';
import { telnet } from './telnet.js';
import { timedatectl } from './timedatectl.js';
import { toolVersion } from './tool-version.js';
import { tracepath } from './tracepath.js';
import { traceroute } from './traceroute.js';
import { tshark } from './tshark.js';
import { ufwStatus } from './ufw-status.js';
import { uname } from './uname.js';
import { uptime } from './uptime.js';
import { weaveReport } from './weave-report.js';
import { weaveStatus } from './weave-status.js';
import { wgShow } from './wg-show.js';
import { wgShowDump } from './wg-show-dump.js';
import { wget } from './wget.js';

/** Every parser, sorted by command. Adding one is its file and one line here. */
export const parsers: readonly Parser<AnyFact>[] = [
  ab,
  arp,
  arping,
  arptables,
  birdCfg,
  birdcl,
  brctlShow,
  brctlShowmacs,
  brctlShowstp,
  bridgeFdb,
  bridgeFdbJson,
  bridgeLink,
  bridgeLinkJson,
  bridgeMdb,
  bridgeMdbJson,
  bridgeVlan,
  bridgeVlanJson,
  bridgeVni,
  bridgeVniJson,
  calicoctlGet,
  calicoctlIpam,
  calicoctlNodeChecksystem,
  calicoctlNodeStatus,
  calicoctlVersion,
  checkConfig,
  chronycTracking,
  ciliumHealth,
  ciliumNodeList,
  ciliumStatus,
  cniConfig,
  collectorRecord,
  componentArgs,
  componentEnv,
  conntrack,
  conntrackCount,
  conntrackEvents,
  conntrackExpect,
  conntrackStats,
  containerdConfig,
  corefile,
  crictlPs,
  curl,
  daemonJson,
  dataplaneOutput,
  date,
  dig,
  dmesg,
  dockerInfo,
  dockerInspect,
  dockerPs,
  ebtables,
  etcdctlFlannel,
  ethtool,
  ethtoolDriver,
  ethtoolFeatures,
  ethtoolParameters,
  ethtoolStatistics,
  firewallCmd,
  fping,
  getent,
  gravityStatus,
  gravityTimeline,
  host,
  hostOsInfo,
  hostname,
  hostnamectl,
  hosts,
  hubbleObserve,
  ifcfg,
  ifconfig,
  ipAddr,
  ipAddrBrief,
  ipAddrJson,
  ipLink,
  ipLinkBrief,
  ipLinkJson,
  ipMaddr,
  ipNeigh,
  ipNeighBrief,
  ipNeighJson,
  ipNetconf,
  ipNetconfJson,
  ipNetns,
  ipNetnsJson,
  ipNexthop,
  ipNexthopJson,
  ipNtable,
  ipNtableJson,
  ipRoute,
  ipRouteJson,
  ipRule,
  ipRuleJson,
  ipTcpMetrics,
  ipTunnel,
  ipVrf,
  ipXfrmPolicy,
  ipXfrmState,
  iperf,
  iperf3Json,
  ipsetJson,
  ipsetList,
  ipsetSave,
  ipsetXml,
  iptablesList,
  iptablesSave,
  ipvsadmConnections,
  ipvsadmList,
  ipvsadmSave,
  journal,
  journalBoots,
  kernelModulesJson,
  kubectlClusterInfo,
  kubectlDescribe,
  kubectlGet,
  kubectlObject,
  kubectlTemplate,
  kubectlVersion,
  kubeletConfig,
  kubeskoop,
  lsmod,
  lsof,
  machineId,
  modinfo,
  modulesBuiltin,
  mtr,
  mtrJson,
  nc,
  netInterfacesJson,
  netplan,
  netstat,
  netstatI,
  netstatS,
  networkManagerConf,
  networkctl,
  nftList,
  nftListJson,
  nmcli,
  nmcliDevice,
  nmcliShow,
  nmcliTables,
  nslookup,
  nstat,
  nstatJson,
  opensslSClient,
  osRelease,
  otherOutput,
  ping,
  procCmdline,
  procNetArp,
  procNetBonding,
  procNetDev,
  procNetFibTrie,
  procNetIfInet6,
  procNetIpVsStats,
  procNetIpv6Route,
  procNetNfnetlinkQueue,
  procNetRoute,
  procNetSnmp,
  procNetSockets,
  procNetSockstat,
  procNetSoftnetStat,
  procNetStat,
  procNetTablesNames,
  procNetVlan,
  procNetXtRecent,
  ps,
  resolvConf,
  resolvectl,
  routeN,
  runtimeVersion,
  serfMembers,
  ss,
  subnetEnv,
  sysctl,
  sysctlConfig,
  sysctlJson,
  systemctl,
  systemctlJson,
  systemctlStatus,
  talosResource,
  tcFilter,
  tcQdisc,
  tcQdiscJson,
  tcpdump,
  telnet,
  timedatectl,
  toolVersion,
  tracepath,
  traceroute,
  tshark,
  ufwStatus,
  uname,
  uptime,
  weaveReport,
  weaveStatus,
  wgShow,
  wgShowDump,
  wget,
];
