/**
 * cilium status of the agent, and of cilium-cli, which draws a logo and counts pods.
 *
 *     KubeProxyReplacement:    True   [eth0 192.0.2.11 (Direct Routing)]
 *     Cilium:                  Ok   1.16.5 (v1.16.5-b7b9a3d2)
 *     Routing:                 Network: Tunnel [vxlan]   Host: BPF
 *     Masquerading:            BPF   [eth0]   10.42.0.0/16 [IPv4: Enabled, IPv6: Disabled]
 */
import type { ComponentConfigFact, PingFact, TcpAttemptFact, ToolVersionFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { HealthLines } from './cilium/health.js';
import { collectFailures } from './text/failure.js';

/* pkg/client/client.go FormatStatusResponse. */
const ROW = /^([A-Z][\w /.()-]{1,38}):(?: +(\S.*))?$/;
/** Who decides over packets of pods and services: these rows are settings, the others say how the agent fares. */
const SETTINGS: ReadonlySet<string> = new Set([
  'KubeProxyReplacement',
  'Host firewall',
  'CNI Chaining',
  'Routing',
  'Host Routing',
  'Masquerading',
  'Encryption',
  'Attach Mode',
  'Device Mode',
]);
const HEALTH = /^Cluster health: +\d+\/\d+ reachable/;
/** Below a row: addresses, controllers, maps, the tree of modules, details, what is wrong with a cluster of a mesh. */
const BELOW = /^[ \t]|^[│├└─]|^(?:agent|Name)\b|^ *[-└] /;
/** cilium-cli (cilium-cli/status/status.go). */
const CLI =
  /^[ /\\_¯]*[\\/¯_][ /\\_¯]*(?: +(?:Cilium|Operator|Envoy DaemonSet|Hubble(?: Relay)?|ClusterMesh): .*)?$|^(?:DaemonSet|Deployment|StatefulSet) +\S+ +Desired: |^(?:Containers|Cluster Pods|Helm chart version|Errors|Warnings|Configuration)\b|^Image versions\b|^status check failed: /;

const isLogo = (line: string): boolean => /^ +\/¯¯\\\s*$/.test(line);

export const ciliumStatus = defineParser<ComponentConfigFact | PingFact | TcpAttemptFact | ToolVersionFact>({
  command: 'cilium-status',
  emits: ['component-config', 'ping', 'tcp-attempt', 'tool-version'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      /^cilium(?:-dbg)?$/.test(argv[0] ?? '') &&
      argv.find((w) => !w.startsWith('-')) !== undefined &&
      argv.slice(1).find((w) => !w.startsWith('-')) === 'status' &&
      !argv.some((w) => /^(?:-o|--output|--brief)/.test(w))
        ? { kinds: [] }
        : undefined,
    file: /^cilium(?:-dbg)?-status/,
    sniff(head) {
      const lines = head.filter((l) => l.trim() !== '').slice(0, 12);
      if (lines.slice(0, 3).some(isLogo)) return 3;
      const rows = lines.filter((l) =>
        /^(?:KVStore|Kubernetes APIs|KubeProxyReplacement|Cilium|NodeMonitor): {2,}/.test(l),
      );
      // `| grep -A 9 health`: which nodes answer, and nothing else.
      if (HEALTH.test(lines[0] ?? '') && lines.every((l) => HEALTH.test(l) || BELOW.test(l))) return 2;
      return rows.length > 2 ? 3 : rows.length > 0 && lines.every((l) => ROW.test(l.trimEnd())) ? 2 : 0;
    },
  },
  parse(text, out) {
    // One word of the agent on itself is no listing of anything.
    out.only([]);
    const failures = collectFailures(out);
    const health = new HealthLines(out, text.firstLine);
    const settings: Record<string, string> = {};
    let first: number | undefined;
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 4000).trimEnd();
      const [, label = '', value = ''] = ROW.exec(line) ?? [];
      const version = label === 'Cilium' ? /^Ok +(\d+\.\d+\.\S+) \(/.exec(value)?.[1] : undefined;
      if (line === '') out.noise(i);
      else if (SETTINGS.has(label) && value !== '') {
        settings[label] ??= value.replace(/ \(Pubkey: [^)]*\)/, '').slice(0, 200);
        if (first === undefined) first = i;
        else out.part(i);
        some = true;
      } else if (version !== undefined) {
        some = true;
        out.fact(i, { kind: 'tool-version', program: 'cilium', version });
      } else if (health.take(i, line)) some = true;
      else if (label !== '' || BELOW.test(line) || CLI.test(line)) {
        some ||= !failures.take(i, line);
        out.noise(i);
      } else if (!failures.take(i, line)) out.gap(i, 'not a row of cilium status');
    }
    if (first !== undefined)
      out.fact(first, { kind: 'component-config', resource: 'CiliumStatus', name: 'cilium', settings });
    failures.close(some);
  },
});
