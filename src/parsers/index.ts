import type { AnyFact } from '../facts/index.js';
import type { Parser } from '../kit/index.js';
import { birdcl } from './birdcl.js';
import { calicoctlNodeStatus } from './calicoctl-node-status.js';
import { dmesg } from './dmesg.js';
import { etcdctlFlannel } from './etcdctl-flannel.js';
import { ipNetconf } from './ip-netconf.js';
import { ipRoute } from './ip-route.js';
import { ipRule } from './ip-rule.js';
import { journal } from './journal.js';
import { kubectlDescribe } from './kubectl-describe.js';
import { kubectlGet } from './kubectl-get.js';
import { kubectlObject } from './kubectl-object.js';
import { ping } from './ping.js';
import { tcpdump } from './tcpdump.js';

/** Every parser, sorted by command. Adding one is its file and one line here. */
export const parsers: readonly Parser<AnyFact>[] = [
  birdcl,
  calicoctlNodeStatus,
  dmesg,
  etcdctlFlannel,
  ipNetconf,
  ipRoute,
  ipRule,
  journal,
  kubectlDescribe,
  kubectlGet,
  kubectlObject,
  ping,
  tcpdump,
];
