/**
 * Logs of node components, whatever carries them: journald in all its output forms, syslog files, what a container wrote.
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
import { logClaim } from './log/claims.js';
import { sniffLog } from './log/probe.js';
import { scanLog } from './log/scan.js';
import { logSource } from './log/source.js';

type JournalFact = ComponentLogFact | FlannelLeaseFact | FlannelLogFact | HostnameFact | KernelLogFact | LogSpanFact;

/**
 * Names that collectors give to logs; not tables about the journal, nor documents. Content decides: a file of such a name without one line of
 * a log is none.
 */
const FILE =
  /^(?!.*(?:list-boots|ya?ml|-json$|subnet-env|config|describe|-conf$|version|status|systemctl))(?:(?:.*-)?journal(?:ctl|d)?(?:-.*)?$|(?:.*-)?(?:syslog|messages|kern|kernel|daemon|kubelet|kubeproxy|flanneld?|containerd|dockerd?|crio|k3s|k0s|rke2|networkmanager|firewalld|etcd|ipamd|systemd-networkd?)(?:-(?:service|logs?|server|agent|current|previous))*(?:-\d+)?$|k8s-logs-|(?:crictl|docker|kubectl)-logs?-|logs-|(?:current|previous|logs|\d+)$|(?:.*-)?(?:kube-flannel|kube-proxy|calico-node|calico-typha|coredns|canal|cilium|aws-node|weave-net|kube-router|node-local-dns)(?:-|$)|.*-logs?(?:-\d+)?$)/;

/** Reads logs for the lines that tell something of the network; all other well-formed lines are noise by declaration. */
export const journal = defineParser<JournalFact>({
  command: 'journal',
  emits: ['component-log', 'flannel-lease', 'flannel-log', 'hostname', 'kernel-log', 'log-span'],
  scope: 'stack',
  claims: {
    command: logClaim,
    file: FILE,
    sniff: sniffLog,
  },
  parse(text, out, context) {
    scanLog(text, out, context, logSource(context, text));
  },
});
