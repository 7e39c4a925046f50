import type { ResolverFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

/*
 * search default.svc.cluster.local svc.cluster.local cluster.local
 * nameserver 10.96.0.10
 * options ndots:5
 *
 * glibc's resolv/res_init.c: a keyword starts its line, `;` or `#` in the first column is a comment.
 */
const KEYWORDS: ReadonlySet<string> = new Set([
  'nameserver',
  'search',
  'domain',
  'options',
  'sortlist',
  'lookup',
  'family',
]);
const READERS: ReadonlySet<string> = new Set(['cat', 'head', 'tail', 'more', 'less', 'nl']);
const PATH = /(?:^|\/)(?:resolv\.conf|stub-resolv\.conf)$/;

const isComment = (line: string): boolean => line.startsWith('#') || line.startsWith(';');

/** An address with its zone, which canonical text has not. */
function nameserverOf(text: string): string | undefined {
  const zone = text.indexOf('%');
  const address = canonicalAddress(zone === -1 ? text : text.slice(0, zone));
  return address === undefined || zone === -1 ? address : address + text.slice(zone);
}

/** `resolv.conf` of a node or a pod: whom the resolver asks. */
export const resolvConf = defineParser<ResolverFact>({
  command: 'resolv-conf',
  emits: ['resolver'],
  scope: 'stack',
  claims: {
    command: (argv) => (READERS.has(argv[0] ?? '') && argv.slice(1).some((w) => PATH.test(w)) ? {} : undefined),
    file: /(?:^|-)resolv-conf(?:-|$)/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '' && !isComment(line.trimStart()));
      const hits = lines.filter((line) => KEYWORDS.has(wordsOf(line.slice(0, 1000))[0] ?? '')).length;
      const servers = lines.filter((line) => /^\s*nameserver\s+[\da-fA-F.:]+(?:%\S+)?(?:\s|$)/.test(line)).length;
      return servers === 0 || hits * 10 < lines.length * 8 ? 0 : 2;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const nameservers: string[] = [];
    const lines: number[] = [];
    const options: string[] = [];
    let search: readonly string[] = [];
    let first: number | undefined;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const [keyword = '', ...behind] = wordsOf(line);
      // glibc knows no comment behind a value, but nobody means one for a domain.
      const remark = behind.findIndex(isComment);
      const values = remark === -1 ? behind : behind.slice(0, remark);
      if (keyword === '' || isComment(keyword)) {
        out.noise(i);
        continue;
      }
      if (!KEYWORDS.has(keyword)) {
        if (!failures.take(i, line)) out.gap(i, 'not a keyword of resolv.conf');
        continue;
      }
      if (keyword === 'nameserver') {
        const address = nameserverOf(values[0] ?? '');
        if (address === undefined) {
          out.gap(i, 'the address is masked or unreadable');
          continue;
        }
        nameservers.push(address);
        lines.push(text.firstLine + i);
        if (lines.length === 1) first = i;
      } else if (keyword === 'search') search = values;
      else if (keyword === 'domain') search = values.slice(0, 1);
      else if (keyword === 'options') for (const option of values) options.push(option);
      first ??= i;
      out.part(i);
    }
    if (first !== undefined) out.fact(first, { kind: 'resolver', nameservers, search, options, lines });
    failures.close(first !== undefined);
  },
});
