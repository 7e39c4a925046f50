import { defineParser } from '../kit/index.js';
import { dotted, emitSetting, KEY, type KernelFact } from './sysctl/setting.js';
import { collectFailures } from './text/failure.js';

/*
 * {
 *   "net.ipv4.ip_forward": "1",
 *   "net.ipv4.conf.flannel/1.rp_filter": "2"
 * }
 *
 * troubleshoot.sh's host collector makes one map of `sysctl -a` (host-collectors/system/sysctl.json).
 */
const MEMBER =
  /"([a-z][a-z0-9_-]*[./][^"\\\s]{1,200})":\s*(?:"((?:[^"\\]|\\.){0,4000})"|(-?\d{1,20}))(?=\s*[,}]|\s*$)/g;

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}

/** A flat map of sysctl's keys. */
export const sysctlJson = defineParser<KernelFact>({
  command: 'sysctl-json',
  emits: ['hostname', 'netconf', 'sysctl'],
  scope: 'stack',
  claims: {
    file: /(?:^|-)sysctl-json$/,
    sniff(head) {
      const text = head.join('\n').slice(0, 20_000);
      if (!/^\s*\{/.test(text)) return 0;
      const keys = [...text.matchAll(MEMBER)].filter((m) => KEY.test(m[1] ?? '')).length;
      return keys >= 3 ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    let closed = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      let members = 0;
      for (const m of line.matchAll(MEMBER)) {
        members++;
        const key = dotted(m[1] ?? '');
        if (KEY.test(key)) emitSetting({ key, value: unescaped(m[2] ?? m[3] ?? '').trim() }, i, out);
        else out.noise(i);
      }
      some ||= members > 0;
      closed ||= line.trimEnd().endsWith('}');
      if (members > 0) continue;
      if (/^[\s{}]*$/.test(line.slice(0, 200))) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'no key and value');
    }
    if (some && !closed) out.incomplete('truncated', 'the JSON breaks off');
    failures.close(some);
  },
});
