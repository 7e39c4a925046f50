import type { ToolVersionFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * System:
 * - /usr/sbin iptables v1.8.7 (nf_tables): ok
 * - routes: ok
 *
 * Generally Necessary:
 * - CONFIG_BRIDGE_NETFILTER: enabled (as module)
 *
 * STATUS: pass
 *
 * `k3s check-config` (k3s-io/k3s contrib/util/check-config.sh), made of docker's and moby's script of that name: what the kernel could do, and which
 * iptables is there. Each of its lines is a verdict of its own. That there is no module `configs` is told of every host and means nothing.
 */
const SECTION = /^(?:Verifying binaries in .*|System|Firewall|Limits|Generally Necessary|Optional Features):$/;
const ITEM = /^\s*- \S|^(?:CONFIG_\w+|cgroup hierarchy): /;
const OTHER =
  /^modprobe: FATAL: Module configs not found|^(?:info|warning|error): |^STATUS: |^\s*(?:\(|See |https?:)|^ {2,}\S/;
const IPTABLES = /^- (?:\S+ )?iptables v(\d[\w.]*)(?: \((nf_tables|legacy)\))?/;

/** The checks that K3s and docker make of a host. */
export const checkConfig = defineParser<ToolVersionFact>({
  command: 'check-config',
  emits: ['tool-version'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      argv[0] === 'check-config.sh' || (argv[0] === 'k3s' && argv[1] === 'check-config') ? {} : undefined,
    file: /(?:^|-)check-config$/,
    sniff: (head) => (head.filter((line) => SECTION.test(line.trim())).length > 1 ? 3 : 0),
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 500).trimEnd();
      const [, version, backend] = IPTABLES.exec(line) ?? [];
      if (version !== undefined)
        out.fact(i, {
          kind: 'tool-version',
          program: 'iptables',
          version,
          ...(backend !== undefined && { backend: backend === 'nf_tables' ? ('nft' as const) : ('legacy' as const) }),
        });
      else if (line === '' || SECTION.test(line) || ITEM.test(line) || OTHER.test(line)) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a line of check-config');
      some ||= SECTION.test(line) || ITEM.test(line);
    }
    failures.close(some);
  },
});
