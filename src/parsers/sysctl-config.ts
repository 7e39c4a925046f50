import type { SysctlConfigFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { dotted, KEY } from './sysctl/setting.js';
import { collectFailures } from './text/failure.js';
import { filesRead } from './text/reads-file.js';
import { share } from './text/share.js';

/*
 * # Kubernetes
 * net.bridge.bridge-nf-call-iptables=1
 * -net.ipv4.conf.eth0.rp_filter
 *
 * sysctl.conf(5), sysctl.d(5): what is set when the machine starts, and no state of the kernel. A leading `-` forgives errors; without a
 * value it takes the key out of a pattern (systemd 249).
 */
const FILES = /(?:^|\/)sysctl(?:\.conf(?:$|[.~])|\.d\/[^/]+$)/;
/** `grep -r . /etc/sysctl.d` names the file before the line. */
const NAMED = /^\S*sysctl\S*?\.conf:(?:\d+:)?/;

interface Line {
  readonly key: string;
  readonly value?: string;
}

function lineOf(text: string): Line | undefined {
  const line = text.replace(NAMED, '').replace(/^-/, '');
  const at = line.indexOf('=');
  const key = dotted((at === -1 ? line : line.slice(0, at)).trim());
  if (!KEY.test(key) || /\s/.test(key)) return undefined;
  if (at === -1) return text.replace(NAMED, '').startsWith('-') ? { key } : undefined;
  return { key, value: line.slice(at + 1).trim() };
}

const isComment = (line: string): boolean => /^[#;]/.test(line.trimStart().replace(NAMED, '').trimStart());

/** `/etc/sysctl.conf` and the files of `sysctl.d`. */
export const sysctlConfig = defineParser<SysctlConfigFact>({
  command: 'sysctl-config',
  emits: ['sysctl-config'],
  scope: 'stack',
  claims: {
    command(argv) {
      const files = filesRead(argv);
      if (files.length > 0) return files.every((f) => FILES.test(f)) ? {} : undefined;
      const greps = /^[ef]?grep$/.test(argv[0] ?? '') && argv.slice(1).filter((w) => /\/sysctl\.(?:conf|d)\b/.test(w));
      return greps && greps.length > 0 ? { scope: { pattern: argv.slice(1).join(' ') } } : undefined;
    },
    file: /(?:^|-)sysctl-(?:conf|d)(?:-|$)/,
    path: /(?:^|[/!])(?:etc|run|lib)\/sysctl(?:\.conf|\.d\/[^/!]+\.conf)$/,
    sniff(head) {
      const comments = head.filter(isComment).length;
      const rest = head.filter((line) => !isComment(line));
      if (share(rest, (line) => lineOf(line.trim()) !== undefined) < 0.8) return 0;
      if (comments > 0) return 2;
      // sysctl itself prints blanks around the sign.
      return rest.some((line) => / = /.test(line)) ? 0 : 1;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const setting = lineOf(line);
      if (line === '' || isComment(line)) out.noise(i);
      else if (setting) {
        some = true;
        if (setting.key.startsWith('net.')) out.fact(i, { kind: 'sysctl-config', ...setting });
        else out.noise(i);
      } else if (!failures.take(i, line)) out.gap(i, 'no key and value');
    }
    failures.close(some);
  },
});
