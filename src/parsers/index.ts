import type { AnyFact } from '../facts/index.js';
import type { Parser } from '../kit/index.js';
import { birdcl } from './birdcl.js';
import { brctlShow } from './brctl-show.js';
import { brctlShowmacs } from './brctl-showmacs.js';
import { bridgeFdb } from './bridge-fdb.js';
import { bridgeFdbJson } from './bridge-fdb-json.js';
import { calicoctlNodeStatus } from './calicoctl-node-status.js';
import { dmesg } from './dmesg.js';
import { etcdctlFlannel } from './etcdctl-flannel.js';
import { hostname } from './hostname.js';
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
import { kubectlDescribe } from './kubectl-describe.js';
import { kubectlGet } from './kubectl-get.js';
import { kubectlObject } from './kubectl-object.js';
import { kubectlTemplate } from './kubectl-template.js';
import { ping } from './ping.js';
import { resolvConf } from './resolv-conf.js';
import { routeN } from './route-n.js';
import { subnetEnv } from './subnet-env.js';
import { sysctl } from './sysctl.js';
import { tcpdump } from './tcpdump.js';
import { uname } from './uname.js';

/** Every parser, sorted by command. Adding one is its file and one line here. */
export const parsers: readonly Parser<AnyFact>[] = [
  birdcl,
  brctlShow,
  brctlShowmacs,
  bridgeFdb,
  bridgeFdbJson,
  calicoctlNodeStatus,
  dmesg,
  etcdctlFlannel,
  hostname,
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
  kubectlDescribe,
  kubectlGet,
  kubectlObject,
  kubectlTemplate,
  ping,
  resolvConf,
  routeN,
  subnetEnv,
  sysctl,
  tcpdump,
  uname,
];
