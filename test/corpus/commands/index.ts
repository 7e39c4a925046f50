import type { CorpusCommand } from '../corpus.js';
import { arp } from './arp.js';
import { birdcl } from './birdcl.js';
import { brctlShow } from './brctl-show.js';
import { bridgeFdb } from './bridge-fdb.js';
import { bridgeVlan } from './bridge-vlan.js';
import { calicoctlNodeStatus } from './calicoctl-node-status.js';
import { dmesg } from './dmesg.js';
import { etcdctlFlannel } from './etcdctl-flannel.js';
import { ethtool, ethtoolDriver, ethtoolFeatures, ethtoolParameters, ethtoolStatistics } from './ethtool.js';
import { ifconfig } from './ifconfig.js';
import { ipAddr } from './ip-addr.js';
import { ipLink } from './ip-link.js';
import { ipMaddr } from './ip-maddr.js';
import { ipNeigh } from './ip-neigh.js';
import { ipNetns } from './ip-netns.js';
import { ipRoute } from './ip-route.js';
import { ipRule } from './ip-rule.js';
import { ipVrf } from './ip-vrf.js';
import { iptablesSave } from './iptables-save.js';
import { journal } from './journal.js';
import { kubectlDescribe } from './kubectl-describe.js';
import { kubectlGet } from './kubectl-get.js';
import { kubectlObject } from './kubectl-object.js';
import { networkctl } from './networkctl.js';
import { nmcli, nmcliDevice, nmcliShow, nmcliTables } from './nmcli.js';
import { ping } from './ping.js';
import { resolvConf } from './resolv-conf.js';
import { routeN } from './route-n.js';
import { subnetEnv } from './subnet-env.js';
import { sysctl } from './sysctl.js';
import { tcpdump } from './tcpdump.js';

/** Every mapping, sorted by command: its file and one line here. */
// biome-ignore format: one line per command
export const commands: readonly CorpusCommand[] = [
  arp,
  birdcl,
  brctlShow,
  bridgeFdb,
  bridgeVlan,
  calicoctlNodeStatus,
  dmesg,
  etcdctlFlannel,
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
  tcpdump,
];
