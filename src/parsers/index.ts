import type { AnyFact } from '../facts/index.js';
import type { Parser } from '../kit/index.js';
import { birdCfg } from './bird-cfg.js';
import { birdcl } from './birdcl.js';
import { brctlShow } from './brctl-show.js';
import { brctlShowmacs } from './brctl-showmacs.js';
import { bridgeFdb } from './bridge-fdb.js';
import { bridgeFdbJson } from './bridge-fdb-json.js';
import { calicoctlGet } from './calicoctl-get.js';
import { calicoctlIpam } from './calicoctl-ipam.js';
import { calicoctlNodeStatus } from './calicoctl-node-status.js';
import { calicoctlVersion } from './calicoctl-version.js';
import { cniConfig } from './cni-config.js';
import { componentEnv } from './component-env.js';
import { containerdConfig } from './containerd-config.js';
import { corefile } from './corefile.js';
import { crictlPs } from './crictl-ps.js';
import { daemonJson } from './daemon-json.js';
import { dmesg } from './dmesg.js';
import { dockerInfo } from './docker-info.js';
import { dockerInspect } from './docker-inspect.js';
import { dockerPs } from './docker-ps.js';
import { etcdctlFlannel } from './etcdctl-flannel.js';
import { gravityStatus } from './gravity-status.js';
import { gravityTimeline } from './gravity-timeline.js';
import { hostname } from './hostname.js';
import { ifcfg } from './ifcfg.js';
import { ipAddr } from './ip-addr.js';
import { ipAddrJson } from './ip-addr-json.js';
import { ipLink } from './ip-link.js';
import { ipLinkJson } from './ip-link-json.js';
import { ipNeigh } from './ip-neigh.js';
import { ipNeighJson } from './ip-neigh-json.js';
import { ipNetconf } from './ip-netconf.js';
import { ipNetconfJson } from './ip-netconf-json.js';
import { ipRoute } from './ip-route.js';
import { ipRouteJson } from './ip-route-json.js';
import { ipRule } from './ip-rule.js';
import { ipRuleJson } from './ip-rule-json.js';
import { iptablesSave } from './iptables-save.js';
import { journal } from './journal.js';
import { kubectlClusterInfo } from './kubectl-cluster-info.js';
import { kubectlDescribe } from './kubectl-describe.js';
import { kubectlGet } from './kubectl-get.js';
import { kubectlObject } from './kubectl-object.js';
import { kubectlTemplate } from './kubectl-template.js';
import { kubectlVersion } from './kubectl-version.js';
import { kubeletConfig } from './kubelet-config.js';
import { netplan } from './netplan.js';
import { networkManagerConf } from './network-manager-conf.js';
import { ping } from './ping.js';
import { resolvConf } from './resolv-conf.js';
import { routeN } from './route-n.js';
import { serfMembers } from './serf-members.js';
import { subnetEnv } from './subnet-env.js';
import { sysctl } from './sysctl.js';
import { tcpdump } from './tcpdump.js';
import { uname } from './uname.js';

/** Every parser, sorted by command. Adding one is its file and one line here. */
export const parsers: readonly Parser<AnyFact>[] = [
  birdCfg,
  birdcl,
  brctlShow,
  brctlShowmacs,
  bridgeFdb,
  bridgeFdbJson,
  calicoctlGet,
  calicoctlIpam,
  calicoctlNodeStatus,
  calicoctlVersion,
  cniConfig,
  componentEnv,
  containerdConfig,
  corefile,
  crictlPs,
  daemonJson,
  dmesg,
  dockerInfo,
  dockerInspect,
  dockerPs,
  etcdctlFlannel,
  gravityStatus,
  gravityTimeline,
  hostname,
  ifcfg,
  ipAddr,
  ipAddrJson,
  ipLink,
  ipLinkJson,
  ipNeigh,
  ipNeighJson,
  ipNetconf,
  ipNetconfJson,
  ipRoute,
  ipRouteJson,
  ipRule,
  ipRuleJson,
  iptablesSave,
  journal,
  kubectlClusterInfo,
  kubectlDescribe,
  kubectlGet,
  kubectlObject,
  kubectlTemplate,
  kubectlVersion,
  kubeletConfig,
  netplan,
  networkManagerConf,
  ping,
  resolvConf,
  routeN,
  serfMembers,
  subnetEnv,
  sysctl,
  tcpdump,
  uname,
];
