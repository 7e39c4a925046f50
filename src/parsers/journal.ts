/**
 * Logs of node components, whatever carries them: journald's short formats, syslog files, klog text of a container.
 *
 *     -- Logs begin at Thu 2020-01-23 16:55:06 UTC, end at Thu 2020-01-23 17:26:05 UTC. --
 *     Jan 23 16:55:10 node-1 flanneld[692]: I0123 16:55:10.488237     692 main.go:516] Using interface with name ens4 and address 10.162.0.7
 *     2023-04-02T07:06:40+0000 node-1 kernel: neighbour: arp_cache: neighbor table overflow!
 */
import type {
  ComponentLogFact,
  FlannelLeaseFact,
  FlannelLogFact,
  HostnameFact,
  KernelLogFact,
  LogSpanFact,
} from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { newHead, readHead } from './log/head.js';
import { scanLog } from './log/scan.js';
import { logClaim, logSource } from './log/source.js';

type JournalFact = ComponentLogFact | FlannelLeaseFact | FlannelLogFact | HostnameFact | KernelLogFact | LogSpanFact;

const UTF8 = new TextEncoder();
const BANNER = /^-- (?:Logs begin at|Journal begins at|No entries|Reboot|Boot [0-9a-f]{32})/;

/** File names of logs; not the renderings that are no lines of text, nor tables about the journal. */
const FILE =
  /^(?!.*(?:export|json|verbose|list-boots|disk-usage|ya?ml))(?:(?:.*-)?journal(?:ctl|d)?(?:-.*)?$|(?:syslog|messages|kern|daemon|kubelet|flanneld?|containerd|dockerd?|k3s|rke2)(?:-log)?(?:-\d+)?$|k8s-logs-|kube-flannel|kube-proxy|calico-node|coredns)/;

/** Logs are told by their heads: most lines must have one. A transcript of speech (`00:41:38 [W] …`) has none that counts. */
const PACKET = /^\d+\.\d+ +(?:\S+ +(?:In|Out|B|M|P) +)?(?:IP6? |ARP, |[\da-f]{2}(?::[\da-f]{2}){5} > )/;

function sniff(head: readonly string[]): 0 | 1 | 2 | 3 {
  let logged = 0;
  let lines = 0;
  const scratch = newHead();
  for (const line of head) {
    if (line.trim() === '' || /^(?:--( |$)|\s)/.test(line)) continue;
    lines++;
    const bytes = UTF8.encode(line.slice(0, 400));
    if (!readHead(bytes, 0, bytes.length, scratch)) continue;
    // dmesg lines can look like `-o short-monotonic`; a pid in the tag settles it.
    if (scratch.shape === 'monotonic' && !/^\[[^\]]*\] \S+ \S+\[\d+\]:/.test(line)) continue;
    // `tcpdump -tt` stamps its packets as `-o short-unix` stamps messages.
    if (scratch.shape === 'unix' && PACKET.test(line)) continue;
    logged++;
  }
  if (head.some((line) => BANNER.test(line)) && logged * 2 >= lines) return 3;
  if (logged === 0) return 0;
  if (logged * 10 >= lines * 9) return lines >= 3 ? 3 : 2;
  return logged * 2 >= lines ? 2 : 0;
}

/** Reads logs for the lines that tell something of the network; all other well-formed lines are noise by declaration. */
export const journal = defineParser<JournalFact>({
  command: 'journal',
  emits: ['component-log', 'flannel-lease', 'flannel-log', 'hostname', 'kernel-log', 'log-span'],
  scope: 'stack',
  claims: {
    command: logClaim,
    file: FILE,
    sniff,
  },
  parse(text, out, context) {
    scanLog(text, out, context, logSource(context));
  },
});
