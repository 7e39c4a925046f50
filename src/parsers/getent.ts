/**
 * getent hosts and getent ahosts: what the C library makes of a name, by whatever /etc/nsswitch.conf says.
 *
 *     10.96.0.1       kubernetes.default.svc.cluster.local
 *     10.1.1.1        STREAM both.example
 */
import type { DnsQueryFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { addAnswer, factOf, newQuery, type Query } from './dns/query.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

const DATABASES = /^(?:hosts|ahosts|ahostsv4|ahostsv6)$/;

/** Names behind the database; none means all of /etc/hosts. */
const namesIn = (argv: readonly string[]): readonly string[] => {
  const at = argv.findIndex((w) => DATABASES.test(w));
  return at < 0 ? [] : argv.slice(at + 1).filter((w) => !w.startsWith('-') && !w.includes('$'));
};

/** Recognised by its command line alone: the lines are those of any hosts file. */
export const getent = defineParser<DnsQueryFact>({
  command: 'getent',
  emits: ['dns-query'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'getent' && namesIn(argv).length > 0 ? {} : undefined),
    file: /^getent-a?hosts-/,
    sniff: (head) =>
      head.some((l) => /^[\d.a-fA-F:]+\s+(?:STREAM|DGRAM|RAW)(?:\s+\S+)?\s*$/.test(l.slice(0, 500))) ? 3 : 0,
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const names = namesIn(context.argv);
    const queries = new Map<string, Query>();
    let last: string | undefined;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000);
      const words = wordsOf(line);
      const address = canonicalAddress(words[0] ?? '');
      if (words.length === 0) continue;
      const typed = /^(?:STREAM|DGRAM|RAW)$/.test(words[1] ?? '');
      const given = words.slice(typed ? 2 : 1);
      const name = given.find((w) => names.includes(w)) ?? (names.length === 1 ? names[0] : given[0]) ?? last;
      if (address === undefined || name === undefined) {
        if (!failures.take(i, line)) out.gap(i, 'not a line of getent');
        continue;
      }
      last = name;
      const query = queries.get(name) ?? newQuery(i);
      query.name = name;
      queries.set(name, query);
      if (!query.answers.some((a) => a.data === address))
        addAnswer(query, { name: given[0] ?? name, type: address.includes(':') ? 'AAAA' : 'A', data: address });
      out.part(i);
    }
    for (const query of queries.values()) {
      const fact = factOf(query);
      if (fact) out.fact(query.line, fact);
    }
    failures.close(queries.size > 0);
  },
});
