import type { CorpusCommand } from '../corpus.js';
import { birdcl } from './birdcl.js';
import { calicoctlNodeStatus } from './calicoctl-node-status.js';
import { dmesg } from './dmesg.js';
import { etcdctlFlannel } from './etcdctl-flannel.js';
import { journal } from './journal.js';
import { kubectlDescribe } from './kubectl-describe.js';
import { kubectlGet } from './kubectl-get.js';
import { kubectlObject } from './kubectl-object.js';
import { ping } from './ping.js';
import { tcpdump } from './tcpdump.js';

/** Every mapping, sorted by command: its file and one line here. */
// biome-ignore format: one line per command
export const commands: readonly CorpusCommand[] = [
  birdcl,
  calicoctlNodeStatus,
  dmesg,
  etcdctlFlannel,
  journal,
  kubectlDescribe,
  kubectlGet,
  kubectlObject,
  ping,
  tcpdump,
];
