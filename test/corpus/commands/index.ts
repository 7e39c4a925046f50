import type { CorpusCommand } from '../corpus.js';
import { arp } from './arp.js';
import { birdcl } from './birdcl.js';
import { brctlShow } from './brctl-show.js';
import { bridgeFdb } from './bridge-fdb.js';
import { bridgeVlan } from './bridge-vlan.js';
import { calicoctlNodeStatus } from './calicoctl-node-status.js';
import { conntrack } from './conntrack.js';
import { dig } from './dig.js';
import { dmesg } from './dmesg.js';
import { etcdctlFlannel } from './etcdctl-flannel.js';
import { ethtool, ethtoolDriver, ethtoolFeatures, ethtoolParameters, ethtoolStatistics } from './ethtool.js';
import { host } from './host.js';
import { hosts } from './hosts.js';
import { ifconfig } from './ifconfig.js';
import { ipAddr } from './ip-addr.js';
import { ipLink } from './ip-link.js';
import { ipMaddr } from './ip-maddr.js';
import { ipNeigh } from './ip-neigh.js';
import { ipNetns } from './ip-netns.js';
import { ipRoute } from './ip-route.js';
import { ipRule } from './ip-rule.js';
import { ipVrf } from './ip-vrf.js';
import { ipsetList, ipsetSave } from './ipset.js';
import { iptablesList } from './iptables-list.js';
import { iptablesSave } from './iptables-save.js';
import { ipvsadmList } from './ipvsadm.js';
import { journal } from './journal.js';
import { journalBoots } from './journal-boots.js';
import { kubectlDescribe } from './kubectl-describe.js';
import { kubectlGet } from './kubectl-get.js';
import { kubectlObject } from './kubectl-object.js';
import { netstat } from './netstat.js';
import { netstatI } from './netstat-i.js';
import { networkctl } from './networkctl.js';
import { nftList } from './nft-list.js';
import { nmcli, nmcliDevice, nmcliShow, nmcliTables } from './nmcli.js';
import { ping } from './ping.js';
import { procNet } from './proc-net.js';
import { resolvConf } from './resolv-conf.js';
import { routeN } from './route-n.js';
import { ss } from './ss.js';
import { subnetEnv } from './subnet-env.js';
import { sysctl } from './sysctl.js';
import { systemctl } from './systemctl.js';
import { tcpdump } from './tcpdump.js';
import { traceroute } from './traceroute.js';

/** Every mapping, sorted by command: its file and one line here. */
// biome-ignore format: one line per command
export const commands: readonly CorpusCommand[] = [
  arp,
  birdcl,
  brctlShow,
  bridgeFdb,
  bridgeVlan,
  calicoctlNodeStatus,
  conntrack,
  dig,
  dmesg,
  etcdctlFlannel,
  host,
  hosts,
  ethtool,
  ethtoolDriver,
  ethtoolFeatures,
  ethtoolParameters,
  ethtoolStatistics,
  ifconfig,
  ipAddr,
  ipLink,
  ipMaddr,
  ipNeigh,
  ipNetns,
  ipRoute,
  ipRule,
  ipVrf,
  ipsetList,
  ipsetSave,
  iptablesList,
  iptablesSave,
  ipvsadmList,
  journal,
  journalBoots,
  kubectlDescribe,
  kubectlGet,
  kubectlObject,
  netstat,
  netstatI,
  networkctl,
  nftList,
  nmcli,
  nmcliDevice,
  nmcliShow,
  nmcliTables,
  ping,
  ...procNet,
  resolvConf,
  routeN,
  ss,
  subnetEnv,
  sysctl,
  systemctl,
  tcpdump,
  traceroute,
];
