/**
 * cilium-health status: what the agent of a node reached of the others.
 *
 *     Probe time:   2026-11-25T15:00:00Z
 *     Nodes:
 *       lab/n1 (localhost):
 *         Host connectivity to 192.0.2.11:
 *           ICMP to stack:   OK, RTT=425.366µs
 */
import type { PingFact, TcpAttemptFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { HealthLines, isHealthLine } from './cilium/health.js';
import { collectFailures } from './text/failure.js';

/** The frame; nodes by name, and the short table of 1.17. */
const REST =
  /^(?:Probe time: |Nodes:$|Cluster health: |Name +IP\b|Local node: |Daemon: )|^ *[\w./-]+(?: \(localhost\))?:$|^ +[\w./-]+(?: \(localhost\))? +\S+ +(?:\d+\/\d+|reachable|unreachable|true|false|unknown)\b/;

export const ciliumHealth = defineParser<PingFact | TcpAttemptFact>({
  command: 'cilium-health',
  emits: ['ping', 'tcp-attempt'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'cilium-health' && !argv.some((w) => /^(?:-o|--output)/.test(w)) ? {} : undefined),
    file: /^cilium-health-status/,
    sniff: (head) =>
      head.slice(0, 10).some((line) => /^Probe time: +\d{4}-/.test(line)) && head.some(isHealthLine) ? 3 : 0,
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const health = new HealthLines(out, text.firstLine);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000).trimEnd();
      if (line === '') out.noise(i);
      else if (health.take(i, line)) some = true;
      else if (REST.test(line)) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a line of cilium-health');
    }
    failures.close(some);
  },
});
