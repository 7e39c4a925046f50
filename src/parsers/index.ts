import type { AnyFact } from '../facts/index.js';
import type { Parser } from '../kit/index.js';
import { arp } from './arp.js';
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
import { calicoctlNodeStatus } from './calicoctl-node-status.js';
import { dmesg } from './dmesg.js';
import { etcdctlFlannel } from './etcdctl-flannel.js';
import { ethtool } from './ethtool.js';
import { ethtoolDriver } from './ethtool-driver.js';
import { ethtoolFeatures } from './ethtool-features.js';
import { ethtoolParameters } from './ethtool-parameters.js';
import { ethtoolStatistics } from './ethtool-statistics.js';
import { hostname } from './hostname.js';
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
import { iptablesSave } from './iptables-save.js';
import { journal } from './journal.js';
import { kubectlDescribe } from './kubectl-describe.js';
import { kubectlGet } from './kubectl-get.js';
import { kubectlObject } from './kubectl-object.js';
import { networkctl } from './networkctl.js';
import { nmcli } from './nmcli.js';
import { nmcliDevice } from './nmcli-device.js';
import { nmcliShow } from './nmcli-show.js';
import { nmcliTables } from './nmcli-tables.js';
import { ping } from './ping.js';
import { resolvConf } from './resolv-conf.js';
import { routeN } from './route-n.js';
import { subnetEnv } from './subnet-env.js';
import { sysctl } from './sysctl.js';
import { tcFilter } from './tc-filter.js';
import { tcQdisc } from './tc-qdisc.js';
import { tcQdiscJson } from './tc-qdisc-json.js';
import { tcpdump } from './tcpdump.js';
import { uname } from './uname.js';
import { wgShow } from './wg-show.js';
import { wgShowDump } from './wg-show-dump.js';

/** Every parser, sorted by command. Adding one is its file and one line here. */
export const parsers: readonly Parser<AnyFact>[] = [
  arp,
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
  calicoctlNodeStatus,
  dmesg,
  etcdctlFlannel,
  ethtool,
  ethtoolDriver,
  ethtoolFeatures,
  ethtoolParameters,
  ethtoolStatistics,
  hostname,
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
  iptablesSave,
  journal,
  kubectlDescribe,
  kubectlGet,
  kubectlObject,
  networkctl,
  nmcli,
  nmcliDevice,
  nmcliShow,
  nmcliTables,
  ping,
  resolvConf,
  routeN,
  subnetEnv,
  sysctl,
  tcFilter,
  tcQdisc,
  tcQdiscJson,
  tcpdump,
  uname,
  wgShow,
  wgShowDump,
];
