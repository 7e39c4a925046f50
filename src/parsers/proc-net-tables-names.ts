import type { LegacyTablesFact } from '../facts/index.js';
import { type CaptureContext, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { filesRead, readsFile } from './text/reads-file.js';

/*
 * nat
 * filter
 *
 * net/netfilter/x_tables.c: the tables of the old interface in this namespace. Five words that could stand anywhere: taken only under
 * the file's own name.
 */
const TABLES: ReadonlySet<string> = new Set(['filter', 'nat', 'mangle', 'raw', 'security']);

const familyOf = ({ argv, fileName }: CaptureContext): 4 | 6 =>
  /ip6_?tables/.test(argv.length > 0 ? filesRead(argv).join(' ') : fileName) ? 6 : 4;

/** `/proc/net/ip_tables_names` and `ip6_tables_names`. */
export const procNetTablesNames = defineParser<LegacyTablesFact>({
  command: 'proc-net-tables-names',
  emits: ['legacy-tables'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, /\/net\/ip6?_tables_names$/),
    file: /(?:^|-)ip6?-tables-names$/,
    sniff: () => 0,
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const tables: string[] = [];
    let first: number | undefined;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      if (TABLES.has(line)) {
        tables.push(line);
        first ??= i;
        out.part(i);
      } else if (line !== '' && !failures.take(i, line)) out.gap(i, 'no table of iptables');
    }
    if (first !== undefined) out.fact(first, { kind: 'legacy-tables', family: familyOf(context), tables });
    failures.close(first !== undefined);
  },
});
