import type { NetworkCounterFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * {"kernel":{"IpInReceives":6506,"IpInDelivers":6506}}
 *
 * iproute2 misc/nstat.c with `-j`, which is one line, or a member a line with `-p`.
 */
const MEMBER = /"([A-Z][A-Za-z0-9]{1,60})":\s*(\d{1,20})(?=\s*[,}]|\s*$)/g;
const START = /^\{\s*"[^"]{1,100}":\s*\{?\s*(?:"[A-Z][A-Za-z0-9]*":\s*\d|$)/;

/** `nstat -j`. */
export const nstatJson = defineParser<NetworkCounterFact>({
  command: 'nstat-json',
  emits: ['network-counter'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] !== 'nstat' || !argv.some((w) => /^-[a-z]*j|^--json/.test(w))) return undefined;
      const names = argv.slice(1).filter((w) => !w.startsWith('-'));
      return names.length > 0 ? { scope: { pattern: names.join(' ') } } : {};
    },
    file: /(?:^|-)nstat-(?:[a-z]*j|json)/,
    sniff(head) {
      const text = head.slice(0, 6).join(' ').slice(0, 400);
      return START.test(text) && /"(?:Ip|Icmp|Tcp|Udp)[A-Z0-9]\w+":\s*\d/.test(text) ? 3 : 0;
    },
  },
  parse(text, out, { argv, fileName }) {
    const failures = collectFailures(out);
    const typed = argv.length > 0 ? argv.slice(1).join(' ') : fileName;
    const absolute = /-[a-z]*a|--ignore/.test(typed);
    let some = false;
    let closed = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      let rest = line;
      for (const m of line.matchAll(MEMBER)) {
        some = true;
        rest = '';
        const [, name = '', value = ''] = m;
        out.fact(i, { kind: 'network-counter', name, value: Number(value), ...(!absolute && { increment: true }) });
      }
      closed ||= line.trimEnd().endsWith('}');
      if (rest === '') continue;
      if (/^[\s{}]*$|^\s*\{?\s*"[^"]{1,100}":\s*\{\s*\}*\s*$/.test(rest.slice(0, 300))) out.noise(i);
      else if (!failures.take(i, rest)) out.gap(i, 'no counter of nstat');
    }
    if (some && !closed) out.incomplete('truncated', 'the JSON breaks off');
    failures.close(some);
  },
});
