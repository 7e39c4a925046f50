import type { AnyFact } from '../facts/index.js';
import type { Parser } from '../kit/index.js';
import { ab } from './ab.js';
import { arping } from './arping.js';
import { birdcl } from './birdcl.js';
import { brctlShow } from './brctl-show.js';
import { brctlShowmacs } from './brctl-showmacs.js';
import { bridgeFdb } from './bridge-fdb.js';
import { bridgeFdbJson } from './bridge-fdb-json.js';
import { calicoctlNodeStatus } from './calicoctl-node-status.js';
import { collectorRecord } from './collector-record.js';
import { conntrackEvents } from './conntrack-events.js';
import { curl } from './curl.js';
import { dig } from './dig.js';
import { dmesg } from './dmesg.js';
import { etcdctlFlannel } from './etcdctl-flannel.js';
import { fping } from './fping.js';
import { getent } from './getent.js';
import { host } from './host.js';
import { hostname } from './hostname.js';
import { hubbleObserve } from './hubble-observe.js';
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
import { iperf } from './iperf.js';
import { iperf3Json } from './iperf3-json.js';
import { iptablesSave } from './iptables-save.js';
import { journal } from './journal.js';
import { kubectlDescribe } from './kubectl-describe.js';
import { kubectlGet } from './kubectl-get.js';
import { kubectlObject } from './kubectl-object.js';
import { mtr } from './mtr.js';
import { mtrJson } from './mtr-json.js';
import { nc } from './nc.js';
import { nslookup } from './nslookup.js';
import { opensslSClient } from './openssl-s-client.js';
import { ping } from './ping.js';
import { resolvConf } from './resolv-conf.js';
import { resolvectl } from './resolvectl.js';
import { routeN } from './route-n.js';
import { subnetEnv } from './subnet-env.js';
import { sysctl } from './sysctl.js';
import { tcpdump } from './tcpdump.js';
import { telnet } from './telnet.js';
import { tracepath } from './tracepath.js';
import { traceroute } from './traceroute.js';
import { tshark } from './tshark.js';
import { uname } from './uname.js';
import { wget } from './wget.js';

/** Every parser, sorted by command. Adding one is its file and one line here. */
export const parsers: readonly Parser<AnyFact>[] = [
  ab,
  arping,
  birdcl,
  brctlShow,
  brctlShowmacs,
  bridgeFdb,
  bridgeFdbJson,
  calicoctlNodeStatus,
  collectorRecord,
  conntrackEvents,
  curl,
  dig,
  dmesg,
  etcdctlFlannel,
  fping,
  getent,
  host,
  hostname,
  hubbleObserve,
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
  iperf,
  iperf3Json,
  iptablesSave,
  journal,
  kubectlDescribe,
  kubectlGet,
  kubectlObject,
  mtr,
  mtrJson,
  nc,
  nslookup,
  opensslSClient,
  ping,
  resolvConf,
  resolvectl,
  routeN,
  subnetEnv,
  sysctl,
  tcpdump,
  telnet,
  tracepath,
  traceroute,
  tshark,
  uname,
  wget,
];
